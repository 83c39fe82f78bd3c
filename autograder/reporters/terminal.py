"""The report in a terminal: in colour and Unicode where there is such a thing, in plain ASCII where there isn't."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.report import CheckResult, Curve, Outcome, Report
from autograder.reporters import plot, words
from autograder.reporters.text import line, settled, tidy, to_ascii

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from autograder.errors import Finding

_SPARKS = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 24
_PRINTED = 4_000  # characters, and
_PRINTED_LINES = 40  # lines of what a student's code printed


def render(report: Report, console: Console, *, staff: bool = False) -> None:
    """Print the whole report to ``console``; the notes for staff only where ``staff`` asks for them."""
    pen = _Pen(plain=console.options.ascii_only)
    console.print(_header(report, pen))
    for section in words.sections(report):
        console.print()
        console.print(_heading(section, pen))
        for check in section.checks:
            if not words.can_fold(check):
                console.print(check_line(check))
        for fold in words.folds(report, filter(words.can_fold, section.checks)):
            console.print(fold_line(fold))
    render_summary(report, console, staff=staff)


def render_summary(report: Report, console: Console, *, staff: bool = False) -> None:
    """Print what comes after the checks: where a live display has shown those already."""
    pen = _Pen(plain=console.options.ascii_only)
    last = [_staff_notes(report, pen)] if staff else _printed(report, pen)
    for part in (_curves(report, pen), _totals(report, pen), *last):
        if part:
            console.print()
            console.print(part)


def check_line(result: CheckResult) -> RenderableType:
    """One check, with what there is to say about it: for a live display as well as for the whole report."""
    return _CheckLine(result)


def fold_line(fold: words.Fold) -> RenderableType:
    """One line for checks that say the same."""
    first = fold.checks[0]
    if len(fold.checks) > 1:
        return _FoldLine(fold)
    return _CheckLine(first if words.is_unwritten(first) else replace(first, note="".join(fold.says)))


@dataclass(frozen=True)
class _FoldLine:
    fold: words.Fold

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        pen, checks = _Pen(plain=options.ascii_only), self.fold.checks
        first = replace(
            checks[0],
            case=self.fold.case,
            score=math.fsum(check.score for check in checks),
            max_score=math.fsum(check.max_score for check in checks),
        )
        if words.is_unwritten(first):
            yield _row(first, pen)
            for said in self.fold.says:
                yield _below(pen.text(line(said), "bold"), options)
        else:
            skipped = f"{self.fold.numbers}: {words.verdict(first).lower()}"
            yield _row(replace(first, number="", name=skipped), pen)
            for said in filter(None, (*self.fold.says, words.shown_when(first.visibility))):
                yield _below(pen.text(tidy(said, 1_000), "dim"), options)


@dataclass(frozen=True)
class _CheckLine:
    result: CheckResult

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        pen = _Pen(plain=options.ascii_only)
        yield _row(self.result, pen)
        if said := _said(self.result, pen):
            yield _below(Group(*said), options)


@dataclass(frozen=True)
class _Pen:
    """Writes foreign text: never as markup, and in ASCII where the terminal asks for it (``plain``)."""

    plain: bool

    def text(self, text: str, style: str = "") -> Text:
        return Text(to_ascii(text) if self.plain else text, style=style, tab_size=4)

    def mark(self, outcome: Outcome) -> Text:
        mark, plain, style = {
            Outcome.PASSED: ("✓", "+", "green"),
            Outcome.FAILED: ("✗", "x", "bold red"),
            Outcome.SKIPPED: ("↷", ">", "yellow"),
            Outcome.UNGRADED: ("○", "o", "dim"),
            Outcome.ERROR: ("!", "!", "bold magenta"),
            Outcome.PENDING: ("·", ".", "dim"),
        }[outcome]
        return Text(plain if self.plain else mark, style=style)


def _header(report: Report, pen: _Pen) -> Group:
    facts = [report.submission, words.moment(report.started), words.duration(report.seconds)]
    about = " · ".join(line(fact) for fact in facts if fact)
    title = pen.text(line(report.title or report.assignment), "bold")
    return Group(title, *([pen.text(about, "dim")] if about else []))


def _below(said: RenderableType, options: ConsoleOptions) -> Padding:
    """Under the name, where there is room for that."""
    return Padding(said, (0, 0, 0, 10 if options.max_width >= 80 else 4), expand=False)


def _heading(section: words.Section, pen: _Pen) -> Table:
    task = section.task
    total = f"{words.points(section.score)} / {words.points(section.max_score)}"
    name = pen.text(line(f"{task.number}  {task.title}"), "bold")
    if not section.checks:
        name.append("  nothing graded yet", "dim not bold")
        total = f"- / {words.points(task.points)}"
    return _grid(name, Text(total, "bold"), widths=(None, 11))


def _row(check: CheckResult, pen: _Pen) -> Table:
    total = f"{words.points(check.score)} / {words.points(check.max_score)}"
    if check.outcome in {Outcome.UNGRADED, Outcome.PENDING, Outcome.ERROR} and not check.score:
        total = f"- / {words.points(check.max_score)}"
    return _grid(
        Text(" "),
        pen.mark(check.outcome),
        pen.text(line(check.number, 20), "dim"),
        pen.text(line(check.name), "dim" if check.outcome is Outcome.PENDING else ""),
        pen.text(line(words.framework(check.case), 20), "cyan"),
        pen.text(total),
        widths=(1, 1, 5, None, 7, 11),
    )


def _grid(*cells: Text, widths: tuple[int | None, ...]) -> Table:
    """One row over the whole width, the same columns each time: so rows line up though each is printed alone."""
    grid = Table.grid(padding=(0, 1), expand=True)
    for position, width in enumerate(widths):
        last = position == len(widths) - 1
        grid.add_column(
            width=width, ratio=None if width else 1, justify="right" if last else "left", no_wrap=last, overflow="fold"
        )
    grid.add_row(*cells)
    return grid


def _said(check: CheckResult, pen: _Pen) -> list[RenderableType]:
    """Under the check: what became of it, the note, the finding."""
    verdict = "" if check.outcome is Outcome.PENDING else words.verdict(check)
    parts = [verdict, tidy(check.note, 1_000), words.shown_when(check.visibility)]
    note = " ".join(filter(None, parts))
    said: list[RenderableType] = [pen.text(note, "dim")] if note else []
    return [*said, *(_finding(check.finding, pen) if check.finding else [])]


def _finding(finding: Finding, pen: _Pen) -> list[RenderableType]:
    labelled = [("expected", finding.expected), ("found", finding.found), ("try", finding.advice)]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=8)
    grid.add_column(overflow="fold")
    for label, text in labelled:
        if text:
            grid.add_row(Text(label, "bold"), pen.text(tidy(text, 1_500)))
    said: list[RenderableType] = [pen.text(tidy(finding.message, 1_500), "bold")]
    if grid.row_count:
        said.append(grid)
    if finding.details:
        said.append(Padding(pen.text(tidy(finding.details, 3_000), "dim"), (0, 0, 0, 2), expand=False))
    return said


def _curves(report: Report, pen: _Pen) -> Group | None:
    if not report.curves:
        return None
    grid = Table.grid(padding=(0, 2))
    for curve in report.curves:
        twins = [other for other in report.curves if other.case == curve.case]
        whose = "the course's own" if curve.reference else "yours"
        grid.add_row(
            pen.text(line(words.framework(curve.case), 20), "cyan"), pen.text(whose), _trend(curve, twins, pen)
        )
    return Group(Text("Training loss, epoch by epoch", "bold"), Padding(grid, (0, 0, 0, 2), expand=False))


def _trend(curve: Curve, twins: list[Curve], pen: _Pen) -> Text:
    """First loss, bars, last loss; bars of the student's and of the course's own run have one scale."""
    if not curve.losses:
        return pen.text("no epoch", "dim")
    scale = plot.sensible(twins) or [0.0]
    between = "->" if pen.plain else sparkline(curve.losses, _SPARK_WIDTH, min(scale), max(scale))
    return Text(f"{curve.losses[0]:.3g} {between} {curve.losses[-1]:.3g}")


def sparkline(values: Sequence[float], width: int, low: float, high: float) -> str:
    """At most ``width`` bars, the lowest for ``low`` and the tallest for ``high``; ``×`` for what is not a number."""
    step = max((len(values) - 1) / max(width - 1, 1), 1)  # first and last are always among those picked
    picked = [values[round(i * step)] for i in range(min(len(values), width))]
    span = (high - low) or 1.0
    shares = [min(max((value - low) / span, 0.0), 1.0) if math.isfinite(value) else None for value in picked]
    return "".join("×" if share is None else _SPARKS[round(share * 7)] for share in shares)


def _totals(report: Report, pen: _Pen) -> Group:
    said = [pen.text(words.summary(report), "bold")]
    said += [pen.text(line(sentence)) for sentence in words.not_graded_yet(report)]
    share = words.evidence_share(report)
    if share and report.score:  # it is about the points that were given
        said.append(pen.text(share))
    if report.data:
        said.append(pen.text(tidy(report.data, 1_000)))
    if devices := words.devices(report):
        said.append(pen.text(line(devices, 1_000)))
    said += [pen.text(line(remark)) for remark in (*words.hand_in(report), words.what_counts(report)) if remark]
    said += [pen.text(warning, "bold magenta") for warning in words.warnings(report)]
    return Group(*said)


def _printed(report: Report, pen: _Pen) -> list[Group]:
    """What the student's code printed: the way of many to find a mistake."""
    said = {case: tidy(_few_lines(settled(text)), _PRINTED) for case, text in report.student_output.items()}
    return [
        Group(
            Text(f"Printed by your {words.framework(case)} code", "bold"),
            Padding(pen.text(text), (0, 0, 0, 2), expand=False),
        )
        for case, text in said.items()
        if text.strip()
    ]


def _few_lines(text: str) -> str:
    """The first and the last lines, the end having the larger part: that is where it stopped."""
    lines = text.splitlines()
    if len(lines) <= _PRINTED_LINES:
        return text
    head, tail = lines[: _PRINTED_LINES // 4], lines[-(_PRINTED_LINES - _PRINTED_LINES // 4) :]
    return "\n".join([*head, f"[... {len(lines) - _PRINTED_LINES:,} lines left out ...]", *tail])


def _staff_notes(report: Report, pen: _Pen) -> Group | None:
    notes = [pen.text(f"- {tidy(note, 3_000)}") for note in words.staff_notes(report)]
    return Group(Text("For staff", "bold"), *notes) if notes else None
