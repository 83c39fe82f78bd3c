"""predict looks into the device's name, which a torch.device doesn't have."""

import torch


def predict(model, token_ids, device="cpu"):
    place = device.partition(":")[0]  # without the card's number
    was_training = model.training
    model.to(place).eval()
    with torch.no_grad():
        logits = torch.cat([model(batch.to(place)) for batch in torch.tensor(token_ids).split(256)])
    model.train(was_training)
    return logits.cpu().numpy()
