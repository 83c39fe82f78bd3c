"""Normalizations: of each feature over the batch, or of each example over its features.

The frameworks' defaults for epsilon, what is added to the variance, differ: 1e-3 in Keras, 1e-5 in PyTorch. By default
so do the layers here, and ``Blueprint.of`` gives the model of one framework. With one number for both, an assignment
makes the models twins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograder.blueprint.composition import Chain
from autograder.blueprint.framework import Framework, PerFramework
from autograder.blueprint.initializers import ONES, ZEROS, BiasProbe, Initializer, PositiveProbe
from autograder.blueprint.layer import Activations, Layer, Misconception, Mistake
from autograder.blueprint.parameter import FLATTENED_VECTOR, VECTOR, Parameter
from autograder.blueprint.signal import Signal, SignalKind
from autograder.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograder.blueprint.layer import Run
    from autograder.blueprint.parameter import Array

EPSILON = PerFramework(keras=1e-3, torch=1e-5)  # each framework's default
_GAIN = PositiveProbe(0.5, 1.5)
# Variances far below 1 show an epsilon; small gains make up for them, so that the output is of order 1.
_SMALL_GAIN, _SMALL_VARIANCE = PositiveProbe(0.15, 0.35), PositiveProbe(0.03, 0.1)

NO_BATCH_NORM = Misconception("no-batch-norm", "leaves out the batch normalization")
NO_LAYER_NORM = Misconception("no-layer-norm", "leaves out the layer normalization")
PLAIN = Misconception("norm-without-gain", "normalizes without a gain and an offset; the handout's layers learn both")
BATCH_STATISTICS = Misconception(
    "batch-statistics",
    "normalizes by mean and variance of the batch in prediction too, where the moving averages belong",
)
UNTRACKED = Misconception(
    "batch-statistics", "keeps no moving mean and variance, so that predictions depend on the batch"
)
LAYER_NORM = Misconception(
    "layer-norm-instead-of-batch-norm", "has layer normalization where the handout has batch normalization"
)
BATCH_NORM = Misconception(
    "batch-norm-instead-of-layer-norm", "has batch normalization where the handout has layer normalization"
)
WHOLE_EXAMPLE = Misconception(
    "layer-norm-over-example",
    "normalizes each example as a whole; the handout normalizes over the features, at each place by itself",
)
UNBIASED = Misconception(
    "unbiased-variance",
    "divides the variance by one less than the number of features (torch.var's default); the handout's layer divides by"
    " their number",
)


@dataclass(frozen=True)
class _Normalization(Layer):
    """What both share.

    Args:
        name: Name of the layer.
        epsilon: What is added to the variance; by default each framework's own.
        affine: Whether the layer has a gain ``gamma`` and an offset ``beta`` for each feature.
    """

    name: str
    epsilon: float | PerFramework[float] = EPSILON
    affine: bool = True

    def of(self, framework: Framework, /) -> Layer:
        return replace(self, epsilon=self.epsilon.of(framework)) if isinstance(self.epsilon, PerFramework) else self

    def output(self, signal: Signal, /) -> Signal:
        return self.take(signal, SignalKind.VECTOR, SignalKind.SEQUENCE, SignalKind.IMAGE)

    def normal(self, values: Array, mean: Array, variance: Array, run: Run) -> Array:
        """``gamma * (values - mean) / sqrt(variance + epsilon) + beta``."""
        if isinstance(self.epsilon, PerFramework):
            raise InternalError(f"{self.title} has an epsilon for each framework: take Blueprint.of(framework)")
        normal: Array = (values - mean) / np.sqrt(variance + self.epsilon)
        if not self.affine:
            return normal
        return normal * run.weights[f"{self.name}.gamma"].ravel() + run.weights[f"{self.name}.beta"].ravel()

    def held(self, _signal: Signal, framework: Framework, /) -> str:
        epsilon = self.epsilon.of(framework) if isinstance(self.epsilon, PerFramework) else self.epsilon
        return f"an epsilon of {epsilon:g}"

    def learned(self, signal: Signal, gain: Initializer) -> tuple[Parameter, ...]:
        if not self.affine:
            return ()
        return self.array("gamma", signal, ONES, gain), self.array("beta", signal, ZEROS, BiasProbe())

    def array(
        self, role: str, signal: Signal, start: Initializer, probe: Initializer, *, trainable: bool = True
    ) -> Parameter:
        """One number for each feature."""
        axes = FLATTENED_VECTOR if signal.image else VECTOR
        name = f"{self.name}.{role}"
        return Parameter(name, signal.feature_axes, axes, (), start, probe, trainable=trainable)

    def other_epsilons(self) -> Iterator[tuple[Misconception, float]]:
        for other in (EPSILON.keras, EPSILON.torch):
            if isinstance(self.epsilon, float) and other != self.epsilon:
                says = f"normalizes with an epsilon of {other:g}; the handout asks for {self.epsilon:g}"
                yield Misconception("other-epsilon", says), other


@dataclass(frozen=True)
class BatchNorm(_Normalization):
    """Batch normalization as it predicts: each feature by its moving mean and variance.

    The moving averages are state: not trained and in no parameter count, but they go in and out with the weights, are
    probed with random numbers, and the forward pass uses them. Weights without them stand for a model just built: mean
    0, variance 1. How training moves them (the momentum) is not modelled.

    Args:
        name, epsilon, affine: As for every normalization.
        statistics: Mean and variance: the moving ones, or the batch's own; ``untracked`` ones aren't even kept.
    """

    statistics: Literal["moving", "batch", "untracked"] = "moving"

    @property
    def words(self) -> str:
        return "batch normalization"

    @property
    def mixes_examples(self) -> bool:
        return self.statistics != "moving"

    def parameters(self, signal: Signal, _framework: Framework, /) -> tuple[Parameter, ...]:
        mean = self.array("moving_mean", signal, ZEROS, BiasProbe(0.5), trainable=False)
        variance = self.array("moving_variance", signal, ONES, _SMALL_VARIANCE, trainable=False)
        kept = () if self.statistics == "untracked" else (mean, variance)
        return (*self.learned(signal, _SMALL_GAIN), *kept)

    def held(self, signal: Signal, framework: Framework, /) -> str:
        state = "weights that aren't trained" if framework is Framework.KERAS else "buffers, not as parameters"
        return f"{super().held(signal, framework)}, moving mean and variance as {state}"

    def forward(self, x: Activations, run: Run, /) -> Activations:
        if self.statistics == "moving":
            mean = run.weights.get(f"{self.name}.moving_mean", np.zeros(1)).ravel()
            variance = run.weights.get(f"{self.name}.moving_variance", np.ones(1)).ravel()
        else:
            batch = tuple(range(x.values.ndim - 1))
            mean, variance = x.values.mean(axis=batch), x.values.var(axis=batch)
        return x.with_values(self.normal(x.values, mean, variance, run))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield Mistake(NO_BATCH_NORM, Chain())
        yield Mistake(BATCH_STATISTICS, replace(self, statistics="batch"))
        yield Mistake(UNTRACKED, replace(self, statistics="untracked"))
        yield Mistake(LAYER_NORM, LayerNorm(self.name, self.epsilon))
        if self.affine:
            yield Mistake(PLAIN, replace(self, affine=False))
        for misconception, epsilon in self.other_epsilons():
            yield Mistake(misconception, replace(self, epsilon=epsilon))


@dataclass(frozen=True)
class LayerNorm(_Normalization):
    """Layer normalization: each vector of features by its own mean and variance (of a sequence, at each time step).

    Args:
        name, epsilon, affine: As for every normalization.
        over: What has one mean and variance: the features at one place, or the whole example.
        unbiased: Whether the variance is divided by one less than their number.
    """

    over: Literal["features", "example"] = "features"
    unbiased: bool = False

    @property
    def words(self) -> str:
        return "layer normalization"

    def parameters(self, signal: Signal, _framework: Framework, /) -> tuple[Parameter, ...]:
        return self.learned(signal, _GAIN)

    def forward(self, x: Activations, run: Run, /) -> Activations:
        axes = (-1,) if self.over == "features" else tuple(range(1, x.values.ndim))
        mean = x.values.mean(axis=axes, keepdims=True)
        variance = x.values.var(axis=axes, keepdims=True, ddof=int(self.unbiased))
        return x.with_values(self.normal(x.values, mean, variance, run))

    def mistakes(self, _peers: Sequence[Layer], /) -> Iterator[Mistake]:
        yield Mistake(NO_LAYER_NORM, Chain())
        yield Mistake(WHOLE_EXAMPLE, replace(self, over="example"))
        yield Mistake(UNBIASED, replace(self, unbiased=True))
        yield Mistake(BATCH_NORM, BatchNorm(self.name, self.epsilon))
        if self.affine:
            yield Mistake(PLAIN, replace(self, affine=False))
        for misconception, epsilon in self.other_epsilons():
            yield Mistake(misconception, replace(self, epsilon=epsilon))
