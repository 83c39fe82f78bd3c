"""What students may import, in words."""

from __future__ import annotations

from collections.abc import Sequence


def allowed(packages: Sequence[str] = ()) -> str:
    """``NumPy, the standard library, the file's own framework and tqdm``; of ``packages``, those of the assignment."""
    *most, last = ["NumPy", "the standard library", "the file's own framework", *packages]
    return f"{', '.join(most)} and {last}"
