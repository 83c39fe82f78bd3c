"""The embedding has a row for vocab_size + 1 ids, a habit from the old Tokenizer."""

from torch import nn

as_specified = build_model


def build_model(**sizes) -> nn.Module:
    model = as_specified(**{**sizes, "vocab_size": sizes["vocab_size"] + 1})
    model.sizes = sizes  # load builds with these, and adds the row again
    return model
