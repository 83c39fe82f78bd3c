"""predict makes the device the default one, for all that comes after it as well."""

import torch


def predict(model, token_ids, device="cpu"):
    torch.set_default_device(device)  # now torch.tensor makes its tensors there
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        logits = torch.cat([model(batch) for batch in torch.tensor(token_ids).split(256)])
    model.train(was_training)
    return logits.cpu().numpy()
