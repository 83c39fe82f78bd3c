"""model.eval(), and nothing else."""

import torch


def predict(model, images):
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(images)).numpy()
