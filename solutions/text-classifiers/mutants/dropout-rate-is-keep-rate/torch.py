"""The rate is taken for the share to keep, as in TensorFlow 1."""

from torch import nn

as_specified = build_model


def build_model(*, dropout: float, **sizes) -> nn.Module:
    return as_specified(dropout=1 - dropout, **sizes)
