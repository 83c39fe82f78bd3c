"""What is shown while checks run."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.cli.live import LiveDisplay
from autograder.report import CheckResult, Outcome, Report, Task

REPORT = Report("mini", tasks=(Task("1", "Endings", 4), Task("2", "More", 4)))
FIRST = CheckResult("1.1", "It is right.", "keras", Outcome.PASSED, 2, 2)
SECOND = CheckResult("2.1", "It is [bold]right[/bold] as well.", "", Outcome.FAILED, 0, 2, note="It isn't.")


@pytest.fixture
def show():
    """All that is printed while two checks run, and what stands in the last line in between."""

    def show(**more):
        console = Console(file=io.StringIO(), width=80, **more)
        now = []
        with LiveDisplay(console) as display:
            now.append(str(display._now()))
            for check in (FIRST, SECOND):
                display.started(check)
                now.append(getattr(display._now(), "text", "").plain)
                display.changed(REPORT, None)
                display.changed(REPORT, check)
        return console.file.getvalue(), now

    return show


def test_results_come_task_by_task(show):
    said, _ = show()
    lines = [line.split() for line in said.splitlines() if line.strip()]
    assert lines[0] == ["Task", "1", "Endings"]
    assert lines[1][:2] == ["✓", "1.1"]
    assert lines[2] == ["Task", "2", "More"]
    assert "[bold]right[/bold]" in said  # foreign text is no markup
    assert "It isn't." in said
    assert "\x1b" not in said


def test_what_was_skipped_is_told_at_the_end_of_its_task():
    console = Console(file=io.StringIO(), width=80)
    skipped = [CheckResult(f"1.{n}", "n", "torch", Outcome.SKIPPED, 0, 2, note="No.") for n in (2, 3, 4)]
    with LiveDisplay(console) as display:
        for check in (*skipped, FIRST, SECOND):
            display.changed(Report("mini", tasks=REPORT.tasks, checks=tuple(skipped)), check)
        assert "1.2 to 1.4: skipped" in console.file.getvalue()
        display.changed(REPORT, CheckResult("2.2", "Last.", "", Outcome.SKIPPED, 0, 2))
        assert "Last." not in console.file.getvalue()
    said = console.file.getvalue()
    places = [said.index(words) for words in ("1.1", "1.2 to 1.4", "Task 2", "2.1", "Last.")]
    assert places == sorted(places)


def test_the_last_line_says_what_is_going_on(show):
    _, now = show(force_terminal=True)
    assert now[0] == "importing Keras and PyTorch ..."
    assert now[1] == "1.1 It is right. (Keras)  0 s"
    assert now[2].startswith("2.1 It is [bold]right")


def test_a_terminal_without_colours(show):
    said, _ = show(force_terminal=True, no_color=True, color_system=None)
    assert "\x1b[3" not in said
