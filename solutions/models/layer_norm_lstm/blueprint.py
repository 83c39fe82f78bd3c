"""The layer-normalized LSTM classifier, declared once and without a framework."""

from autograder.blueprint import (
    LSTM,
    Blueprint,
    Chain,
    Dense,
    Dropout,
    Embedding,
    GlobalAveragePool1D,
    LayerNorm,
    Uniform,
)


def layer_norm_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, epsilon, dropout):
    """An LSTM's states, normalized at each word and averaged over the words."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            LSTM("lstm", hidden_size, returns="sequence"),
            LayerNorm("norm", epsilon),
            GlobalAveragePool1D(skip_padding=True),
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
        "epsilon": 0.001,
        "dropout": 0.5,
    }
