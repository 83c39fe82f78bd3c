"""Blame is in the exception's type: whose mistake it is decides what happens to the points.

Only a :class:`SubmissionError` ever costs a student points. The two others are shown to the staff, and the run is
marked for regrading.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Final


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


_MAY_NOT: Final = "This account may not do that there: choose another folder or change its permissions."
_ADVICE: Final = {
    errno.ENOSPC: "The disk is full: free some space and grade again.",
    errno.EDQUOT: "The disk quota is used up: free some space and grade again.",
    errno.EFBIG: "The file is larger than this account may write: raise the limit (`ulimit -f`) and grade again.",
    errno.EROFS: "The file system is read-only: choose another folder.",
    errno.EACCES: _MAY_NOT,
    errno.EPERM: _MAY_NOT,
    errno.ENOENT: "The folder does not exist: create it first.",
    errno.ENOTDIR: "A file lies where a folder should be: choose another folder.",
    errno.EEXIST: "A file lies where the folder should be: choose another folder.",
    errno.EISDIR: "A folder lies where a file should be: move it away, or choose another folder.",
    errno.EMFILE: "Raise the number of files that may be open (`ulimit -n 1024`) and grade again.",
    errno.ENFILE: "The whole machine has too many files open: end what needs them, and grade again.",
    errno.ENOMEM: "The machine has too little memory: end what needs it, and grade again.",
    errno.EAGAIN: "This account has as many processes as it may: end some, or raise the limit (`ulimit -u`).",
    errno.EIO: "The disk or the terminal is broken or gone: look at it, and grade again.",
}


def what_to_do(error: OSError) -> str:
    """What the system says of its refusal, and what helps; empty advice where nothing is known to."""
    return f"{error.strerror or error}. {_ADVICE.get(error.errno or 0, '')}".rstrip()


class SubmissionError(AutograderError):
    """The student's mistake, with the feedback that names it."""

    def __init__(self, finding: Finding | str) -> None:
        self.finding = Finding(finding) if isinstance(finding, str) else finding
        super().__init__(self.finding.message)
