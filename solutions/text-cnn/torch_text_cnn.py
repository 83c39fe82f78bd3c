"""A convolutional network that classifies sentences, in PyTorch.

The model is CNN-rand of Yoon Kim, "Convolutional Neural Networks for Sentence Classification" (EMNLP 2014), in Kim's
notation:

    c_i   = relu(w · x_{i:i+h-1} + b)     equation 2: a filter w looks at a window of h words
    c_hat = max_i c_i                     max over time: the filter's best match anywhere in the sentence
    y     = W · (z ∘ r) + b               equation 5: z holds every filter's c_hat, the dropout mask r thins it out

We leave out Kim's limit on the norm of W. The twin of this file, keras_text_cnn.py, builds the same model in Keras.
Do the tasks in the order of their numbers; `autograder check` says how far you are.
"""

import json
import string
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

PADDING, UNKNOWN = "", "[UNK]"  # the first two entries of every vocabulary: ids 0 and 1


# ----------------------------------------------------------------------------------------------------------------------
# Task 1: text to ids. No PyTorch here: the Keras twin needs exactly the same ids.


### PART: ../text-classifiers/text.py


# ----------------------------------------------------------------------------------------------------------------------
# Task 2: the model.


class TextCNN(nn.Module):
    """Kim's CNN-rand, from integer token ids [n, length] to logits [n, num_classes].

    The length may differ from batch to batch; it is never shorter than the widest filter.
    """

    def __init__(
        self,
        *,
        vocab_size: int,
        embed_dim: int,
        num_filters: int,
        kernel_sizes: Sequence[int],
        num_classes: int,
        dropout: float,
    ) -> None:
        """Register the layers; `build_model` below says what the sizes mean.

        Task 2.1, about 6 lines:
        - an embedding, drawn uniformly from -0.25 to 0.25 as in the paper (padding is a word like any other);
        - for each width a 1-D convolution without padding, with bias;
        - dropout, and a dense layer to the logits.
        PyTorch finds the parameters of layers in an `nn.ModuleList`, but not those in a plain list.
        """
        super().__init__()
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: register the layers")
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        nn.init.uniform_(self.embedding.weight, -0.25, 0.25)
        self.convolutions = nn.ModuleList(nn.Conv1d(embed_dim, num_filters, width) for width in kernel_sizes)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(len(kernel_sizes) * num_filters, num_classes)
        ### END SOLUTION

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits [n, num_classes] of token ids [n, length].

        Task 2.1, about 8 lines:
        - embed the words; a 1-D convolution wants the channels before the words (transpose, don't reshape);
        - for each width the convolution, ReLU (equation 2), and the maximum over time;
        - the maxima side by side, in the order of kernel_sizes, then dropout;
        - the dense layer (equation 5). No softmax: the loss of task 3.1 applies it.
        """
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: the forward pass")
        x = self.embedding(token_ids)  # [n, length, embed_dim]
        x = x.transpose(1, 2)  # [n, embed_dim, length]

        maxima = []
        for convolution in self.convolutions:
            c = torch.relu(convolution(x))  # [n, num_filters, length - width + 1]
            maxima.append(c.amax(dim=2))  # [n, num_filters]

        z = torch.cat(maxima, dim=1)  # [n, len(kernel_sizes) * num_filters]
        z = self.dropout(z)  # [n, len(kernel_sizes) * num_filters]
        return self.dense(z)  # [n, num_classes]
        ### END SOLUTION


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    kernel_sizes: Sequence[int],
    num_classes: int,
    dropout: float,
) -> nn.Module:
    """Build the TextCNN.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        num_filters: Filters of each width.
        kernel_sizes: Widths of the filters, in words, such as (2, 3, 4).
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    This function is complete. It keeps the sizes with the model: task 5.1 needs them.
    """
    sizes = {
        "vocab_size": vocab_size,
        "embed_dim": embed_dim,
        "num_filters": num_filters,
        "kernel_sizes": list(kernel_sizes),
        "num_classes": num_classes,
        "dropout": dropout,
    }
    model = TextCNN(**sizes)
    model.sizes = sizes
    return model


### PART: ../text-classifiers/torch_use.py
