"""The model has no dropout, whatever the rate."""

from torch import nn

as_specified = build_model


def build_model(*, dropout: float, **sizes) -> nn.Module:
    return as_specified(dropout=0.0, **sizes)
