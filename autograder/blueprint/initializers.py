"""Where weights come from. Each initializer draws an array of a canonical (Keras) shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


class Initializer(Protocol):
    """Draws one parameter."""

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array: ...


@dataclass(frozen=True)
class Zeros:
    """All zero: what Keras gives a bias."""

    def __call__(self, _rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return np.zeros(shape)


@dataclass(frozen=True)
class Ones:
    """All one: where the gain of a normalization starts."""

    def __call__(self, _rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return np.ones(shape)


@dataclass(frozen=True)
class Uniform:
    """Uniform on ``[-limit, limit]``; Kim (2014) draws embeddings with 0.25."""

    limit: float

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return rng.uniform(-self.limit, self.limit, shape)


@dataclass(frozen=True)
class Normal:
    """Normal with mean 0."""

    std: float

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return rng.normal(0.0, self.std, shape)


@dataclass(frozen=True)
class GlorotUniform:
    """Glorot and Bengio's (2010): uniform with limit ``sqrt(6 / (fan_in + fan_out))``; Keras' default for kernels."""

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        receptive = math.prod(shape[:-2])
        limit = math.sqrt(6 / (receptive * (shape[-2] + shape[-1])))
        return rng.uniform(-limit, limit, shape)


@dataclass(frozen=True)
class OfMatrix:
    """Draws a matrix (in, out) for a kernel whose inputs are several axes: what it draws must know the fan-in."""

    initializer: Initializer

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return self.initializer(rng, (math.prod(shape[:-1]), shape[-1])).reshape(shape)


@dataclass(frozen=True)
class Orthogonal:
    """A matrix with orthonormal rows or columns (Saxe et al., 2014); Keras' default for recurrent kernels."""

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        rows, columns = shape
        q, r = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
        q = q * np.sign(np.diag(r))
        return q if rows >= columns else q.T


@dataclass(frozen=True)
class ForgetGateOne:
    """Zero, but one for the forget gate, the second of four blocks; Keras' default for the bias of an LSTM."""

    def __call__(self, _rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return np.repeat([0.0, 1.0, 0.0, 0.0], shape[-1] // 4) + np.zeros(shape)


@dataclass(frozen=True)
class HiddenUniform:
    """Uniform with limit ``1 / sqrt(units)``; PyTorch's default for all weights of its recurrent layers."""

    units: int

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return Uniform(1 / math.sqrt(self.units))(rng, shape)


ZEROS = Zeros()
ONES = Ones()
GLOROT_UNIFORM = GlorotUniform()
KERAS_UNIFORM = Uniform(0.05)  # what Keras draws embeddings from


@dataclass(frozen=True)
class KernelProbe:
    """Normal with standard deviation ``gain / sqrt(fan_in)``: inputs of order 1 give outputs of the order of gain."""

    gain: float = 1.0

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return rng.normal(0.0, self.gain / math.sqrt(math.prod(shape[:-1])), shape)


@dataclass(frozen=True)
class BiasProbe:
    """Spread evenly over ``[-limit, limit]``, in random order: one draw from each of equally wide strata.

    The maximum of a few dozen standard normal pre-activations is about 2. Biases down to -2 make sure that in every
    branch some ReLU is sometimes shut after the maximum over time, so that a forgotten ReLU shows; none is dead.
    """

    limit: float = 2.0

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        size = math.prod(shape)
        strata = (rng.permutation(size) + rng.random(size)) / size
        return ((2 * strata - 1) * self.limit).reshape(shape)


@dataclass(frozen=True)
class PositiveProbe:
    """Uniform between two positive bounds: variances, and the gains that go with them."""

    low: float
    high: float

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...], /) -> Array:
        return rng.uniform(self.low, self.high, shape)
