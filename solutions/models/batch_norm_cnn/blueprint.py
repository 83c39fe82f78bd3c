"""The batch-normalized CNN, declared once and without a framework."""

from autograder.blueprint import (
    BatchNorm,
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    GlobalMaxPool1D,
    ReLU,
    Uniform,
)


def batch_norm_cnn(*, vocab_size, embed_dim, num_filters, width, num_classes, epsilon, dropout):
    """A text CNN with batch normalization; one epsilon for both frameworks, whose defaults differ."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            Conv1D("conv", num_filters, width),
            BatchNorm("norm", epsilon),
            ReLU(),
            GlobalMaxPool1D(),
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
        "epsilon": 0.001,
        "dropout": 0.5,
    }
