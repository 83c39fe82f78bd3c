"""The CNN-LSTM classifier, declared once and without a framework."""

from autograder.blueprint import LSTM, Blueprint, Chain, Conv1D, Dense, Dropout, Embedding, MaxPool1D, ReLU, Uniform


def cnn_lstm(*, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
    """Convolution, pooling and an LSTM that runs over everything."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            Conv1D("conv", num_filters, width),
            ReLU(),
            MaxPool1D(2),
            Dropout(dropout),
            LSTM("lstm", hidden_size, skip_padding=False),
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
        "width": int(rng.integers(2, 5)),
        "hidden_size": hidden_size,
        "num_classes": num_classes,
        "dropout": 0.5,
    }
