"""A DataLoader with a generator of its own, and Adam with foreach=True."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed, device="cpu"):
    torch.manual_seed(seed)
    data = TensorDataset(torch.as_tensor(token_ids), torch.as_tensor(labels))
    loader = DataLoader(data, batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed))
    model = model.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, foreach=True)
    means = []
    for _ in range(epochs):
        model.train()
        running, seen = 0.0, 0
        for ids, targets in loader:
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(ids.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
            running += loss.item() * ids.size(0)
            seen += ids.size(0)
        means.append(running / seen)
    return means


@torch.inference_mode()
def predict(model: nn.Module, token_ids: np.ndarray, device: str = "cpu") -> np.ndarray:
    mode = model.training
    model.eval().to(device)
    loader = DataLoader(TensorDataset(torch.as_tensor(token_ids)), batch_size=100)
    outputs = [model(batch.to(device)).cpu() for (batch,) in loader]
    model.train(mode)
    return torch.vstack(outputs).numpy()
