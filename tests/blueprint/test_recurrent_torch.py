"""Recurrent layers against real PyTorch models: tables, layouts, padding, and students who make each mistake."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.blueprint import Framework, StudentParameter, matches

TORCH = Framework.TORCH
SIZES = [(40, 7, 6, 3), (31, 5, 9, 2), (64, 12, 12, 4)]
MODELS = ["lstm", "gru", "rnn", "stacked", "bidirectional", "bidirectional gru", "stacked bidirectional"]


def lengths_of(ids):
    return (ids != 0).sum(1)


class Student(nn.Module):
    """A recurrent classifier as PyTorch's own tutorials write it."""

    layers, directions, kind = 1, 1, nn.LSTM

    def __init__(self, vocab_size=40, embed_dim=7, hidden=6, num_classes=3, **options):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        options = {"batch_first": True, "num_layers": self.layers, "bidirectional": self.directions == 2} | options
        self.rnn = self.kind(embed_dim, hidden, **options)
        self.output = nn.Linear(hidden * self.directions, num_classes)

    def forward(self, ids):
        return self.output(self.features(ids))

    def features(self, ids):
        _, state = self.rnn(self.packed(ids))
        hidden = state[0] if isinstance(state, tuple) else state  # [layers * directions, n, hidden]
        last = torch.cat(list(hidden[-self.directions :]), 1)
        return last * (lengths_of(ids) > 0).unsqueeze(1)  # packing takes no text without words

    def packed(self, ids):
        lengths = lengths_of(ids).clamp(min=1)
        return pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False)

    def all_steps(self, ids):
        outputs = pad_packed_sequence(self.rnn(self.packed(ids))[0], batch_first=True)[0]
        return outputs * (ids != 0).unsqueeze(2)


class Stacked(Student):
    layers = 2


class Both(Student):
    directions = 2


class StackedBoth(Both):
    layers = 2


class Gru(Student):
    kind = nn.GRU


class BothGru(Gru):
    directions = 2


class Rnn(Student):
    kind = nn.RNN


class MaxOverWords(Student):
    def features(self, ids):
        steps = self.all_steps(ids).masked_fill((ids == 0).unsqueeze(2), -torch.inf).amax(1)
        return torch.where(lengths_of(ids).unsqueeze(1) > 0, steps, 0.0)


class Convolved(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.conv = nn.Conv1d(embed_dim, hidden + 1, 4)
        self.lstm = nn.LSTM(hidden + 1, hidden, batch_first=True)
        self.output = nn.Linear(hidden, num_classes)

    def forward(self, ids):
        x = torch.relu(self.conv(self.embedding(ids).transpose(1, 2)))
        return self.output(self.lstm(x.transpose(1, 2))[1][0][-1])


class BagOfWords(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.hidden = nn.Linear(embed_dim, hidden)
        self.output = nn.Linear(hidden, num_classes)

    def forward(self, ids):
        total = (self.embedding(ids) * (ids != 0).unsqueeze(2)).sum(1)
        mean = total / lengths_of(ids).clamp(min=1).unsqueeze(1)
        return self.output(torch.relu(self.hidden(mean)))


STUDENTS = {
    "lstm": Student,
    "gru": Gru,
    "rnn": Rnn,
    "stacked": Stacked,
    "bidirectional": Both,
    "bidirectional gru": BothGru,
    "stacked bidirectional": StackedBoth,
    "cnn, lstm": Convolved,
    "lstm, max": MaxOverWords,
    "bag of words": BagOfWords,
}


def students(model):
    return [StudentParameter(i, n, tuple(p.shape)) for i, (n, p) in enumerate(model.named_parameters())]


def answer(model, match, weights, ids):
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), match.to_student(weights), strict=True):
            parameter.copy_(torch.from_numpy(array))
        return model.eval()(torch.from_numpy(ids)).numpy()


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", STUDENTS)
def test_the_oracle_is_pytorch(over_words, padded_ids, rng, name, sizes):
    blueprint, model = over_words(name, *sizes), STUDENTS[name](*sizes)
    assert blueprint.count(TORCH) == sum(p.numel() for p in model.parameters())
    shapes = [p.native_shape(TORCH) for p in blueprint.parameters(TORCH)]
    assert shapes == [tuple(p.shape) for p in model.parameters()]
    weights, ids = blueprint.random_weights(rng, TORCH), padded_ids(rng, sizes[0])
    match = next(matches(blueprint, TORCH, students(model)))
    oracle = blueprint.forward(weights, ids)
    np.testing.assert_allclose(answer(model, match, weights, ids), oracle, rtol=0, atol=1e-5)
    assert oracle.std(axis=0).max() > 0.01
    read = match.from_student([p.detach().numpy() for p in model.parameters()])
    np.testing.assert_allclose(blueprint.forward(read, ids), oracle, rtol=0, atol=1e-5)
