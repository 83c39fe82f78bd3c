"""predict counts on fit to have moved the model."""

import torch


def predict(model, token_ids, device="cpu"):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(batch.to(device)) for batch in torch.tensor(token_ids).split(256)])
    model.train(was_training)
    return logits.cpu().numpy()
