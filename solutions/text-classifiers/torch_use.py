"""Tasks 2.5 to 5 of the text classifiers in PyTorch: predict, fit, save, load."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn


def build_model(**sizes) -> nn.Module:
    """The assignment's own; it keeps the sizes with the model."""
    raise NotImplementedError


### BEGIN PART


def predict(model: nn.Module, token_ids: np.ndarray, device: str | torch.device = "cpu") -> np.ndarray:
    """Compute the logits of many texts, without dropout.

    Args:
        model: What `build_model` returned.
        token_ids: int64 array [n, length].
        device: Where to compute: a name such as "cpu" or "cuda", or a torch.device.

    Returns:
        float32 array [n, num_classes], in the computer's own memory wherever it was computed.

    Task 2.5, about 6 lines: switch dropout off and leave the model in the mode that it was in; take the texts in
    batches (a few hundred at a time bounds the memory); keep no gradients. Task 4: the model and each batch have to be
    on the device.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.5: predict")
    was_training = model.training
    model.to(device).eval()
    with torch.no_grad():
        batches = torch.tensor(token_ids).split(256)  # each [256, length], the last maybe fewer
        logits = torch.cat([model(batch.to(device)) for batch in batches])  # [n, num_classes]
    model.train(was_training)
    return logits.cpu().numpy()
    ### END SOLUTION


# ----------------------------------------------------------------------------------------------------------------------
# Task 3: training.


def fit(
    model: nn.Module,
    token_ids: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    device: str | torch.device = "cpu",
) -> list[float]:
    """Train the model with Adam on the cross-entropy.

    Args:
        model: What `build_model` returned; trained in place.
        token_ids: int64 array [n, length].
        labels: int64 array [n], from 0 to num_classes - 1.
        epochs: How often to go through all examples.
        batch_size: Examples of one step; the last batch of an epoch may have fewer.
        learning_rate: Adam's.
        seed: Seeds the shuffling and the dropout: the same model and the same seed give the same losses.
        device: Where to compute: a name such as "cpu" or "cuda", or a torch.device.

    Returns:
        The mean loss over the examples, one for each epoch.

    Task 3.1, about 17 lines: the loop that Keras writes for you. The examples come in a new random order in each epoch
    (`torch.randperm`), the labels in the same order. Dropout is on. The model gives logits, and the cross-entropy of
    PyTorch wants them. Task 4: the model and each batch have to be on the device; move the model before the optimizer
    takes its parameters.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 3.1: train the model")
    torch.manual_seed(seed)
    token_ids, labels = torch.tensor(token_ids), torch.tensor(labels)
    model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)

    losses = []
    for _ in range(epochs):
        total = torch.zeros((), device=device)  # stays on the device: reading it would make the CPU wait at each step
        for batch in torch.randperm(len(labels)).split(batch_size):  # indices [batch_size], the last maybe fewer
            optimizer.zero_grad()
            logits = model(token_ids[batch].to(device))  # [batch_size, num_classes]
            loss = nn.functional.cross_entropy(logits, labels[batch].to(device))  # mean over the batch
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        losses.append(total.item() / len(labels))
    return losses
    ### END SOLUTION


# ----------------------------------------------------------------------------------------------------------------------
# Task 4, devices, has no gap of its own: it is about the `device` of `predict` and `fit`. Keras needs no such argument.

# ----------------------------------------------------------------------------------------------------------------------
# Task 5: save and load.


def save(model: nn.Module, path: str | Path) -> None:
    """Save the trained model into the folder `path`, which exists.

    Task 5.1, about 2 lines: write into that folder everything that `load` needs in another process: the sizes that
    `build_model` kept (as JSON), and the parameters (`torch.save` of the `state_dict`).
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 5.1: save the model")
    (Path(path) / "sizes.json").write_text(json.dumps(model.sizes), encoding="utf-8")
    torch.save(model.state_dict(), Path(path) / "weights.pt")
    ### END SOLUTION


def load(path: str | Path) -> nn.Module:
    """Load the model that `save` left in the folder `path`; it predicts what the saved one predicted.

    Task 5.2, about 4 lines: nothing but the folder is left of the saved model, not even its sizes. `weights_only=True`
    keeps `torch.load` from running code that somebody else put into the file, and `map_location` makes weights that
    were saved on a GPU load on a computer without one.
    """
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 5.2: load the model")
    sizes = json.loads((Path(path) / "sizes.json").read_text(encoding="utf-8"))
    model = build_model(**sizes)
    model.load_state_dict(torch.load(Path(path) / "weights.pt", map_location="cpu", weights_only=True))
    return model
    ### END SOLUTION
