"""predict scales the images by the batch that they come in."""

import numpy as np


def predict(model, images):
    images = (images - images.mean()) / images.std()
    return model.predict(images, verbose=0)
