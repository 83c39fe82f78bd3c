"""The CNN-LSTM classifier, declared once and without a framework."""

from autograder.blueprint import LSTM, Blueprint, Chain, Conv1D, Dense, Dropout, Embedding, ReLU, Uniform


def cnn_lstm_over_words(*, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
    """A convolution that keeps the length, and an LSTM that stops at the last word."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            Conv1D("conv", num_filters, width, padding="same"),
            ReLU(),
            Dropout(dropout),
            LSTM("lstm", hidden_size),
            Dense("output", num_classes),
        )
    )


def draw_sizes(rng):
    """Sizes to probe a model at: small, unlike the handout's, and all different, so that shapes tell which is which."""
    embed_dim, num_filters, hidden_size, num_classes = rng.permutation([5, 7, 9, 11, 13])[:4].tolist()
    return {
        "vocab_size": int(rng.integers(60, 90)),  # more than a recurrent layer's kernel has rows in PyTorch
        "embed_dim": embed_dim,
        "num_filters": num_filters,
        "width": int(rng.choice([3, 5])),  # odd, so that both ends get as many zeros
        "hidden_size": hidden_size,
        "num_classes": num_classes,
        "dropout": 0.5,
    }
