"""Task 2.1 of the bag-of-embeddings classifier in PyTorch: the model and build_model."""

import torch
from torch import nn

### BEGIN PART


class TextAverage(nn.Module):
    """The bag-of-embeddings classifier, from integer token ids [n, length] to logits [n, num_classes].

    The length may differ from batch to batch. Padding (id 0) stands behind the words, and changes nothing.
    """

    def __init__(self, *, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> None:
        """Register the layers; `build_model` below says what the sizes mean.

        Task 2.1, about 5 lines:
        - an embedding, drawn uniformly from -0.25 to 0.25;
        - the hidden dense layer;
        - dropout, and a dense layer to the logits.
        """
        super().__init__()
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: register the layers")
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.hidden = nn.Linear(embed_dim, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(hidden_size, num_classes)
        ### END SOLUTION

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits [n, num_classes] of token ids [n, length].

        Task 2.1, about 5 lines:
        - find the words, and embed them;
        - the average of the words' vectors, without the padding; zeros where a text has no words;
        - the hidden layer and ReLU, then dropout and the dense layer. No softmax: the loss of task 3.1 applies it.
        """
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: the forward pass")
        words = (token_ids != 0).unsqueeze(2)  # [n, length, 1]
        x = self.embedding(token_ids)  # [n, length, embed_dim]

        a = (x * words).sum(dim=1) / words.sum(dim=1).clamp(min=1)  # [n, embed_dim], zeros where there was no word
        h = torch.relu(self.hidden(a))  # [n, hidden_size]
        return self.dense(self.dropout(h))  # [n, num_classes]
        ### END SOLUTION


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> nn.Module:
    """Build the bag-of-embeddings classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        hidden_size: Features of the hidden layer.
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
    model = TextAverage(**sizes)
    model.sizes = sizes
    return model
