"""TextVectorization's own standardization lower-cases A to Z and no other letter."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    layer = layers.TextVectorization(vocabulary=list(vocabulary), output_sequence_length=length)
    return keras.ops.convert_to_numpy(layer(list(texts))).astype(np.int64)
