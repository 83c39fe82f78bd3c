"""Task "training", small: what one call of ``fit`` does to the loss and the weights, step by step.

Adam: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015), algorithm 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.blueprint import Blueprint, Framework, Softmax, Tolerance, Weights, cross_entropy
from autograder.checking.grading import Grading
from autograder.checking.identify import Identity, identify, probe_texts
from autograder.checking.models import drawn_sizes
from autograder.checking.verdicts import RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.student.handle import Fitted, Floats, Model

BATCH = 8
BATCHES = 3
NO_LEARNING = 1e-12  # a learning rate that leaves float32 weights as they are
MOVED = 1e-6  # far above what NO_LEARNING can do, far below one step at any learning rate in use
CLEAR_GRADIENT = 1e-3  # far above Keras' epsilon as it acts on the first steps (3e-6), and above float32 noise
LOSS_TOLERANCE = 2e-3  # relative; a running mean in float32 is within 1e-5
STEP_TOLERANCE = 0.01  # relative to the learning rate; gradients that were never zeroed shift the second step by 0.035

NEARLY_ONE = 1 - 1e-9  # a rate of 1 is refused by some layers
SHORT_EPOCHS, SHORT_RATE, SEED = 2, 1e-2, 11  # of the short training

Ids = NDArray[np.int64]
Run = tuple[Floats, list[np.ndarray]]


@dataclass(frozen=True)
class Bench:
    """A model without randomness in training, and a few texts with labels for it."""

    model: Model
    token_ids: Ids
    labels: Ids
    start: list[np.ndarray]
    meant: Floats | None = None

    def logits(self) -> Floats:
        self.model.set_weights(self.start)
        return self.model.forward(self.token_ids, training=False)


def bench(grading: Grading, framework: Framework) -> Bench:
    """Build the student's model without dropout, under the grader's weights."""
    made: Bench = grading.once(("training bench", framework), lambda: _bench(grading, framework))
    return made


def _bench(grading: Grading, framework: Framework) -> Bench:
    rng = grading.rng("bench", framework.value)
    sizes = drawn_sizes(grading, 2)
    token_ids = probe_texts(rng, sizes, BATCH * BATCHES)
    labels = rng.integers(0, sizes["num_classes"], len(token_ids))
    model = _without_dropout(grading, framework, sizes, token_ids)
    identity = identify(grading, model, "bench").identity
    if identity is None:
        return Bench(model, token_ids, labels, model.weights())
    weights = identity.blueprint.random_weights(rng, framework)
    meant = meant_logits(grading.blueprint(model.sizes), identity, weights, token_ids)
    return Bench(model, token_ids, labels, identity.match.to_student(weights), meant)


def meant_logits(truth: Blueprint, identity: Identity, weights: Weights, token_ids: Ids) -> Floats | None:
    """Logits of the handout's model with the weights of a wrong one; None where they don't fit into it.

    Keras' loss looks through a softmax at the model's end, so that it trains as if there were none.
    """
    return truth.forward(weights, token_ids) if identity.shares_parameters_with(truth) else None


def _without_dropout(grading: Grading, framework: Framework, sizes: dict[str, Any], token_ids: Ids) -> Model:
    """The model with dropout off; for a student who takes the rate for the share to keep, that is nearly 1."""
    module = grading.student.module(framework)
    model = module.build({**sizes, "dropout": 0.0})
    still = model.forward(token_ids, training=False)
    if not Tolerance().agrees(model.forward(token_ids, training=True), still):
        opposite = module.build({**sizes, "dropout": NEARLY_ONE})
        opposite.set_weights(model.weights())
        if Tolerance().agrees(opposite.forward(token_ids, training=True), still):
            return opposite
    return model


def reported_loss(grading: Grading, framework: Framework) -> str:
    """Compare the losses that ``fit`` returns with the mean cross-entropy, while nothing is learned.

    Raises:
        SubmissionError: Naming what the returned losses are instead.
    """
    said: str = grading.once(("reported loss", framework), lambda: _reported_loss(grading, framework))
    return said


def _reported_loss(grading: Grading, framework: Framework) -> str:
    b = bench(grading, framework)
    logits = b.logits()
    wanted = cross_entropy(logits, b.labels)
    losses = _fit(b, epochs=3, learning_rate=NO_LEARNING).losses
    meant = wanted if b.meant is None else cross_entropy(b.meant, b.labels)
    if not any(np.allclose(losses, loss, rtol=LOSS_TOLERANCE) for loss in (wanted, meant)):
        moved = _largest(b.model.weights(), b.start)
        raise SubmissionError(_learned(moved) if moved > MOVED else _wrong_loss(losses, wanted, logits, b.labels))
    _dropout_is_on(grading, framework)
    return f"With learning rate 0 fit reports {losses[0]:.4f}; the cross-entropy is {wanted:.4f}."


def _learned(moved: float) -> Finding:
    return Finding(
        "fit changes the weights although learning_rate is next to 0.",
        expected=f"weights that stay as they are at learning_rate={NO_LEARNING:g}",
        found=f"weights that move by up to {moved:.1g}",
        advice="Pass learning_rate to the optimizer.",
        misconception="learning-rate-ignored",
    )


def _wrong_loss(losses: Floats, wanted: float, logits: Floats, labels: Ids) -> Finding:
    for key, value, message, advice in _other_losses(logits, labels, wanted):
        if np.allclose(losses, value, rtol=LOSS_TOLERANCE):
            return Finding(message, f"{wanted:.4f}", f"{losses[0]:.4f}", advice, key)
    if np.ptp(losses) > 10 * LOSS_TOLERANCE * wanted:
        return Finding(
            "The losses that fit returns vary although nothing is learned: texts and labels don't belong together.",
            expected=f"{wanted:.4f} in each epoch",
            found=", ".join(f"{loss:.4f}" for loss in losses),
            advice="Shuffle texts and labels by the same order: draw one permutation, and index both with it.",
            misconception="labels-shuffled-apart",
        )
    return Finding(
        "The losses that fit returns are not the mean cross-entropy of the epoch.",
        expected=f"{wanted:.4f} (recomputed by the grader, nothing learned)",
        found=f"{losses[0]:.4f}",
        advice="Average the loss over all examples of the epoch; the cross-entropy takes raw logits.",
    )


def _other_losses(logits: Floats, labels: Ids, wanted: float) -> list[tuple[str, float, str, str]]:
    probabilities = Softmax().apply(logits)
    clipped = np.clip(logits, 1e-7, 1 - 1e-7)  # Keras, where it takes logits for probabilities
    taken = clipped[np.arange(len(labels)), labels] / clipped.sum(axis=1)
    softmax_says = "The loss is not taken of raw logits."
    softmax_advice = (
        "Keras: SparseCategoricalCrossentropy(from_logits=True). PyTorch: cross_entropy of the logits, no softmax."
    )
    return [
        (
            "sum-instead-of-mean-loss",
            wanted * BATCHES,
            "fit returns the sum of the batches' losses.",
            "Divide by the number of batches, or weight each batch by its size and divide by the number of examples.",
        ),
        (
            "sum-instead-of-mean-loss",
            wanted * BATCHES * BATCH,
            "fit returns the sum of all examples' losses.",
            "Divide by the number of examples.",
        ),
        ("softmax-before-loss", cross_entropy(probabilities, labels), softmax_says, softmax_advice),
        ("softmax-before-loss", float(-np.log(taken).mean()), softmax_says, softmax_advice),
    ]


def _dropout_is_on(grading: Grading, framework: Framework) -> None:
    """With dropout, and nothing learned, the loss in training differs from the loss without it."""
    sizes = {**drawn_sizes(grading, 2), "dropout": 0.5}
    model = grading.student.module(framework).build(sizes)
    b = bench(grading, framework)
    model.set_weights(b.start)
    scattered = [model.forward(b.token_ids, training=True, seed=seed) for seed in (1, 2)]
    if Tolerance().agrees(*scattered):
        return  # the model has no dropout: that is task 2's to say
    model.set_training(False)
    settings = {"epochs": 2, "batch_size": BATCH, "learning_rate": NO_LEARNING, "seed": 5}
    losses = model.fit(b.token_ids, b.labels, **settings).losses
    still = cross_entropy(model.forward(b.token_ids, training=False), b.labels)
    if np.allclose(losses, still, rtol=1e-5):
        raise SubmissionError(
            Finding(
                "Dropout is off while fit trains.",
                expected="a loss that dropout makes vary",
                found=f"exactly the loss without dropout, {still:.4f}, in each epoch",
                advice="PyTorch: call model.train() at the beginning of fit. Keras: training=True in your own loop.",
                misconception="fit-in-eval-mode",
            )
        )


def adam_steps(grading: Grading, framework: Framework) -> str:
    """Compare the weights after two steps of ``fit`` with Adam's, computed from the gradients on the way.

    Raises:
        SubmissionError: Naming the optimizer, the learning rate or the forgotten call that explains the weights.
    """
    b = bench(grading, framework)
    rate = float(grading.rng("rate", framework.value).uniform(2e-3, 4e-3))
    batch = _Batch(b, b.token_ids[:BATCH], b.labels[:BATCH], rate)
    once, twice = batch.after(1), batch.after(2)
    gradients = [batch.gradients(b.start), batch.gradients(once)]
    clear = batch.clear(gradients)
    if _explains(adam(b.start, gradients, rate), twice, clear, rate):
        _as_many_steps_as_batches(grading, framework)
        return f"Two steps of fit are two steps of Adam at the learning rate {rate:.2g}."
    for key, weights, message, advice in _other_steps(b.start, once, gradients, rate):
        if _explains(weights, twice, clear, rate):
            raise SubmissionError(Finding(message, f"Adam at the learning rate {rate:.2g}", "", advice, key))
    if not _loss_is_right(grading, framework):
        raise RestsOn("The steps aren't Adam's on the handout's loss, and fit has another loss: mend check 3.1 first.")
    raise SubmissionError(
        Finding(
            "Two steps of fit don't change the weights as Adam does.",
            expected=f"steps of up to {rate:.2g} (the learning rate) on each weight at first",
            found=f"the largest step is {_largest(once, b.start):.2g}",
            advice="Use Adam with learning_rate and its other settings left alone; zero the gradients before each "
            "step.",
            misconception="not-adam",
        )
    )


def _loss_is_right(grading: Grading, framework: Framework) -> bool:
    try:
        reported_loss(grading, framework)
    except SubmissionError:
        return False
    return True


def _as_many_steps_as_batches(grading: Grading, framework: Framework) -> None:
    """A weight moves by about the learning rate in each of Adam's first steps: too short a way is too few steps."""
    b, (_, weights) = bench(grading, framework), short_run(grading, framework)
    vocab_size = b.model.sizes["vocab_size"]
    ways = [
        float(np.abs(after - before).max())
        for before, after in zip(b.start, weights, strict=True)
        if vocab_size not in before.shape  # Keras takes longer steps in rows of words that occur twice
    ]
    if max(ways) < (SHORT_EPOCHS + 0.5) * SHORT_RATE:
        raise SubmissionError(
            Finding(
                "fit makes one step in each epoch, not one for each batch.",
                expected=f"{SHORT_EPOCHS * BATCHES} steps in {SHORT_EPOCHS} epochs of {BATCHES} batches",
                found=f"no weight moves further than {max(ways) / SHORT_RATE:.1f} steps can take it",
                advice="Put the backward pass and the step into the loop over batches.",
                misconception="last-batch-only",
            )
        )


def short_run(grading: Grading, framework: Framework) -> Run:
    """A short training that several checks look at."""
    run: Run = grading.once(("short run", framework), lambda: run_with(bench(grading, framework), SEED))
    return run


def run_with(b: Bench, seed: int) -> Run:
    """Losses and weights of a short training with this seed."""
    fitted = _fit(b, epochs=SHORT_EPOCHS, learning_rate=SHORT_RATE, seed=seed)
    return fitted.losses, b.model.weights()


class _Batch:
    """Runs ``fit`` on one batch for one or two epochs: as many steps, whatever the shuffling."""

    def __init__(self, b: Bench, token_ids: Ids, labels: Ids, rate: float) -> None:
        self._bench, self._token_ids, self._labels, self._rate = b, token_ids, labels, rate

    def after(self, steps: int) -> list[np.ndarray]:
        self._bench.model.set_weights(self._bench.start)
        settings = {"epochs": steps, "batch_size": BATCH, "learning_rate": self._rate, "seed": 3}
        self._bench.model.fit(self._token_ids, self._labels, **settings)
        return self._bench.model.weights()

    def gradients(self, weights: list[np.ndarray]) -> list[np.ndarray]:
        self._bench.model.set_weights(weights)
        return self._bench.model.gradients(self._token_ids, self._labels)

    def clear(self, gradients: list[list[np.ndarray]]) -> list[np.ndarray]:
        """Where Adam's step is the same in both frameworks, as one mask per parameter.

        Not where a gradient is so small that epsilon and rounding decide, or is missing (NaN). And not in the rows of
        words that occur twice: Keras squares the sparse gradient of each occurrence, PyTorch that of their sum.
        """
        model = self._bench.model
        vocab_size = model.sizes["vocab_size"]
        once = np.bincount(self._token_ids.ravel(), minlength=vocab_size) == 1
        masks = []
        for parameter, *steps in zip(model.parameters, *gradients, strict=True):
            mask = np.all([np.abs(g) > CLEAR_GRADIENT for g in steps], axis=0)
            if vocab_size in parameter.shape:
                axis = parameter.shape.index(vocab_size)
                mask &= once.reshape([-1 if d == axis else 1 for d in range(mask.ndim)])
            masks.append(mask)
        return masks


def adam(start: list[np.ndarray], gradients: list[list[np.ndarray]], rate: float) -> list[np.ndarray]:
    """Weights after one step of Adam for each list of gradients (one array per parameter)."""
    weights = [w.astype(np.float64) for w in start]
    first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for t, step in enumerate(gradients, start=1):
        for i, g in enumerate(step):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g**2
            mean, square = first[i] / (1 - 0.9**t), second[i] / (1 - 0.999**t)
            weights[i] = weights[i] - rate * mean / (np.sqrt(square) + 1e-8)
    return weights


def _other_steps(
    start: list[np.ndarray], once: list[np.ndarray], gradients: list[list[np.ndarray]], rate: float
) -> list[tuple[str, list[np.ndarray], str, str]]:
    first, second = gradients
    summed = [first, [a + b for a, b in zip(first, second, strict=True)]]
    descent = [w - rate * (a + b) for w, a, b in zip(start, first, second, strict=True)]
    stays = [w.astype(np.float64) for w in start]
    return [
        ("backward-without-step", stays, "fit changes no weight.", "Call optimizer.step() after loss.backward()."),
        (
            "no-zero-grad",
            adam(start, summed, rate),
            "Each step of fit uses the sum of all gradients so far.",
            "Call optimizer.zero_grad() before each loss.backward().",
        ),
        (
            "learning-rate-ignored",
            adam(start, [first, second], 1e-3),
            "fit ignores learning_rate: it takes Adam's default of 0.001.",
            "Pass learning_rate to the optimizer.",
        ),
        (
            "sgd-instead-of-adam",
            descent,
            "fit uses plain gradient descent (SGD).",
            "The handout asks for Adam: keras.optimizers.Adam, torch.optim.Adam.",
        ),
        (
            "one-step-for-two",
            [w.astype(np.float64) for w in once],
            "fit makes one step where it should make two.",
            "Make one step for each batch of each epoch.",
        ),
    ]


def _explains(predicted: list[np.ndarray], found: list[np.ndarray], clear: list[np.ndarray], rate: float) -> bool:
    """Whether the weights are as predicted, wherever that is clear; a unit that a ReLU switches may differ."""
    errors = np.concatenate([np.abs(w - f)[mask] for w, f, mask in zip(predicted, found, clear, strict=True)])
    return errors.size > 0 and float(np.quantile(errors, 0.97)) < STEP_TOLERANCE * rate


def _largest(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    return max(float(np.abs(x - y).max()) for x, y in zip(a, b, strict=True))


def _fit(b: Bench, *, epochs: int, learning_rate: float, seed: int = 3) -> Fitted:
    b.model.set_weights(b.start)
    return b.model.fit(b.token_ids, b.labels, epochs=epochs, batch_size=BATCH, learning_rate=learning_rate, seed=seed)
