"""A return within the loop over the batches."""

import numpy as np


def predict(model, images):
    for start in range(0, len(images), 64):
        return model.predict(images[start : start + 64], verbose=0)
