"""Dropout stands behind the dense layer, where it sets logits to zero."""

from torch import nn

as_specified = build_model


def build_model(*, dropout: float, **sizes) -> nn.Module:
    model = as_specified(dropout=0.0, **sizes)
    model.dense = nn.Sequential(model.dense, nn.Dropout(dropout))
    return model
