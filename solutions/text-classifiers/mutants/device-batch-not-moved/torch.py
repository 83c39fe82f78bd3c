"""fit moves the model and the labels, and forgets the texts."""

import torch
from torch import nn


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed, device="cpu"):
    torch.manual_seed(seed)
    token_ids, labels = torch.tensor(token_ids), torch.tensor(labels)
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(labels)).split(batch_size):
            optimizer.zero_grad()
            logits = model(token_ids[batch])
            loss = nn.functional.cross_entropy(logits, labels[batch].to(device))
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(labels))
    return losses
