"""The bag-of-embeddings classifier, declared once and without a framework."""

from autograder.blueprint import Blueprint, Chain, Dense, Dropout, Embedding, GlobalAveragePool1D, ReLU, Uniform


def bag_of_embeddings(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """The average over the words, and not the padding, through a perceptron with one hidden layer."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            GlobalAveragePool1D(skip_padding=True),
            Dense("hidden", hidden_size),
            ReLU(),
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
