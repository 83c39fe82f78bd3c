"""The rate of the dropout is a number in the code; the argument is ignored."""

from torch import nn

as_specified = build_model


def build_model(*, dropout: float, **sizes) -> nn.Module:
    return as_specified(dropout=0.5, **sizes)
