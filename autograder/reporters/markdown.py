r"""The student's view as Markdown, for the summary of a job on GitHub or any other page that renders it.

Foreign words (a finding quotes the student's own) are escaped or fenced, so that they show as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.report import CheckResult, Outcome, Report
from autograder.reporters import words
from autograder.reporters.text import line, tidy

MAX_SUMMARY = 900_000  # characters; GitHub shows nothing of a summary of more than 1 MiB
_MOST = 1_500  # characters of a sentence or two
_DETAILS = 4_000  # of a traceback

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>&@:$])")
_SIGN = {
    Outcome.PASSED: "✅",
    Outcome.FAILED: "❌",
    Outcome.SKIPPED: "⏭️",
    Outcome.UNGRADED: "➖",
    Outcome.ERROR: "⚠️",
    Outcome.PENDING: "⏳",
}


def render(report: Report) -> str:
    """The page, as text: points, a table for each task, then what to mend."""
    shown = words.student_view(report)
    left_out = words.not_shown(len(report.checks) - len(shown.checks))
    said = [words.summary(shown), left_out, *words.warnings(report), words.evidence_share(report), *words.unread(shown)]
    score = f"{words.points(shown.score)} of {words.points(shown.max_score)} points"
    parts = [f"# {_escaped(report.title or report.assignment)}: {score}", *(_escaped(s) for s in said if s)]
    for section in words.sections(shown):
        if section.checks:
            parts += [_heading(section), _table(section)]
    mend = [_to_mend(check) for check in shown.checks if check.finding]
    parts += ["## What to mend", *mend] if mend else []
    about = [report.data, words.devices(report)]
    parts += [_escaped(sentence) for sentence in about if sentence]
    return _bounded("\n\n".join(parts)) + "\n"


def _heading(section: words.Section) -> str:
    points = f"{words.points(section.score)} of {words.points(section.max_score)}"
    return f"## Task {_escaped(section.task.number)}: {_escaped(section.task.title)} ({points})"


def _table(section: words.Section) -> str:
    rows = ["| | check | what holds | points | |", "| --- | --- | --- | ---: | --- |"]
    return "\n".join([*rows, *map(_row, section.checks)])


def _row(check: CheckResult) -> str:
    points = f"{words.points(check.score)} of {words.points(check.max_score)}"
    said = " ".join(filter(None, [words.verdict(check), line(check.note)]))
    cells = [_SIGN[check.outcome], check.number, _name(check), points, said]
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _to_mend(check: CheckResult) -> str:
    return "\n\n".join([f"### {_escaped(check.number)} {_escaped(_name(check))}", *_finding(check)])


def _name(check: CheckResult) -> str:
    return f"{check.name} ({words.framework(check.case)})" if check.case else check.name


def _finding(check: CheckResult) -> Iterator[str]:
    finding = check.finding
    if finding is None:
        return
    yield _escaped(finding.message)
    labelled = [("Expected", finding.expected), ("Found", finding.found), ("Try", finding.advice)]
    told = [f"- **{label}:** {_escaped(text)}" for label, text in labelled if text]
    if told:
        yield "\n".join(told)
    if finding.details:
        yield _fenced(tidy(finding.details, _DETAILS))


def _escaped(text: str) -> str:
    """On one line, every character shown as it is."""
    return _SPECIAL.sub(r"\\\1", line(text, _MOST))


def _fenced(text: str) -> str:
    """As code, between fences that are longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _bounded(text: str) -> str:
    if len(text) <= MAX_SUMMARY:
        return text
    return text[:MAX_SUMMARY].rpartition("\n### ")[0] + "\n\nThe rest is left out: this page may not be longer."
