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
        batch. Padding (id 0) stands behind the words; the LSTM doesn't read it.

    Task 2.1, about 9 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25;
    - a 1-D convolution that keeps the length (`padding="same"`), with bias, and ReLU; dropout;
    - an LSTM over the words, of which we keep the state after the last word. Keras's convolution hands no mask on: tell
      the LSTM by its argument `mask`;
    - a dense layer to the logits. No softmax: the loss of task 3.1 applies it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(token_ids)  # [n, length, embed_dim]
    words = keras.ops.not_equal(token_ids, 0)  # [n, length], True for words
    x = layers.Conv1D(num_filters, width, padding="same", activation="relu")(x)  # [n, length, num_filters]
    x = layers.Dropout(dropout)(x)  # [n, length, num_filters]
    h = layers.LSTM(hidden_size)(x, mask=words)  # [n, hidden_size], the state after the last word
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION
