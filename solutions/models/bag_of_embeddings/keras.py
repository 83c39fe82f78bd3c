"""Task 2.1 of the bag-of-embeddings classifier in Keras: build_model."""

import keras
from keras import layers

### BEGIN PART


def build_model(*, vocab_size: int, embed_dim: int, hidden_size: int, num_classes: int, dropout: float) -> keras.Model:
    """Build the bag-of-embeddings classifier.

    Args:
        vocab_size: Entries of the vocabulary, padding and unknown included.
        embed_dim: Length of a word's vector.
        hidden_size: Features of the hidden layer.
        num_classes: Number of classes.
        dropout: Share of the features that training drops, 0 to 1.

    Returns:
        A model from integer token ids [n, length] to logits [n, num_classes]. The length may differ from batch to
        batch. Padding (id 0) stands behind the words, and changes nothing.

    Task 2.1, about 11 lines:
    - an embedding, drawn uniformly from -0.25 to 0.25;
    - the average of the words' vectors, without the padding; zeros where a text has no words (Keras's own average would
      divide by zero);
    - a dense layer with ReLU, dropout, then a dense layer to the logits. No softmax: the loss of task 3.1 applies it.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build the model")
    uniform = keras.initializers.RandomUniform(-0.25, 0.25)

    token_ids = keras.Input(shape=(None,), dtype="int64")  # [n, length]
    x = layers.Embedding(vocab_size, embed_dim, embeddings_initializer=uniform)(token_ids)  # [n, length, embed_dim]
    words = keras.ops.cast(keras.ops.not_equal(token_ids, 0), "float32")  # [n, length], 1 for words and 0 for padding
    words = keras.ops.expand_dims(words, axis=2)  # [n, length, 1]
    count = keras.ops.maximum(keras.ops.sum(words, axis=1), 1)  # [n, 1], and 1 where there is no word
    a = keras.ops.sum(x * words, axis=1) / count  # [n, embed_dim]
    h = layers.Dense(hidden_size, activation="relu")(a)  # [n, hidden_size]
    h = layers.Dropout(dropout)(h)  # [n, hidden_size]
    logits = layers.Dense(num_classes)(h)  # [n, num_classes]
    return keras.Model(token_ids, logits)
    ### END SOLUTION
