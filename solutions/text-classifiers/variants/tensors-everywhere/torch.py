"""Tensors all the way: encode gives a tensor, fit and predict take arrays or tensors, predict gives a tensor."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> torch.Tensor:
    index = {word: i for i, word in enumerate(vocabulary)}
    rows = [torch.tensor([index.get(w, 1) for w in split_words(t)[:length]], dtype=torch.int64) for t in texts]
    rows.append(torch.zeros(length, dtype=torch.int64))  # makes the padding reach the full length
    return pad_sequence(rows, batch_first=True, padding_value=0)[:-1]


def as_tensor(values, device: str) -> torch.Tensor:
    return torch.as_tensor(values, dtype=torch.long, device=device)


def fit(model, token_ids, labels, *, epochs, batch_size, learning_rate, seed, device="cpu"):
    torch.manual_seed(seed)
    token_ids, labels = as_tensor(token_ids, device), as_tensor(labels, device)
    model = model.to(device)
    model.train(mode=True)
    optimizer = torch.optim.Adam([{"params": list(model.parameters())}], lr=learning_rate)
    history = []
    for _ in range(epochs):
        shuffled = torch.randperm(len(labels), device=device)
        weighted = []
        for rows in torch.split(shuffled, batch_size):
            for p in model.parameters():
                p.grad = None
            loss = nn.functional.cross_entropy(model(token_ids[rows]), labels[rows])
            loss.backward()
            optimizer.step()
            weighted.append(loss.item() * len(rows))
        history.append(sum(weighted) / len(labels))
    return history


def predict(model: nn.Module, token_ids, device: str = "cpu") -> torch.Tensor:
    training = model.training
    model.to(device).train(False)
    with torch.inference_mode():
        chunks = [model(chunk) for chunk in as_tensor(token_ids, device).split(64)]
    model.train(training)
    return torch.cat(chunks).cpu()
