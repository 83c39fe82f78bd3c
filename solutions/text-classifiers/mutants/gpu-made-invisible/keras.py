"""The file tells TensorFlow to use no GPU."""

import tensorflow as tf

tf.config.set_visible_devices([], "GPU")
