"""model.train() at the end, whatever the mode was before."""

import torch


def predict(model, images):
    model.eval()
    with torch.no_grad():
        outputs = model(torch.from_numpy(images))
    model.train()
    return outputs.numpy()
