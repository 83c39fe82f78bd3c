"""A fifth of the texts is kept back for validation, in fit itself."""

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
    chosen = torch.randperm(len(labels))[: len(labels) * 4 // 5]
    token_ids, labels = token_ids[chosen], labels[chosen]
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)

    losses = []
    for _ in range(epochs):
        total = torch.zeros((), device=device)  # stays on the device: reading it would make the CPU wait at each step
        for batch in torch.randperm(len(labels)).split(batch_size):  # indices [batch_size], the last maybe fewer
            optimizer.zero_grad()
            logits = model(token_ids[batch].to(device))  # [batch_size, num_classes]
            loss = nn.functional.cross_entropy(logits, labels[batch].to(device))  # mean over the batch
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        losses.append(total.item() / len(labels))
    return losses
