"""Recurrent layers against real PyTorch models: tables, layouts, padding, and students who make each mistake."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.blueprint import Framework, StudentParameter, Tolerance, explain_logits, explain_parameters, matches

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


class OverPadding(Student):
    def features(self, ids):
        hidden = self.rnn(self.embedding(ids))[1][0]
        return torch.cat(list(hidden[-self.directions :]), 1)


class OverPaddingBoth(OverPadding):
    directions = 2


class Takes(Student):
    """Takes something else from the outputs of all steps, which are zero at padding."""

    def __init__(self, take, **options):
        super().__init__(**options)
        self.take = take

    def features(self, ids):
        return self.take(self.all_steps(ids))


class TakesBoth(Takes):
    directions = 2


class Words(Takes):
    def features(self, ids):
        return self.take(self.all_steps(ids), (ids != 0).unsqueeze(2))


class CellState(Student):
    def features(self, ids):
        return self.rnn(self.packed(ids))[1][1][-1] * (lengths_of(ids) > 0).unsqueeze(1)


class ClampedToOne(Student):
    def features(self, ids):
        return self.rnn(self.packed(ids))[1][0][-1]


class BatchFirstForgotten(Student):
    def __init__(self):
        super().__init__(batch_first=False)

    def features(self, ids):
        return self.rnn(self.embedding(ids))[0][:, -1]


class BatchFirstForgottenBoth(BatchFirstForgotten):
    directions = 2


class Flipped(OverPadding):
    def features(self, ids):
        return super().features(ids.flip(1))


class ReluBehind(Student):
    def features(self, ids):
        return super().features(ids).relu()


class LastPositionOverPadding(OverPaddingBoth):
    def features(self, ids):
        return self.rnn(self.embedding(ids))[0][:, -1]


class BothAtLastWord(Both):
    def features(self, ids):
        last = (lengths_of(ids) - 1).clamp(min=0)
        return self.all_steps(ids)[torch.arange(len(ids)), last]


class FirstLayer(Stacked):
    def features(self, ids):
        return self.rnn(self.packed(ids))[1][0][0] * (lengths_of(ids) > 0).unsqueeze(1)


class FirstLayerBoth(StackedBoth):
    def features(self, ids):
        hidden = self.rnn(self.packed(ids))[1][0]
        return torch.cat([hidden[0], hidden[1]], 1) * (lengths_of(ids) > 0).unsqueeze(1)


def mean_of(steps, words):
    return steps.sum(1) / words.sum(1).clamp(min=1)


def largest_of(steps, words):
    return steps.masked_fill(~words, -torch.inf).amax(1).masked_fill(~words.any(1), 0.0)


MISTAKES = [
    ("lstm", "runs-over-padding", OverPadding),
    ("lstm", "cell-state", CellState),
    ("lstm", "last-position", lambda: Takes(lambda steps: steps[:, -1])),
    ("lstm", "first-step", lambda: Takes(lambda steps: steps[:, 0])),
    ("lstm", "mean-over-positions", lambda: Takes(lambda steps: steps.mean(1))),
    ("lstm", "max-over-positions", lambda: Takes(lambda steps: steps.amax(1))),
    ("lstm", "mean-over-time", lambda: Words(mean_of)),
    ("lstm", "max-over-time", lambda: Words(largest_of)),
    ("lstm", "empty-text-reads-padding", ClampedToOne),
    ("lstm", "runs-over-batch", BatchFirstForgotten),
    ("lstm", "runs-over-padding+reads-backwards", Flipped),
    ("lstm", "relu-behind-state", ReluBehind),
    ("bidirectional", "runs-over-padding", OverPaddingBoth),
    ("bidirectional", "runs-over-padding+last-position", LastPositionOverPadding),
    ("bidirectional", "last-position", lambda: TakesBoth(lambda steps: steps[:, -1])),
    ("bidirectional", "backward-at-last-step", BothAtLastWord),
    ("bidirectional", "runs-over-batch", BatchFirstForgottenBoth),
    ("stacked", "first-layer-state", FirstLayer),
    ("stacked bidirectional", "first-layer-state", FirstLayerBoth),
]


@pytest.mark.parametrize(("name", "key", "build"), MISTAKES)
def test_a_student_who_makes_the_mistake_is_told_so(over_words, padded_ids, rng, name, key, build):
    blueprint, model, ids = over_words(name), build(), padded_ids(rng)
    weights = blueprint.random_weights(rng, TORCH)
    logits = answer(model, next(matches(blueprint, TORCH, students(model))), weights, ids)
    assert not Tolerance().agrees(logits, blueprint.forward(weights, ids))
    assert explain_logits(blueprint, TORCH, weights, ids, logits).key == key


class HandsOnHalf(Both):
    def __init__(self, take):
        super().__init__()
        self.take, self.output = take, nn.Linear(6, 3)

    def features(self, ids):
        there, back = super().features(ids).chunk(2, 1)
        return self.take(there, back)


@pytest.mark.parametrize(
    ("key", "take"),
    [
        ("backward-direction-alone", lambda there, back: back),
        ("forward-direction-alone", lambda there, back: there),
        ("directions-added", lambda there, back: there + back),
        ("directions-averaged", lambda there, back: (there + back) / 2),
    ],
)
def test_what_becomes_of_two_directions(over_words, padded_ids, rng, key, take):
    truth, model, ids = over_words("bidirectional"), HandsOnHalf(take), padded_ids(rng)
    wrong = next(v.blueprint for v in truth.variants(1) if v.key == key)
    weights = wrong.random_weights(rng, TORCH)
    logits = answer(model, next(matches(wrong, TORCH, students(model))), weights, ids)
    np.testing.assert_allclose(logits, wrong.forward(weights, ids), rtol=0, atol=1e-5)
    named = explain_parameters(truth, TORCH, students(model)).misconception
    assert key in named.split("|")


def test_a_real_bidirectional_layer_by_accident(over_words, padded_ids, rng):
    truth, model, ids = over_words("lstm"), Both(), padded_ids(rng)
    assert explain_parameters(truth, TORCH, students(model)).misconception == "bidirectional"
    wrong = next(v.blueprint for v in truth.variants(1) if v.key == "bidirectional")
    weights = wrong.random_weights(rng, TORCH)
    logits = answer(model, next(matches(wrong, TORCH, students(model))), weights, ids)
    np.testing.assert_allclose(logits, wrong.forward(weights, ids), rtol=0, atol=1e-5)
