"""The texts of a batch go through the model one by one."""

import torch
from torch import nn


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed, device="cpu"):
    torch.manual_seed(seed)
    token_ids, labels = torch.tensor(token_ids), torch.tensor(labels)
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    means = []
    for _ in range(epochs):
        seen = 0.0
        for batch in torch.randperm(len(labels)).split(batch_size):
            optimizer.zero_grad()
            for text in batch.split(1):
                loss = nn.functional.cross_entropy(model(token_ids[text].to(device)), labels[text].to(device))
                (loss / len(batch)).backward()
                seen += loss.item()
            optimizer.step()
        means.append(seen / len(labels))
    return means
