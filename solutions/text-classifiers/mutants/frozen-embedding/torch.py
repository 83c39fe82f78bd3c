"""The embedding is not trained."""

from torch import nn

as_specified = build_model


def build_model(**sizes) -> nn.Module:
    model = as_specified(**sizes)
    model.embedding.weight.requires_grad_(False)
    return model
