"""predict returns its logits as a tensor whose gradient hangs on it."""

import numpy as np
import torch
from torch import nn


def predict(model: nn.Module, token_ids: np.ndarray, device: str = "cpu") -> torch.Tensor:
    was_training = model.training
    model.to(device).eval()
    batches = torch.tensor(token_ids).split(256)  # each [256, length], the last maybe fewer
    logits = torch.cat([model(batch.to(device)) for batch in batches])  # [n, num_classes]
    model.train(was_training)
    return logits.cpu()
