"""Task 2.1 of the bidirectional LSTM classifier in Keras: build_model."""

import keras
from keras import layers

### BEGIN PART


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    """Build the bidirectional LSTM classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        hidden_size: Length of the hidden state.
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    Returns:
        A model from integer token ids [n, length] to logits [n, num_classes]. The length may differ from batch to
        batch. Padding (id 0) stands behind the words, and changes nothing.

    Task 2.1, about 8 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25, that tells the layers behind it where the padding is
      (`mask_zero`);
    - an LSTM in both directions; of each we keep the last state, side by side, the forward one first. It skips what is
      masked;
    - dropout, then a dense layer to the logits. No softmax: the loss of task 3.1 applies it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    embedding = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform, mask_zero=True)
    x = embedding(token_ids)  # [n, length, embed_dim]
    h = layers.Bidirectional(layers.LSTM(hidden_size))(x)  # [n, 2 * hidden_size], forward and backward
    h = layers.Dropout(dropout)(h)  # [n, 2 * hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION
