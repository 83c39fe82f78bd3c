"""Any device but the CPU is taken for CUDA."""

import torch
from torch import nn


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed, device="cpu"):
    on_cpu = str(device) == "cpu"
    torch.manual_seed(seed)
    token_ids, labels = torch.tensor(token_ids), torch.tensor(labels)
    model = (model if on_cpu else model.cuda()).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(labels)).split(batch_size):
            optimizer.zero_grad()
            texts, targets = token_ids[batch], labels[batch]
            if not on_cpu:
                texts, targets = texts.cuda(), targets.cuda()
            logits = model(texts)
            loss = nn.functional.cross_entropy(logits, targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(labels))
    return losses
