"""What a worker holds of the grader, and what a submission finds of it: nothing that knows the answers.

The grader's own tokenization and forward pass lie in packages beside the worker's. A submission that imports them would
hand in our work as its own. Here they are not to be found; where Landlock holds, their files can't be read either.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Final

from autograder.sandbox.policy import OF_A_WORKER

PACKAGE: Final = __name__.partition(".")[0]


class _Hidden(MetaPathFinder):
    """Finds no part of the grader but the worker's own."""

    def find_spec(self, name: str, *_more: object) -> None:
        """Let others look for it, unless it is hidden.

        Raises:
            ModuleNotFoundError: It is hidden.
        """
        package, _, rest = name.partition(".")
        if package == PACKAGE and rest.partition(".")[0] not in OF_A_WORKER:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide_the_rest() -> None:
    """From now on this process finds no other part of the grader. Before the student's first line."""
    sys.meta_path.insert(0, _Hidden())
