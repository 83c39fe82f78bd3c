"""Task 2.1 of the CNN-LSTM classifier in PyTorch: the model and build_model."""

import torch
from torch import nn

### BEGIN PART


class TextCNNLSTM(nn.Module):
    """The CNN-LSTM classifier, from integer token ids [n, length] to logits [n, num_classes].

    The length may differ from batch to batch. Padding (id 0) is a word like any other. The length is never shorter than
    the convolution and the pooling need.
    """

    def __init__(
        self,
        *,
        vocab_size: int,
        embed_dim: int,
        num_filters: int,
        width: int,
        hidden_size: int,
        num_classes: int,
        dropout: float,
    ) -> None:
        """Register the layers; `build_model` below says what the sizes mean.

        Task 2.1, about 7 lines:
        - an embedding, drawn uniformly from -0.25 to 0.25;
        - a 1-D convolution without padding, a maximum over windows of 2, dropout;
        - an LSTM (`batch_first`: it gets [n, steps, num_filters]), and a dense layer to the logits.
        """
        super().__init__()
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: register the layers")
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.convolution = nn.Conv1d(embed_dim, num_filters, width)
        self.pool = nn.MaxPool1d(2)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(num_filters, hidden_size, batch_first=True)
        self.dense = nn.Linear(hidden_size, num_classes)
        ### END SOLUTION

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits [n, num_classes] of token ids [n, length].

        Task 2.1, about 5 lines:
        - embed the words; a 1-D convolution wants the channels before the words (transpose, don't reshape);
        - the convolution, ReLU, the maximum of each two neighbouring windows, dropout;
        - the axes back for the LSTM, and its last hidden state. PyTorch hands it out beside the outputs; its first axis
          counts the layers;
        - the dense layer. No softmax: the loss of task 3.1 applies it.
        """
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: the forward pass")
        x = self.embedding(token_ids).transpose(1, 2)  # [n, embed_dim, length]
        x = torch.relu(self.convolution(x))  # [n, num_filters, length - width + 1]
        x = self.dropout(self.pool(x))  # [n, num_filters, (length - width + 1) // 2]

        _, (h, _) = self.lstm(x.transpose(1, 2))  # h: [1, n, hidden_size]
        return self.dense(h[-1])  # [n, num_classes]
        ### END SOLUTION


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    width: int,
    hidden_size: int,
    num_classes: int,
    dropout: float,
) -> nn.Module:
    """Build the CNN-LSTM classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        num_filters: Filters of the convolution.
        width: Width of the filters, in words.
        hidden_size: Length of the hidden state.
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    This function is complete. It keeps the sizes with the model: task 5.1 needs them.
    """
    sizes = {
        "vocab_size": vocab_size,
        "embed_dim": embed_dim,
        "num_filters": num_filters,
        "width": width,
        "hidden_size": hidden_size,
        "num_classes": num_classes,
        "dropout": dropout,
    }
    model = TextCNNLSTM(**sizes)
    model.sizes = sizes
    return model
