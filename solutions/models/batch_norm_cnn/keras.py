"""Task 2.1 of the batch-normalized CNN in Keras: build_model."""

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
    epsilon: float,
    dropout: float,
) -> keras.Model:
    """Build the batch-normalized CNN.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        num_filters: Filters of the convolution.
        width: Width of the filters, in words.
        num_classes: Number of classes.
        epsilon: What the normalization adds to the variance before it divides.
        dropout: Share of the features that training drops, 0 to 1.

    Returns:
        A model from integer token ids [n, length] to logits [n, num_classes]. The length may differ from batch to
        batch. Padding (id 0) is a word like any other. The length is never shorter than the filters.

    Task 2.1, about 9 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25 (padding is a word like any other);
    - a 1-D convolution without padding, with bias; batch normalization with the given epsilon; ReLU;
    - the maximum over time;
    - dropout, then a dense layer to the logits. No softmax: the loss of task 3.1 applies it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(token_ids)  # [n, length, embed_dim]
    c = layers.Conv1D(num_filters, width)(x)  # [n, length - width + 1, num_filters]
    c = layers.BatchNormalization(epsilon=epsilon)(c)  # [n, length - width + 1, num_filters]
    c = layers.GlobalMaxPooling1D()(layers.ReLU()(c))  # [n, num_filters]
    c = layers.Dropout(dropout)(c)  # [n, num_filters]
    logits = layers.Dense(num_classes)(c)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION
