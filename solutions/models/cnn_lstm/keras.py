"""Task 2.1 of the CNN-LSTM classifier in Keras: build_model."""

import keras
from keras import layers

### BEGIN PART


def build_model(
    *,
    vocab_size: int,
    embed_dim: int,
    num_filters: int,
    width: int,
    hidden_size: int,
    num_classes: int,
    dropout: float,
) -> keras.Model:
    """Build the CNN-LSTM classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        num_filters: Filters of the convolution.
        width: Width of the filters, in words.
        hidden_size: Length of the hidden state.
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    Returns:
        A model from integer token ids [n, length] to logits [n, num_classes]. The length may differ from batch to
        batch. Padding (id 0) is a word like any other. The length is never shorter than the convolution and the pooling
        need.

    Task 2.1, about 9 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25 (padding is a word like any other);
    - a 1-D convolution without padding, with bias, and ReLU; the maximum of each two neighbouring windows; dropout;
    - an LSTM over all of it, of which we keep the last state;
    - a dense layer to the logits. No softmax: the loss of task 3.1 applies it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(token_ids)  # [n, length, embed_dim]
    x = layers.Conv1D(num_filters, width, activation="relu")(x)  # [n, length - width + 1, num_filters]
    x = layers.MaxPooling1D(2)(x)  # [n, (length - width + 1) // 2, num_filters]
    x = layers.Dropout(dropout)(x)  # [n, (length - width + 1) // 2, num_filters]
    h = layers.LSTM(hidden_size)(x)  # [n, hidden_size], the last state
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION
