"""Correct recurrent layers that students write by hand: other arrays, gates in another order, the paper's formulas."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from torch import nn

from autograder.blueprint import Framework, StudentParameter, Tolerance, explain_any, fitting, matches

TORCH = Framework.TORCH


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(40, 7)
        self.output = nn.Linear(6, 3)

    def forward(self, ids):
        return self.output(self.features(ids))


class Cells(Student):
    """nn.LSTMCell in a loop; a text that has ended keeps its state."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTMCell(7, 6)

    def features(self, ids):
        x, state = self.embedding(ids), (torch.zeros(len(ids), 6), torch.zeros(len(ids), 6))
        for step in range(ids.shape[1]):
            words = (ids[:, step] != 0).unsqueeze(1)
            new = self.rnn(x[:, step], state)
            state = tuple(torch.where(words, after, before) for after, before in zip(new, state, strict=True))
        return state[0]


class ByHand(Cells):
    """An LSTM from the formulas; a subclass holds its weights in another form."""

    def gates(self, x, h):
        raise NotImplementedError

    def features(self, ids):
        x, h, c = self.embedding(ids), torch.zeros(len(ids), 6), torch.zeros(len(ids), 6)
        for step in range(ids.shape[1]):
            words = (ids[:, step] != 0).unsqueeze(1)
            i, f, g, o = self.gates(x[:, step], h)
            new_c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = torch.where(words, o.sigmoid() * new_c.tanh(), h)
            c = torch.where(words, new_c, c)
        return h


class OneBias(ByHand):
    """Matrices [in, out] and one bias."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.ParameterList([torch.zeros(7, 24), torch.zeros(6, 24), torch.zeros(24)])

    def gates(self, x, h):
        kernel, recurrent, bias = self.rnn
        return (x @ kernel + h @ recurrent + bias).chunk(4, 1)


class OtherOrder(OneBias):
    """Gates in the order of the Wikipedia: f, i, o, g."""

    def gates(self, x, h):
        f, i, o, g = super().gates(x, h)
        return i, f, g, o


class TwoLinears(ByHand):
    def __init__(self):
        super().__init__()
        self.rnn = nn.ModuleList([nn.Linear(7, 24), nn.Linear(6, 24)])

    def gates(self, x, h):
        i, f, o, g = (self.rnn[0](x) + self.rnn[1](h)).chunk(4, 1)
        return i, f, g, o


class Joined(ByHand):
    """One matrix for [input, state]."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.Linear(7 + 6, 24)

    def gates(self, x, h):
        return self.rnn(torch.cat([x, h], 1)).chunk(4, 1)


class JoinedStateFirst(Joined):
    def gates(self, x, h):
        f, i, g, o = self.rnn(torch.cat([h, x], 1)).chunk(4, 1)
        return i, f, g, o


class Gatewise(ByHand):
    """A layer of its own for each gate, as most tutorials on the LSTM have it: first f, then i."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.ModuleList([nn.Linear(7 + 6, 6) for _ in range(4)])

    def gates(self, x, h):
        f, i, g, o = (gate(torch.cat([h, x], 1)) for gate in self.rnn)
        return i, f, g, o


class GatewiseTwo(ByHand):
    """Eight layers: W_ii, W_hi, W_if, W_hf, ..."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.ModuleList([nn.Linear(size, 6) for _ in range(4) for size in (7, 6)])

    def gates(self, x, h):
        return [self.rnn[2 * gate](x) + self.rnn[2 * gate + 1](h) for gate in range(4)]


class PaperGru(Student):
    """z is the share of the new state, and the gates stand in the order of the formulas: z, r, n."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.ModuleList([nn.Linear(7, 18), nn.Linear(6, 18)])

    def features(self, ids):
        x, h = self.embedding(ids), torch.zeros(len(ids), 6)
        for step in range(ids.shape[1]):
            words = (ids[:, step] != 0).unsqueeze(1)
            (xz, xr, xn), (hz, hr, hn) = self.rnn[0](x[:, step]).chunk(3, 1), self.rnn[1](h).chunk(3, 1)
            z, r = (xz + hz).sigmoid(), (xr + hr).sigmoid()
            h = torch.where(words, (1 - z) * h + z * (xn + r * hn).tanh(), h)
        return h


FORMS = {
    Cells: "lstm",
    OneBias: "lstm",
    OtherOrder: "lstm",
    TwoLinears: "lstm",
    Joined: "lstm",
    JoinedStateFirst: "lstm",
    Gatewise: "lstm",
    GatewiseTwo: "lstm",
    PaperGru: "gru",
}


def students(model):
    return [StudentParameter(i, n, tuple(p.shape)) for i, (n, p) in enumerate(model.named_parameters())]


def answer(model, match, weights, ids):
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), match.to_student(weights), strict=True):
            parameter.copy_(torch.from_numpy(array))
        return model.eval()(torch.from_numpy(ids)).numpy()


@pytest.mark.parametrize("build", FORMS)
def test_correct_forms_are_recognised(over_words, padded_ids, rng, build):
    truth, model, ids = over_words(FORMS[build]), build(), padded_ids(rng)
    blueprint = fitting(truth, TORCH, students(model))
    weights = blueprint.random_weights(rng, TORCH)
    candidates = list(islice(matches(blueprint, TORCH, students(model)), 2))
    answers = [answer(model, match, weights, ids) for match in candidates]
    place = 0
    if not Tolerance().agrees(answers[0], blueprint.forward(weights, ids)):
        place, variant = explain_any(blueprint, TORCH, weights, ids, answers)
        assert variant.misconceptions == ()
        blueprint = variant.blueprint
    np.testing.assert_allclose(answers[place], blueprint.forward(weights, ids), rtol=0, atol=1e-5)
    for framework in Framework:  # the handout's weights, in this form, are the handout's model
        weights = truth.random_weights(rng, framework)
        found = answer(model, candidates[place], blueprint.carry_over(weights, TORCH), ids)
        np.testing.assert_allclose(found, truth.forward(weights, ids), rtol=0, atol=1e-5)
