"""Task 2.1 of the averaging CNN in Keras: build_model."""

import keras
from keras import layers

### BEGIN PART


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    width: int,
    num_classes: int,
    dropout: float,
) -> keras.Model:
    """Build the averaging CNN.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        num_filters: Filters of the convolution.
        width: Width of the filters, in words.
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    Returns:
        A model from integer token ids [n, length] to logits [n, num_classes]. The length may differ from batch to
        batch. Padding (id 0) stands behind the words. The length is never shorter than the filters.

    Task 2.1, about 11 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25;
    - a 1-D convolution without padding, with bias, and ReLU;
    - the average over the windows that hold words alone: a window does if its last place is a word. Zeros where there
      is none (Keras's own average would divide by zero);
    - dropout, then a dense layer to the logits. No softmax: the loss of task 3.1 applies it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(token_ids)  # [n, length, embed_dim]
    c = layers.Conv1D(num_filters, width, activation="relu")(x)  # [n, length - width + 1, num_filters]
    words = keras.ops.cast(keras.ops.not_equal(token_ids, 0), "float32")  # [n, length], 1 for words and 0 for padding
    words = keras.ops.expand_dims(words[:, width - 1 :], axis=2)  # [n, length - width + 1, 1], of windows
    count = keras.ops.maximum(keras.ops.sum(words, axis=1), 1)  # [n, 1], and 1 where there is no word
    c = keras.ops.sum(c * words, axis=1) / count  # [n, num_filters]
    c = layers.Dropout(dropout)(c)  # [n, num_filters]
    logits = layers.Dense(num_classes)(c)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION
