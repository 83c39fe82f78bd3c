"""How a check ends, when it doesn't simply pass or fail."""

from __future__ import annotations

from autograder.errors import AutograderError, Finding, SubmissionError


class Partial(SubmissionError):
    """The check is met in part."""

    def __init__(self, credit: float, finding: Finding) -> None:
        """Give ``credit`` (0 to 1) of the check's points, with what is wrong about the rest."""
        super().__init__(finding)
        self.credit = credit


class RestsOn(SubmissionError):
    """The check can't be made, because of what another check has found: no points, but told apart from a failure."""


class NotGradable(AutograderError):
    """The check can't be made here, whoever's submission it is; it costs no points."""
