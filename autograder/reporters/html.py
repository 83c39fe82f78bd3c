"""The report as one self-contained page: no script, nothing loaded from elsewhere, fit for a phone and for paper."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.report import CheckResult, Evidence, Outcome, Report
from autograder.reporters import plot, words
from autograder.reporters.text import settled, tidy

_MOST = 20_000  # characters of any one text


def render(report: Report, *, staff: bool = False) -> str:
    """The page, as text in UTF-8.

    Args:
        report: What to show.
        staff: Show hidden checks and the notes for staff too. The default is what a student may see now.
    """
    shown = report if staff else words.student_view(report)
    return _environment().get_template("report.html.j2").render(
        report=shown,
        staff=staff,
        left_out=words.not_shown(len(report.checks) - len(shown.checks)),
        sections=words.sections(shown),
        plots=plot.plots(shown.curves),
        frame=plot,
        words=words,
        groups=_groups,
        share=_share,
        settled=settled,
        Outcome=Outcome,
        Evidence=Evidence,
    )  # fmt: skip


def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_fit_to_show,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fit_to_show(value: Any) -> Any:
    """Every text that the template prints goes through here, and is escaped after."""
    return tidy(value, _MOST) if isinstance(value, str) and not isinstance(value, Markup) else value


def _groups(checks: tuple[CheckResult, ...]) -> list[list[CheckResult]]:
    """Neighbours with one number and name are one check, run for each framework."""
    return [list(group) for _, group in groupby(checks, key=lambda check: (check.number, check.name))]


def _share(part: float, whole: float) -> float:
    """Percent, for a bar: between 0 and 100 whatever comes in."""
    return round(min(max(100 * part / whole, 0.0), 100.0), 1) if whole > 0 else 0.0
