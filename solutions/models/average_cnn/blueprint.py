"""The averaging CNN, declared once and without a framework."""

from autograder.blueprint import Blueprint, Chain, Conv1D, Dense, Dropout, Embedding, GlobalAveragePool1D, ReLU, Uniform


def average_cnn(*, vocab_size, embed_dim, num_filters, width, num_classes, dropout):
    """A convolution averaged over the windows that hold words alone."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            Conv1D("conv", num_filters, width),
            ReLU(),
            GlobalAveragePool1D(skip_padding=True),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def draw_sizes(rng):
    """Sizes to probe a model at: small, unlike the handout's, and all different, so that shapes tell which is which."""
    embed_dim, num_filters, num_classes = rng.permutation([5, 7, 9, 11, 13])[:3].tolist()
    return {
        "vocab_size": int(rng.integers(60, 90)),
        "embed_dim": embed_dim,
        "num_filters": num_filters,
        "width": int(rng.integers(2, 5)),
        "num_classes": num_classes,
        "dropout": 0.5,
    }
