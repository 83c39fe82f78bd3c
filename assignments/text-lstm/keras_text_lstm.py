"""A recurrent network that classifies sentences, in Keras.

The layer is the LSTM of Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000).
It reads the words x_1, x_2, ... one by one, and keeps two vectors: the cell state c, its memory, and the hidden state
h, what it shows of it.

    i, f, o = sigmoid(W x_t + U h_{t-1} + b)     three gates, each with a W, a U and a b of its own
    g       = tanh(W x_t + U h_{t-1} + b)        what could be remembered
    c_t     = f * c_{t-1} + i * g                forget a part, add a part
    h_t     = o * tanh(c_t)                      show a part

Products of gates are taken number by number. `layers.LSTM` computes these lines for all words; what is left to you is
to keep it from reading the padding, and to take the right state.

The logits are W h_T + b with the hidden state after the last word, x_T. The twin of this file, torch_text_lstm.py,
builds the same model in PyTorch. Do the tasks in the order of their numbers; `autograder check` says how far you are.
"""

import string
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers

PADDING, UNKNOWN = "", "[UNK]"  # the first two entries of every vocabulary: ids 0 and 1


# ----------------------------------------------------------------------------------------------------------------------
# Task 1: text to ids. No Keras here: the PyTorch twin needs exactly the same ids.


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


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    """Build the LSTM classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        hidden_size: Length of the hidden state and of the cell state.
        num_classes: Number of classes.
        dropout: Share of the hidden state's features that training drops, 0 to 1.

    Returns:
        A model from integer token ids [n, length] to logits [n, num_classes]. The length may differ from batch to
        batch. Padding (id 0) stands behind the words, and changes nothing.

    Task 2.1, about 7 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25, that tells the layers behind it where the padding is
      (`mask_zero`);
    - an LSTM over the words, of which we keep the hidden state after the last word. It skips what is masked; a text
      without words leaves it at its zeros;
    - dropout, then a dense layer to the logits. No softmax: the loss of task 3.1 applies it.
    """
    raise NotImplementedError("Task 2.1: build the model")


def predict(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    """Compute the logits of many texts, without dropout.

    Args:
        model: What `build_model` returned.
        token_ids: int64 array [n, length].

    Returns:
        float32 array [n, num_classes].

    Task 2.5, about 3 lines: take the texts in batches (a few hundred at a time bounds the memory), and mind what
    `training=` means when you call a model.
    """
    raise NotImplementedError("Task 2.5: predict")


# ----------------------------------------------------------------------------------------------------------------------
# Task 3: training.


def fit(
    model: keras.Model,
    token_ids: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
) -> list[float]:
    """Train the model with Adam on the cross-entropy.

    Args:
        model: What `build_model` returned; trained in place.
        token_ids: int64 array [n, length].
        labels: int64 array [n], from 0 to num_classes - 1.
        epochs: How often to go through all examples.
        batch_size: Examples of one step; the last batch of an epoch may have fewer.
        learning_rate: Adam's.
        seed: Seeds the shuffling (a Dropout layer draws a seed of its own when it is made): whoever seeds the process
            before `build_model` gets the same losses from the same seed.

    Returns:
        The mean loss over the examples, one for each epoch.

    Task 3.1, about 9 lines: `compile` and `fit`. The examples come in a new random order in each epoch. The model gives
    logits, so the loss has to be told (`from_logits`). Pass `jit_compile=False` to `compile`: a model of this size
    trains in less time than XLA takes to compile it.
    """
    raise NotImplementedError("Task 3.1: train the model")


# ----------------------------------------------------------------------------------------------------------------------
# Task 4, devices, has no gap of its own: Keras places the model on a GPU by itself where there is one, unless a line
# above insists on a device. Compare with what the PyTorch twin has to say about devices.

# ----------------------------------------------------------------------------------------------------------------------
# Task 5: save and load.


def save(model: keras.Model, path: str | Path) -> None:
    """Save the trained model into the folder `path`, which exists.

    Task 5.1, about 2 lines: write into that folder everything that `load` needs in another process: what the model is
    (`to_json`) and its weights (`save_weights`, to a name that ends in .weights.h5).
    """
    raise NotImplementedError("Task 5.1: save the model")


def load(path: str | Path) -> keras.Model:
    """Load the model that `save` left in the folder `path`; it predicts what the saved one predicted.

    Task 5.2, about 3 lines: nothing but the folder is left of the saved model, not even its sizes.
    """
    raise NotImplementedError("Task 5.2: load the model")
