"""A recurrent network that classifies sentences, in PyTorch.

The layer is the LSTM of Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000).
It reads the words x_1, x_2, ... one by one, and keeps two vectors: the cell state c, its memory, and the hidden state
h, what it shows of it.

    i, f, o = sigmoid(W x_t + U h_{t-1} + b)     three gates, each with a W, a U and a b of its own
    g       = tanh(W x_t + U h_{t-1} + b)        what could be remembered
    c_t     = f * c_{t-1} + i * g                forget a part, add a part
    h_t     = o * tanh(c_t)                      show a part

Products of gates are taken number by number. `nn.LSTM` computes these lines for all words; what is left to you is to
keep it from reading the padding, and to take the right state. It holds each b as a sum of two, which makes no other
model.

The logits are W h_T + b with the hidden state after the last word, x_T. The twin of this file, keras_text_lstm.py,
builds the same model in Keras. Do the tasks in the order of their numbers; `autograder check` says how far you are.
"""

import json
import string
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

PADDING, UNKNOWN = "", "[UNK]"  # the first two entries of every vocabulary: ids 0 and 1


# ----------------------------------------------------------------------------------------------------------------------
# Task 1: text to ids. No PyTorch here: the Keras twin needs exactly the same ids.


def split_words(text: str) -> list[str]:
    """Split a text into words: `"Don't  panic!"` becomes `["dont", "panic"]`.

    Task 1.1, about 2 lines:
    - lower-case the text, as `str.lower` does;
    - delete every character of `string.punctuation` (delete: nothing takes its place);
    - split at white space, however long. An empty text has no words.
    """
    raise NotImplementedError("Task 1.1: split a text into words")


def build_vocabulary(texts: Sequence[str], max_tokens: int) -> list[str]:
    """List the words that the model will know; a word's id is its place in the list.

    Args:
        texts: The training texts.
        max_tokens: Most entries that the vocabulary may have, padding and unknown included.

    Task 1.1, about 3 lines:
    - entry 0 is PADDING, entry 1 is UNKNOWN;
    - then come the words of `split_words`, the most frequent first;
    - words that are equally frequent come in alphabetical order (Python's order of strings).
    """
    raise NotImplementedError("Task 1.1: build the vocabulary")


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    """Turn texts into token ids.

    Returns:
        int64 array [n, length], one row for each text.

    Task 1.2, about 6 lines:
    - a word's id is its place in the vocabulary; a word that isn't there gets the id of UNKNOWN;
    - a text of fewer than `length` words is padded on the right with the id of PADDING;
    - a text of more words is cut: its first `length` words stay.
    """
    raise NotImplementedError("Task 1.2: encode texts as token ids")


# ----------------------------------------------------------------------------------------------------------------------
# Task 2: the model.


class TextLSTM(nn.Module):
    """The LSTM classifier, from integer token ids [n, length] to logits [n, num_classes].

    The length may differ from batch to batch. Padding (id 0) stands behind the words, and changes nothing.
    """

    def __init__(self, *, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> None:
        """Register the layers; `build_model` below says what the sizes mean.

        Task 2.1, about 5 lines:
        - an embedding, drawn uniformly from -0.25 to 0.25;
        - an LSTM (`batch_first`: our batches are [n, length, embed_dim], and it would take the first axis for time);
        - dropout, and a dense layer to the logits.
        """
        super().__init__()
        raise NotImplementedError("Task 2.1: register the layers")

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Compute the logits [n, num_classes] of token ids [n, length].

        Task 2.1, about 8 lines:
        - count the words of each text, and embed them;
        - pack the texts (`pack_padded_sequence` with `enforce_sorted=False`), so that the LSTM sees words alone. The
          lengths have to be on the CPU, and at least 1: a text without words needs a thought of its own;
        - the LSTM's hidden state after each text's last word. PyTorch hands it out beside the outputs; its first axis
          counts the layers;
        - where a text has no words, zeros in its place; then dropout and the dense layer. No softmax: the loss of
          task 3.1 applies it.
        """
        raise NotImplementedError("Task 2.1: the forward pass")


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> nn.Module:
    """Build the LSTM classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        hidden_size: Length of the hidden state and of the cell state.
        num_classes: Number of classes.
        dropout: Share of the hidden state's features that training drops, 0 to 1.

    This function is complete. It keeps the sizes with the model: task 5.1 needs them.
    """
    sizes = {
        "vocab_size": vocab_size,
        "embed_dim": embed_dim,
        "hidden_size": hidden_size,
        "num_classes": num_classes,
        "dropout": dropout,
    }
    model = TextLSTM(**sizes)
    model.sizes = sizes
    return model


def predict(model: nn.Module, token_ids: np.ndarray, device: str | torch.device = "cpu") -> np.ndarray:
    """Compute the logits of many texts, without dropout.

    Args:
        model: What `build_model` returned.
        token_ids: int64 array [n, length].
        device: Where to compute: a name such as "cpu" or "cuda", or a torch.device.

    Returns:
        float32 array [n, num_classes], in the computer's own memory wherever it was computed.

    Task 2.5, about 6 lines: switch dropout off and leave the model in the mode that it was in; take the texts in
    batches (a few hundred at a time bounds the memory); keep no gradients. Task 4: the model and each batch have to be
    on the device.
    """
    raise NotImplementedError("Task 2.5: predict")


# ----------------------------------------------------------------------------------------------------------------------
# Task 3: training.


def fit(
    model: nn.Module,
    token_ids: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    device: str | torch.device = "cpu",
) -> list[float]:
    """Train the model with Adam on the cross-entropy.

    Args:
        model: What `build_model` returned; trained in place.
        token_ids: int64 array [n, length].
        labels: int64 array [n], from 0 to num_classes - 1.
        epochs: How often to go through all examples.
        batch_size: Examples of one step; the last batch of an epoch may have fewer.
        learning_rate: Adam's.
        seed: Seeds the shuffling and the dropout: the same model and the same seed give the same losses.
        device: Where to compute: a name such as "cpu" or "cuda", or a torch.device.

    Returns:
        The mean loss over the examples, one for each epoch.

    Task 3.1, about 17 lines: the loop that Keras writes for you. The examples come in a new random order in each epoch
    (`torch.randperm`), the labels in the same order. Dropout is on. The model gives logits, and the cross-entropy of
    PyTorch wants them. Task 4: the model and each batch have to be on the device; move the model before the optimizer
    takes its parameters.
    """
    raise NotImplementedError("Task 3.1: train the model")


# ----------------------------------------------------------------------------------------------------------------------
# Task 4, devices, has no gap of its own: it is about the `device` of `predict` and `fit`. Keras needs no such argument.

# ----------------------------------------------------------------------------------------------------------------------
# Task 5: save and load.


def save(model: nn.Module, path: str | Path) -> None:
    """Save the trained model into the folder `path`, which exists.

    Task 5.1, about 2 lines: write into that folder everything that `load` needs in another process: the sizes that
    `build_model` kept (as JSON), and the parameters (`torch.save` of the `state_dict`).
    """
    raise NotImplementedError("Task 5.1: save the model")


def load(path: str | Path) -> nn.Module:
    """Load the model that `save` left in the folder `path`; it predicts what the saved one predicted.

    Task 5.2, about 4 lines: nothing but the folder is left of the saved model, not even its sizes. `weights_only=True`
    keeps `torch.load` from running code that somebody else put into the file, and `map_location` makes weights that
    were saved on a GPU load on a computer without one.
    """
    raise NotImplementedError("Task 5.2: load the model")
