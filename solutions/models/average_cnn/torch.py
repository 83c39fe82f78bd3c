"""Task 2.1 of the averaging CNN in PyTorch: the model and build_model."""

import torch
from torch import nn

### BEGIN PART


class TextAverageCNN(nn.Module):
    """The averaging CNN, from integer token ids [n, length] to logits [n, num_classes].

    The length may differ from batch to batch. Padding (id 0) stands behind the words. The length is never shorter than
    the filters.
    """

    def __init__(
        self,
        *,
        vocab_size: int,
        embed_dim: int,
        num_filters: int,
        width: int,
        num_classes: int,
        dropout: float,
    ) -> None:
        """Register the layers; `build_model` below says what the sizes mean.

        Task 2.1, about 6 lines:
        - an embedding, drawn uniformly from -0.25 to 0.25;
        - a 1-D convolution without padding, with bias;
        - dropout, and a dense layer to the logits.
        """
        super().__init__()
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: register the layers")
        self.width = width
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.convolution = nn.Conv1d(embed_dim, num_filters, width)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(num_filters, num_classes)
        ### END SOLUTION

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits [n, num_classes] of token ids [n, length].

        Task 2.1, about 5 lines:
        - embed the words; a 1-D convolution wants the channels before the words (transpose, don't reshape);
        - the convolution and ReLU;
        - the average over the windows that hold words alone: a window does if its last place is a word. Zeros where
          there is none;
        - dropout and the dense layer. No softmax: the loss of task 3.1 applies it.
        """
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: the forward pass")
        x = self.embedding(token_ids).transpose(1, 2)  # [n, embed_dim, length]
        c = torch.relu(self.convolution(x))  # [n, num_filters, length - width + 1]

        words = (token_ids[:, self.width - 1 :] != 0).unsqueeze(1)  # [n, 1, length - width + 1], of windows
        c = (c * words).sum(dim=2) / words.sum(dim=2).clamp(min=1)  # [n, num_filters], zeros where there was no window
        return self.dense(self.dropout(c))  # [n, num_classes]
        ### END SOLUTION


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    width: int,
    num_classes: int,
    dropout: float,
) -> nn.Module:
    """Build the averaging CNN.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        num_filters: Filters of the convolution.
        width: Width of the filters, in words.
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    This function is complete. It keeps the sizes with the model: task 5.1 needs them.
    """
    sizes = {
        "vocab_size": vocab_size,
        "embed_dim": embed_dim,
        "num_filters": num_filters,
        "width": width,
        "num_classes": num_classes,
        "dropout": dropout,
    }
    model = TextAverageCNN(**sizes)
    model.sizes = sizes
    return model
