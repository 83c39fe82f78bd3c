"""Task 2.1 of the GRU classifier in PyTorch: the model and build_model."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

### BEGIN PART


class TextGRU(nn.Module):
    """The GRU classifier, from integer token ids [n, length] to logits [n, num_classes].

    The length may differ from batch to batch. Padding (id 0) stands behind the words, and changes nothing.
    """

    def __init__(self, *, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> None:
        """Register the layers; `build_model` below says what the sizes mean.

        Task 2.1, about 5 lines:
        - an embedding, drawn uniformly from -0.25 to 0.25;
        - a GRU (`batch_first`: our batches are [n, length, embed_dim], and it would take the first axis for time);
        - dropout, and a dense layer to the logits.
        """
        super().__init__()
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: register the layers")
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.gru = nn.GRU(embed_dim, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(hidden_size, num_classes)
        ### END SOLUTION

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits [n, num_classes] of token ids [n, length].

        Task 2.1, about 6 lines:
        - count the words of each text, and embed them;
        - pack the texts (`pack_padded_sequence` with `enforce_sorted=False`), so that the GRU sees words alone. The
          lengths have to be on the CPU, and at least 1: a text without words needs a thought of its own;
        - the GRU's state after each text's last word. PyTorch hands it out beside the outputs; its first axis counts
          the layers;
        - where a text has no words, zeros in its place; then dropout and the dense layer. No softmax: the loss of task
          3.1 applies it.
        """
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: the forward pass")
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        x = self.embedding(token_ids)  # [n, length, embed_dim]
        packed = pack_padded_sequence(x, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False)

        _, h = self.gru(packed)  # h: [1, n, hidden_size]
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size], zeros where there was no word
        return self.dense(self.dropout(h))  # [n, num_classes]
        ### END SOLUTION


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> nn.Module:
    """Build the GRU classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        hidden_size: Length of the hidden state.
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    This function is complete. It keeps the sizes with the model: task 5.1 needs them.
    """
    sizes = {
        "vocab_size": vocab_size,
        "embed_dim": embed_dim,
        "hidden_size": hidden_size,
        "num_classes": num_classes,
        "dropout": dropout,
    }
    model = TextGRU(**sizes)
    model.sizes = sizes
    return model
