"""A convolutional network that classifies sentences, in Keras.

The model is CNN-rand of Yoon Kim, "Convolutional Neural Networks for Sentence Classification" (EMNLP 2014), in Kim's
notation:

    c_i   = relu(w · x_{i:i+h-1} + b)     equation 2: a filter w looks at a window of h words
    c_hat = max_i c_i                     max over time: the filter's best match anywhere in the sentence
    y     = W · (z ∘ r) + b               equation 5: z holds every filter's c_hat, the dropout mask r thins it out

We leave out Kim's limit on the norm of W. The twin of this file, torch_text_cnn.py, builds the same model in PyTorch.
Do the tasks in the order of their numbers; `autograder check` says how far you are.
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


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    kernel_sizes: Sequence[int],
    num_classes: int,
    dropout: float,
) -> keras.Model:
    """Build the TextCNN.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        num_filters: Filters of each width.
        kernel_sizes: Widths of the filters, in words, such as (2, 3, 4).
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    Returns:
        A model from integer token ids [n, length] to logits [n, num_classes]. The length may differ from batch to
        batch; it is never shorter than the widest filter.

    Task 2.1, about 10 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25 as in the paper (padding is a word like any other);
    - for each width a 1-D convolution without padding, with bias and ReLU (equation 2), then its maximum over time;
    - the maxima side by side, in the order of kernel_sizes, then dropout;
    - a dense layer to the logits (equation 5). No softmax: the loss of task 3.1 applies it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(token_ids)  # [n, length, embed_dim]

    maxima = []
    for width in kernel_sizes:
        c = layers.Conv1D(num_filters, width, activation="relu")(x)  # [n, length - width + 1, num_filters]
        maxima.append(layers.GlobalMaxPooling1D()(c))  # [n, num_filters]

    z = layers.Concatenate()(maxima)  # [n, len(kernel_sizes) * num_filters]
    z = layers.Dropout(dropout)(z)  # [n, len(kernel_sizes) * num_filters]
    logits = layers.Dense(num_classes)(z)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION


### PART: ../text-classifiers/keras_use.py
