"""Task 2.1 of the CNN-LSTM classifier in PyTorch: the model and build_model."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

### BEGIN PART


class TextCNNLSTM(nn.Module):
    """The CNN-LSTM classifier, from integer token ids [n, length] to logits [n, num_classes].

    The length may differ from batch to batch. Padding (id 0) stands behind the words; the LSTM doesn't read it.
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

        Task 2.1, about 6 lines:
        - an embedding, drawn uniformly from -0.25 to 0.25;
        - a 1-D convolution that keeps the length (`padding="same"`), and dropout;
        - an LSTM (`batch_first`: it gets [n, length, num_filters]), and a dense layer to the logits.
        """
        super().__init__()
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: register the layers")
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.convolution = nn.Conv1d(embed_dim, num_filters, width, padding="same")
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(num_filters, hidden_size, batch_first=True)
        self.dense = nn.Linear(hidden_size, num_classes)
        ### END SOLUTION

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits [n, num_classes] of token ids [n, length].

        Task 2.1, about 8 lines:
        - count the words of each text, and embed them; a 1-D convolution wants the channels before the words
          (transpose, don't reshape);
        - the convolution, ReLU, dropout; the axes back for the LSTM;
        - pack the texts (`pack_padded_sequence` with `enforce_sorted=False`), so that the LSTM sees words alone. The
          lengths have to be on the CPU, and at least 1: a text without words needs a thought of its own;
        - the LSTM's hidden state after each text's last word, with zeros where a text has no words;
        - the dense layer. No softmax: the loss of task 3.1 applies it.
        """
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: the forward pass")
        lengths = (token_ids != 0).sum(dim=1)  # [n]
        x = self.embedding(token_ids).transpose(1, 2)  # [n, embed_dim, length]
        x = self.dropout(torch.relu(self.convolution(x)))  # [n, num_filters, length]
        x = x.transpose(1, 2)  # [n, length, num_filters]
        packed = pack_padded_sequence(x, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False)

        _, (h, _) = self.lstm(packed)  # h: [1, n, hidden_size]
        h = h[-1] * (lengths > 0).unsqueeze(1)  # [n, hidden_size], zeros where there was no word
        return self.dense(h)  # [n, num_classes]
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
