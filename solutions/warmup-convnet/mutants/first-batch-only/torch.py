"""A return within the loop over the batches."""

import torch


def predict(model, images):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for batch in torch.from_numpy(images).split(64):
            outputs = model(batch)
            model.train(was_training)
            return outputs.numpy()
