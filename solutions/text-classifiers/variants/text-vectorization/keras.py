"""encode by TextVectorization over the given vocabulary; only lower-casing and punctuation are Python's."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    lookup = layers.TextVectorization(standardize=None, output_sequence_length=length, vocabulary=list(vocabulary))
    clean = [" ".join(split_words(text)) for text in texts]
    return keras.ops.convert_to_numpy(lookup(np.array(clean, dtype=object)))
