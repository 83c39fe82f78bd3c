"""The LSTM classifier, declared once: both frameworks' parameter tables and the grader's forward pass follow from it.

Sepp Hochreiter and Jürgen Schmidhuber, "Long Short-Term Memory" (Neural Computation 9(8), 1997), with the forget gate
of Felix Gers, Schmidhuber and Fred Cummins, "Learning to Forget" (Neural Computation 12(10), 2000).
"""

from autograder.blueprint import LSTM, Blueprint, Chain, Dense, Dropout, Embedding, Uniform


def text_lstm(*, vocab_size, embed_dim, hidden_size, num_classes, dropout):
    """From token ids [n, t] to logits [n, num_classes]; the LSTM reads the words and not the padding (id 0)."""
    return Blueprint(
        Chain(
            Embedding("embedding", vocab_size, embed_dim, initializer=Uniform(0.25)),
            LSTM("lstm", hidden_size),
            Dropout(dropout),
            Dense("output", num_classes),
        )
    )


def draw_sizes(rng):
    """Sizes to probe a model at: small, unlike the handout's, and all different, so that shapes tell which is which."""
    embed_dim, hidden_size, num_classes = rng.permutation([5, 6, 7, 8, 9, 10, 11])[:3].tolist()
    return {
        "vocab_size": int(rng.integers(50, 80)),  # above the 4 * hidden_size rows of the LSTM's kernels in PyTorch
        "embed_dim": embed_dim,
        "hidden_size": hidden_size,
        "num_classes": num_classes,
        "dropout": 0.5,
    }
