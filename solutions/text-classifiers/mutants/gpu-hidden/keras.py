"""The file hides all GPUs from whoever imports it."""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
