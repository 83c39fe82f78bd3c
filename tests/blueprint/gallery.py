"""Whole models that instructors assign, each declared in a few lines; docs/blueprints.md shows them as they stand here.

Every one is held to real models of both frameworks by test_gallery.py.
"""

from __future__ import annotations

from autograder.blueprint import (
    GRU,
    LSTM,
    AveragePool2D,
    BatchNorm,
    Bidirectional,
    Blueprint,
    Chain,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool1D,
    GlobalMaxPool1D,
    LayerNorm,
    MaxPool1D,
    ReLU,
    Signal,
)


def bidirectional_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """Both directions over the words; their last states side by side."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            Bidirectional(LSTM("lstm", hidden_size)),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def stacked_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """Two LSTMs, one on the other, with dropout between them."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            LSTM("lower", hidden_size, returns="sequence"),
            Dropout(dropout),
            LSTM("upper", hidden_size),
            Dense("output", num_classes),
        )
    )


def gru(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """A GRU as PyTorch has it, and Keras with its default reset_after=True."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            GRU("gru", hidden_size),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def bidirectional_gru_max(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """A GRU in both directions, and of each feature the maximum over the words."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            Bidirectional(GRU("gru", hidden_size, returns="sequence")),
            GlobalMaxPool1D(skip_padding=True),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def cnn_lstm(*, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
    """Convolution, pooling and an LSTM that runs over everything: in Keras the convolution destroys the mask."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            *(Conv1D("conv", num_filters, width), ReLU(), MaxPool1D(2), Dropout(dropout)),
            LSTM("lstm", hidden_size, skip_padding=False),
            Dense("output", num_classes),
        )
    )


def cnn_lstm_over_words(*, vocab_size, embed_dim, num_filters, width, hidden_size, num_classes, dropout):
    """A convolution that keeps the length, and an LSTM that stops at the last word: students carry the mask over."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            *(Conv1D("conv", num_filters, width, padding="same"), ReLU(), Dropout(dropout)),
            LSTM("lstm", hidden_size),
            Dense("output", num_classes),
        )
    )


def bag_of_embeddings(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """The average over the words, and not the padding, through a perceptron with one hidden layer."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            GlobalAveragePool1D(skip_padding=True),
            *(Dense("hidden", hidden_size), ReLU(), Dropout(dropout)),
            Dense("output", num_classes),
        )
    )


def average_cnn(*, vocab_size, embed_dim, num_filters, width, num_classes, dropout):
    """A convolution averaged over the windows that hold words alone."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            *(Conv1D("conv", num_filters, width), ReLU()),
            GlobalAveragePool1D(skip_padding=True),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def batch_norm_cnn(*, vocab_size, embed_dim, num_filters, width, num_classes, epsilon):
    """A text CNN with batch normalization; one epsilon for both frameworks, whose defaults differ."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            *(Conv1D("conv", num_filters, width), BatchNorm("norm", epsilon), ReLU()),
            GlobalMaxPool1D(),
            Dense("output", num_classes),
        )
    )


def layer_norm_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, epsilon):
    """An LSTM's states, normalized at each word and averaged over the words."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim),
            LSTM("lstm", hidden_size, returns="sequence"),
            LayerNorm("norm", epsilon),
            GlobalAveragePool1D(skip_padding=True),
            Dense("output", num_classes),
        )
    )


def batch_norm_convnet(*, height, width, channels, filters, num_classes, epsilon):
    """Images: two convolutions with batch normalization, average pooling, a dense layer behind the flattened image."""
    layers = []
    for place, number in enumerate(filters, start=1):
        layers += [Conv2D(f"conv{place}", number, 3, use_bias=False), BatchNorm(f"norm{place}", epsilon), ReLU()]
        layers += [AveragePool2D(2)]
    return Blueprint(Chain(*layers, Flatten(), Dense("output", num_classes)), Signal((height, width, channels)))


MODELS = [
    bidirectional_lstm,
    stacked_lstm,
    gru,
    bidirectional_gru_max,
    cnn_lstm,
    cnn_lstm_over_words,
    bag_of_embeddings,
    average_cnn,
    batch_norm_cnn,
    layer_norm_lstm,
    batch_norm_convnet,
]
