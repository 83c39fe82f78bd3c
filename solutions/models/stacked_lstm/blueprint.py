"""The stacked LSTM classifier, declared once and without a framework."""

from autograder.blueprint import LSTM, Blueprint, Chain, Dense, Dropout, Embedding, Uniform


def stacked_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """Two LSTMs, one on the other, with dropout between them."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            LSTM("lower", hidden_size, returns="sequence"),
            Dropout(dropout),
            LSTM("upper", hidden_size),
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
