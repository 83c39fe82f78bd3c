"""When two arrays of logits are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class Tolerance:
    """How far a float32 model may be from the float64 oracle: ``atol + rtol * |oracle|``, at every number.

    The defaults are derived from measurement. With 256 probes and weights that give logits of order 1 to 10, Keras and
    PyTorch in float32 stay within 3.5e-6 of a float64 forward pass. The smallest mistake, one missing bias of a
    convolution, moves logits by 0.03; others by 0.5 and more. So 1e-4 is 30 times above the noise and 300 times below
    the smallest mistake. (Logits in the hundreds, which only scaled-up weights give, differ by up to 3e-4: the relative
    part takes care of them.)
    """

    rtol: float = 1e-4
    atol: float = 1e-4

    def agrees(self, found: npt.ArrayLike, oracle: npt.ArrayLike) -> bool:
        """Whether shapes are equal, all numbers finite, and every difference within the tolerance."""
        a, b = np.asarray(found, dtype=np.float64), np.asarray(oracle, dtype=np.float64)
        if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
            return False
        within: np.bool_ = (np.abs(a - b) <= self.atol + self.rtol * np.abs(b)).all()
        return bool(within)


def varies(logits: npt.NDArray[Any], tolerance: Tolerance) -> bool:
    """Whether the logits tell examples apart by much more than the tolerance (a constant output proves nothing)."""
    if len(logits) < 2 or not np.isfinite(logits).all():
        return False
    spread = logits.max(axis=0) - logits.min(axis=0)
    return bool((spread > 10 * (tolerance.atol + tolerance.rtol * np.abs(logits).max(axis=0))).any())
