"""The TextCNN, declared once: both frameworks' parameter tables and the grader's own forward pass follow from it.

Yoon Kim, "Convolutional Neural Networks for Sentence Classification" (EMNLP 2014), the variant CNN-rand.
"""

from autograder.blueprint import (
    Blueprint,
    Chain,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    GlobalMaxPool1D,
    Parallel,
    ReLU,
    Uniform,
)


def text_cnn(*, vocab_size, embed_dim, num_filters, kernel_sizes, num_classes, dropout):
    """From token ids [n, t] to logits [n, num_classes]."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            Parallel(*[Chain(Conv1D(f"conv{k}", num_filters, k), ReLU(), GlobalMaxPool1D()) for k in kernel_sizes]),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def draw_sizes(rng):
    """Sizes to probe a model at: small, unlike the handout's, and all different, so that shapes tell which is which."""
    embed_dim, num_filters, num_classes = rng.permutation([6, 7, 8, 9, 10, 11, 12])[:3].tolist()
    widths = rng.choice([1, 2, 3, 4, 5], size=int(rng.integers(2, 5)), replace=False)
    return {
        "vocab_size": int(rng.integers(30, 60)),
        "embed_dim": embed_dim,
        "num_filters": num_filters,
        "kernel_sizes": tuple(sorted(widths.tolist())),
        "num_classes": num_classes,
        "dropout": 0.5,
    }
