"""The losses are measured after each epoch, by another pass over the texts."""

import numpy as np
import torch
from torch import nn


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

    losses = []
    for _ in range(epochs):
        model.train()
        for batch in torch.randperm(len(labels)).split(batch_size):  # indices [batch_size], the last maybe fewer
            optimizer.zero_grad()
            logits = model(token_ids[batch].to(device))  # [batch_size, num_classes]
            nn.functional.cross_entropy(logits, labels[batch].to(device)).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = torch.cat([model(part.to(device)) for part in token_ids.split(batch_size)])
            losses.append(nn.functional.cross_entropy(logits, labels.to(device)).item())
    return losses
