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


### PART: ../text-classifiers/text.py


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
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)(token_ids)
    h = layers.LSTM(hidden_size)(x)  # [n, length, embed_dim] -> [n, hidden_size]
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION


### PART: ../text-classifiers/keras_use.py
