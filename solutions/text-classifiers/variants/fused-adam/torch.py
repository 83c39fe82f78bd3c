"""Adam in its fused form, shuffled by NumPy; predict gives a tensor, all texts in one call."""

import numpy as np
import torch
from torch import nn


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed, device="cpu"):
    rng = np.random.default_rng(seed)
    torch.manual_seed(int(rng.integers(2**31)))
    model.to(device).train()
    ids, targets = torch.tensor(token_ids, device=device), torch.tensor(labels, device=device)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    losses = []
    for _ in range(epochs):
        batches = torch.from_numpy(rng.permutation(len(ids))).to(device).split(batch_size)
        sums = []
        for batch in batches:
            loss = nn.functional.cross_entropy(model(ids[batch]), targets[batch], reduction="none")
            optimizer.zero_grad()
            loss.mean().backward()
            optimizer.step()
            sums.append(loss.detach().sum())
        losses.append(float(torch.stack(sums).sum()) / len(ids))
    return losses


def predict(model: nn.Module, token_ids: np.ndarray, device: str = "cpu") -> torch.Tensor:
    was_training = model.training
    model.to(device)
    model.eval()
    try:
        with torch.no_grad():
            return model(torch.from_numpy(token_ids).to(device)).cpu()
    finally:
        model.train(was_training)
