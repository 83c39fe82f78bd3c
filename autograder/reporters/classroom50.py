"""Classroom 50's ``result.json``: whole numbers, one entry for each check of the rubric.

Its schema is ``classroom50/result/v1``, from the page "Advanced Autograding" of the wiki of foundation50/classroom50
(August 2026). Further fields of a test are kept there as they are; ours hold the exact points and the feedback.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from autograder.errors import AssignmentError, InternalError
from autograder.report import CheckResult, Outcome, Report
from autograder.reporters import words
from autograder.reporters.text import line, tidy

SCHEMA: Final = "classroom50/result/v1"
NAMED: Final = {  # the runner says all of it by environment variables
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}
_SCALES: Final = (1, 2, 4, 5, 10, 20, 100, 1000)  # points that aren't whole count in halves, quarters, fifths ...
_MOST_FEEDBACK: Final = 2000  # characters of a test
_CLOSE: Final = 1e-6  # of points, which are sums of decimal fractions


def identity(environment: Mapping[str, str]) -> dict[str, str]:
    """Whose result it is, as the runner says.

    Raises:
        AssignmentError: This wasn't called by Classroom 50's runner.
    """
    if missing := [name for name in NAMED.values() if not environment.get(name)]:
        raise AssignmentError(
            f"{', '.join(missing)} isn't set: Classroom 50's runner sets it. Elsewhere call `autograder check`"
        )
    said = {field: environment[name] for field, name in NAMED.items()}
    return {**said, "review": environment.get("REVIEW_URL") or said["commit"]}


def to_result(report: Report, whose: Mapping[str, str], moment: str) -> dict[str, Any]:
    """``result.json`` as an object.

    Students can read it, so it speaks of visible checks alone. What can't be graded there is left out.

    Args:
        report: A whole grading.
        whose: From :func:`identity`.
        moment: When it was handed in, in UTC: ``2026-11-30T14:32:01Z``.

    Raises:
        InternalError: Something has to be graded again; then there is no result.
    """
    if report.needs_regrading:
        raise InternalError("not all of it could be graded, so there is no result")
    shown = [check for check in words.student_view(report).checks if check.outcome is not Outcome.UNGRADED]
    checks = [list(cases) for _, cases in groupby(shown, key=lambda check: check.number)]
    scale = _scale(sum(case.max_score for case in cases) for cases in checks)
    tests = [_test(cases, scale) for cases in checks]
    return {
        "schema": SCHEMA,
        **whose,
        "datetime": moment,
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }


def whole(score: float, most: float, scale: int = 1) -> int:
    """Points as a whole number of ``1 / scale`` points: the nearest one, but all of them only for full marks."""
    full = round(most * scale)
    if score >= most - _CLOSE:
        return full
    return max(min(math.floor(score * scale + 0.5), full - 1), 0)


def _scale(maxima: Iterable[float]) -> int:
    """The smallest scale at which all these points are whole."""
    wanted = list(maxima)
    fitting = (s for s in _SCALES if all(abs(most * s - round(most * s)) < _CLOSE for most in wanted))
    return next(fitting, _SCALES[-1])


def _test(cases: Sequence[CheckResult], scale: int) -> dict[str, Any]:
    """One check, in all its cases."""
    score, most = sum(case.score for case in cases), sum(case.max_score for case in cases)
    first = cases[0]
    return {
        "test-name": f"{line(first.number, 20)} {line(first.name)}",
        "passed": all(case.outcome is Outcome.PASSED for case in cases),
        "score": whole(score, most, scale),
        "max-score": round(most * scale),
        "points": round(score, 4),
        "feedback": tidy("\n".join(filter(None, map(_feedback, cases))), _MOST_FEEDBACK),
    }


def _feedback(case: CheckResult) -> str:
    if case.outcome is Outcome.PASSED:
        return ""
    said = case.finding.message if case.finding else case.note
    return ": ".join(filter(None, [words.framework(case.case), f"{words.verdict(case)} {said}".strip()]))
