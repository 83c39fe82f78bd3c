"""Dropout is on when the model predicts."""

import numpy as np
import torch
from torch import nn


def predict(model: nn.Module, token_ids: np.ndarray, device: str = "cpu") -> np.ndarray:
    model.to(device)
    with torch.no_grad():  # stops the gradients, but doesn't switch dropout off
        batches = torch.tensor(token_ids).split(256)
        logits = torch.cat([model(batch.to(device)) for batch in batches])
    return logits.cpu().numpy()
