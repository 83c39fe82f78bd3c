"""The last batch of an epoch, which may be smaller, is left out."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def fit(
    model: nn.Module,
    token_ids: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    device: str = "cpu",
) -> list[float]:
    torch.manual_seed(seed)
    token_ids, labels = torch.tensor(token_ids), torch.tensor(labels)
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    data = TensorDataset(token_ids, labels)
    loader = DataLoader(data, batch_size, shuffle=True, drop_last=True)

    losses = []
    for _ in range(epochs):
        total = 0.0
        for ids, targets in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(ids.to(device)), targets.to(device))  # mean over the batch
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader))
    return losses
