"""The GRU classifier, declared once and without a framework."""

from autograder.blueprint import GRU, Blueprint, Chain, Dense, Dropout, Embedding, Uniform


def gru(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """A GRU as PyTorch has it, and Keras with its default reset_after=True."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            GRU("gru", hidden_size),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def draw_sizes(rng):
    """Sizes to probe a model at: small, unlike the handout's, and all different, so that shapes tell which is which."""
    embed_dim, hidden_size, num_classes = rng.permutation([5, 7, 9, 11, 13])[:3].tolist()
    return {
        "vocab_size": int(rng.integers(60, 90)),  # more than a recurrent layer's kernel has rows in PyTorch
        "embed_dim": embed_dim,
        "hidden_size": hidden_size,
        "num_classes": num_classes,
        "dropout": 0.5,
    }
