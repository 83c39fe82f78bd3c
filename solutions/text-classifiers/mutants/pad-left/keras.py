"""Short texts are padded on the left, which is the default of pad_sequences."""

from collections.abc import Sequence

import keras
import numpy as np


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    id_of = {word: token_id for token_id, word in enumerate(vocabulary)}
    rows = [[id_of.get(word, 1) for word in split_words(text)] for text in texts]
    return keras.utils.pad_sequences(rows, maxlen=length, dtype="int64", truncating="post")
