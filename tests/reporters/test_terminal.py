"""The terminal's report, from a wide one in colour down to 60 columns of ASCII."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from autograder.errors import Finding
from autograder.report import CheckResult, Curve, Outcome, Report
from autograder.reporters import terminal

NASTY = "[bold]x[/] :smile: \x1b[2J\x1b]0;owned\x07 \u202e日本語" + "y" * 300 + "\ud800 [/nonsense]"


def shown(renderable, width: int = 90, encoding: str = "utf-8", **options) -> str:
    """What a terminal with this encoding gets; raises where a character doesn't exist in it."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    console = Console(file=file, width=width, _environ=options.pop("environ", {}), **options)
    if isinstance(renderable, Report):
        terminal.render(renderable, console, staff=True)
    else:
        console.print(renderable)
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize(("width", "encoding"), [(100, "utf-8"), (60, "utf-8"), (60, "ascii")])
def test_sample(report, golden, width, encoding):
    text = shown(report, width, encoding)
    assert "\x1b" not in text
    assert max(cell_len(line) for line in text.splitlines()) <= width
    golden(f"terminal-{width}-{encoding}.txt", stripped(text))


def test_staff_notes_are_for_staff(report):
    console = Console(file=io.StringIO(), width=90)
    terminal.render(report, console)
    assert "STAFF" not in console.file.getvalue()
    assert "STAFF" in shown(report)


def test_colour_and_its_absence(report):
    assert "\x1b[32m" in shown(report, force_terminal=True, color_system="standard")
    plain = shown(report, force_terminal=True, environ={"NO_COLOR": "1", "TERM": "xterm"})
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", plain)
    dumb = shown(report, force_terminal=True, environ={"TERM": "dumb"})
    assert "\x1b" not in dumb


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_no_outcome_rests_on_colour(outcome, encoding):
    marks = {
        shown(terminal.check_line(CheckResult("1.1", "n", outcome=other, max_score=1)), 60, encoding).split()[0]
        for other in Outcome
    }
    assert len(marks) == len(Outcome)


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_hostile_strings(width, encoding):
    finding = Finding(*[NASTY] * 6)
    check = CheckResult("1.1", NASTY, NASTY, Outcome.FAILED, 0, 1, finding=finding, note=NASTY, tags=(NASTY,))
    report = Report(NASTY, NASTY, NASTY, checks=(check,), data=NASTY, started=NASTY, staff_notes=(NASTY,))
    text = shown(replace(report, curves=(Curve(NASTY, (1.0, math.nan)),)), width, encoding)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]x[/] :smile:" in text
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_megabytes_are_cut():
    check = CheckResult("1.1", "n", outcome=Outcome.FAILED, finding=Finding("a", details="line\n" * 1_000_000))
    assert len(shown(terminal.check_line(check))) < 100_000


def test_wide_points_are_not_cut():
    check = CheckResult("10.12", "n", "torch", Outcome.FAILED, 33.333, 100)
    text = shown(terminal.check_line(check), 60)
    assert "33.33 / 100" in text
    assert "10.12" in text


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ((2.0, 1.0, 0.0), "█▅▁"),
        ((1.0,), "▅"),
        ((1.0, math.nan, 0.0), "▅×▁"),
        ((), ""),
    ],
)
def test_sparkline(values, bars):
    assert terminal.sparkline(values, 24, 0.0, 2.0) == bars


def test_sparkline_of_many_values_keeps_first_and_last():
    bars = terminal.sparkline([5.0, *[3.0] * 1_000, 1.0], 24, 1.0, 5.0)
    assert len(bars) == 24
    assert (bars[0], bars[-1]) == ("█", "▁")


def test_sparkline_without_a_spread():
    assert terminal.sparkline((1.0, 1.0), 24, 1.0, 1.0) == "▁▁"


@pytest.mark.parametrize("losses", [(), (math.nan,), (math.inf, -math.inf), (1e308, -1e308), (0.0,)])
def test_strange_curves_are_shown(losses):
    assert "Training loss" in shown(Report("a", curves=(Curve("keras", losses),)))


def test_what_the_students_code_printed_is_shown_to_the_student():
    report = Report("a", student_output={"keras": "shape (3, 4)\n", "torch": "  \n"})
    console = Console(file=io.StringIO(), width=90)
    terminal.render_summary(report, console)
    text = console.file.getvalue()
    assert "Printed by your Keras code\n  shape (3, 4)" in text
    assert "PyTorch" not in text
    assert "shape (3, 4)" not in shown(report)  # staff has the page for it


@pytest.mark.parametrize("text", ["step\n" * 10_000, "x" * 1_000_000, NASTY * 1_000])
def test_a_flood_of_printed_text_is_cut(text):
    console = Console(file=io.StringIO(), width=90)
    terminal.render_summary(Report("a", student_output={"torch": f"first\n{text}last"}), console)
    said = console.file.getvalue()
    assert "first" in said
    assert "last" in said
    assert "left out" in said
    assert len(said.splitlines()) < 70
    assert "\x1b" not in said


def test_many_skipped_checks_take_two_lines():
    cause = CheckResult("2.1", "n", "keras", Outcome.FAILED, max_score=1, finding=Finding("It can't be built."))
    note = "Rests on what check 2.1 found: It can't be built."
    rest = [CheckResult(f"2.{n}", "n", "keras", Outcome.SKIPPED, max_score=2, note=note) for n in range(2, 9)]
    text = shown(Report("a", checks=(cause, *rest)), 80)
    assert "2.2 to 2.8: skipped, not judged wrong. Keras 0 / 14" in " ".join(text.split())
    assert text.count("Rests on what check 2.1 found.\n") == 1
    assert text.count("It can't be built.") == 1
