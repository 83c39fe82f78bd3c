"""Blame is in the exception's type: whose mistake it is decides what happens to the points.

Only a :class:`SubmissionError` ever costs a student points. The two others are shown to the staff, and the run is
marked for regrading.
"""

from __future__ import annotations

from dataclasses import dataclass


class AutograderError(Exception):
    """Anything that this package raises on purpose."""


class AssignmentError(AutograderError):
    """The instructor's mistake: a declaration, a check, a data file. Costs no points."""


class InternalError(AutograderError):
    """The grader's own mistake. Costs no points; the submission has to be graded again."""


@dataclass(frozen=True)
class Finding:
    """What a failed check says to a student, in the order in which a good TA says it.

    Attributes:
        message: One or two sentences: what is wrong, in the handout's words.
        expected: What the handout asks for, as short text (may be empty).
        found: What the submission does instead (may be empty).
        advice: The most likely cause and what to try (may be empty).
        misconception: Key of the known mistake that explains the finding, such as ``average-pooling``; empty when none.
        details: Longer material, such as the student's own traceback; shown folded or last (may be empty).
    """

    message: str
    expected: str = ""
    found: str = ""
    advice: str = ""
    misconception: str = ""
    details: str = ""


class SubmissionError(AutograderError):
    """The student's mistake, with the feedback that names it."""

    def __init__(self, finding: Finding | str) -> None:
        self.finding = Finding(finding) if isinstance(finding, str) else finding
        super().__init__(self.finding.message)
