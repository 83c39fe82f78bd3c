"""Gradescope's ``results.json``, complete and within what its documentation specifies.

Never in it: NaN or Infinity, a negative score, a score over its maximum, output of unbounded size, control characters,
or anything secret. Every text has the format ``text``, which Gradescope escapes: a student's own words, which findings
quote, can inject neither HTML nor Markdown.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from autograder.report import CheckResult, LeaderboardEntry, Outcome, Report
from autograder.reporters import words
from autograder.reporters.text import line, tidy

if TYPE_CHECKING:
    from autograder.errors import Finding

MAX_OUTPUT = 8_000  # characters per test: a long traceback fits, and a hundred tests stay below a megabyte
_NO_SCORE = frozenset({Outcome.UNGRADED, Outcome.ERROR})  # a score of 0 would look like lost points


def to_json(report: Report) -> str:
    """The text of ``results.json``."""
    return json.dumps(to_results(report), allow_nan=False)


def to_results(report: Report) -> dict[str, Any]:
    """``results.json`` as an object."""
    return {
        "score": _bounded(report.counted, math.inf),
        "execution_time": round(_bounded(report.seconds, math.inf), 3),
        "output": _summary(report),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "tests": [_test(check) for check in report.checks],
        "leaderboard": [_column(entry) for entry in report.leaderboard if math.isfinite(entry.value)],
        "extra_data": _extra_data(report),
    }


def without_tests(score: float, output: str, *, needs_regrading: bool) -> str:
    """The text of a ``results.json`` of something that wasn't graded: a score, and in words why."""
    results = {
        "score": _bounded(score, math.inf),
        "output": tidy(output, MAX_OUTPUT),
        "output_format": "text",
        "visibility": "visible",
        "tests": [],
        "extra_data": {"complete": not needs_regrading, "needs_regrading": needs_regrading},
    }
    return json.dumps(results, allow_nan=False)


def _bounded(value: float, most: float) -> float:
    """``value`` between 0 and ``most``, to four digits; 0 where it is not a number."""
    return round(min(max(value, 0.0), most), 4) if math.isfinite(value) else 0.0


def _summary(report: Report) -> str:
    """Spoken of the visible checks alone: a total over the others would give their outcome away."""
    shown = words.student_view(report)
    left_out = words.not_shown(len(report.checks) - len(shown.checks))
    first = [line(sentence, 1_000) for sentence in (*words.hand_in(report), *words.unread(shown))]
    share = words.evidence_share(report)
    about = [line(report.data, 1_000), line(words.devices(report), 1_000)]
    said = [*first, words.summary(shown), left_out, *words.warnings(report), share, *about]
    return "\n".join(filter(None, said))


def _test(check: CheckResult) -> dict[str, Any]:
    label = f" ({line(words.framework(check.case), 60)})" if check.case else ""
    return {
        **_points(check),
        "number": line(check.number, 20),
        "name": line(check.name) + label,
        "name_format": "text",
        "output": _output(check),
        "output_format": "text",
        "visibility": check.visibility.value,
        "tags": _tags(check),
        "extra_data": {
            "outcome": check.outcome.value,
            "evidence": check.evidence.value,
            "case": line(check.case),
            "max_score": _bounded(check.max_score, math.inf),
            "misconception": line(check.finding.misconception) if check.finding else "",
        },
    }


def _points(check: CheckResult) -> dict[str, Any]:
    """Score, maximum and status; none of them where the check has no verdict on the student's work."""
    if check.outcome in _NO_SCORE and check.score == 0:
        return {}
    most = _bounded(check.max_score, math.inf)
    status = "passed" if check.outcome is Outcome.PASSED else "failed"
    return {"score": _bounded(check.score, most), "max_score": most, "status": status}


def _tags(check: CheckResult) -> list[str]:
    said = {Outcome.UNGRADED: ["not graded here"], Outcome.SKIPPED: ["skipped"], Outcome.ERROR: ["grader error"]}
    return [*(line(tag, 60) for tag in check.tags), *said.get(check.outcome, [])]


def _output(check: CheckResult) -> str:
    parts = [_verdict(check), tidy(check.note, 1_000), _finding(check.finding)]
    body = "\n\n".join(filter(None, [*parts, words.evidence(check)]))
    room = MAX_OUTPUT - len(body)
    details = tidy(check.finding.details, room - 20) if check.finding and room > 100 else ""
    return f"{body}\n\nDetails:\n{details}" if details else tidy(body, MAX_OUTPUT)


def _verdict(check: CheckResult) -> str:
    said = [words.verdict(check)]
    if check.outcome is Outcome.ERROR:
        said.append("The staff have been told: you don't have to do anything.")
        if not check.score and check.max_score:
            said.append(f"Its {words.points(check.max_score)} points are still open.")
    return " ".join(said)


def _finding(finding: Finding | None) -> str:
    if finding is None:
        return ""
    labelled = [("Expected: ", finding.expected), ("Found:    ", finding.found), ("Try:      ", finding.advice)]
    lines = [label + tidy(text, 1_500).replace("\n", "\n          ") for label, text in labelled if text]
    return "\n\n".join(filter(None, [tidy(finding.message, 1_500), "\n".join(lines)]))


def _column(entry: LeaderboardEntry) -> dict[str, Any]:
    return {"name": line(entry.name, 60), "value": entry.value, "order": "asc" if entry.ascending else "desc"}


def _extra_data(report: Report) -> dict[str, Any]:
    """For scripts that collect results: stated one by one, so that nothing secret slips in."""
    return {
        "schema": report.schema,
        "assignment": line(report.assignment),
        "score": _bounded(report.score, math.inf),
        "counted": _bounded(report.counted, math.inf),
        "max_score": _bounded(report.max_score, math.inf),
        "verified_share": round(_bounded(report.verified_share, 1.0), 4),
        "complete": report.complete,
        "partial": report.partial,
        "basis": _basis(report),
        "needs_regrading": report.needs_regrading,
        "started": line(report.started),
        "devices": [{name: line(text) for name, text in vars(device).items()} for device in report.devices],
        "versions": {line(name): line(version) for name, version in report.versions.items()},
    }


def _basis(report: Report) -> dict[str, Any] | None:
    """What makes two gradings the same; without the seed, from which hidden data follows."""
    basis = report.basis
    if basis is None:
        return None
    hashes = {"submission": basis.submission, "assignment": basis.assignment, "grader": basis.grader}
    return {**hashes, "only": [line(number) for number in basis.only]}
