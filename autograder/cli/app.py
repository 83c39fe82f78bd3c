"""``autograder``: the commands, and one way to end with an error."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.calibrate import calibrate
from autograder.cli.check import check
from autograder.cli.classroom50 import classroom50
from autograder.cli.console import Terminal
from autograder.cli.devices import devices
from autograder.cli.doctor import doctor
from autograder.cli.ending import Stop
from autograder.cli.grade import grade
from autograder.cli.gradescope import gradescope
from autograder.cli.new import new
from autograder.cli.pack import pack
from autograder.cli.rehearse import rehearse
from autograder.cli.release import release
from autograder.cli.stubs import stubs
from autograder.cli.verify import verify
from autograder.errors import AssignmentError, InternalError, SubmissionError, what_to_do

WELCOME = """Grade a deep-learning assignment that is written twice, in Keras and in PyTorch.

Students check their work in the folder of an assignment, TAs grade what was handed in, and instructors prove an
assignment before anybody sees it. Each command says more: autograder COMMAND --help
"""
POINTS = "0 all points, 1 points were lost"


@dataclass(frozen=True)
class Help:
    """What the help says of a command beyond its own docstring: in the list of commands, examples, exit codes."""

    short: str
    examples: tuple[str, ...]
    codes: str = POINTS

    @property
    def epilog(self) -> str:
        """Each example on a line of its own, which the backspace keeps, and the exit codes."""
        examples = "\n".join(f"  {example}" for example in self.examples)
        fault = "2 the assignment or the call is at fault, 3 the grader is at fault (grade again), 130 interrupted"
        stops = "it ends by the signal itself, so that a loop in a shell ends, too"
        return f"\b\nExamples:\n{examples}\n\nExit codes: {self.codes}, {fault} ({stops})."


HELP: dict[Callable[..., None], Help] = {
    check: Help(
        "Students: check your own work.",
        ("autograder check", "autograder check --only 2.3 --watch", "autograder check --data trec=FOLDER"),
    ),
    pack: Help(
        "Students: make the zip to hand in.",
        ("autograder pack", "autograder pack --out ada.zip"),
        "0 packed, 1 something would fail",
    ),
    grade: Help(
        "TAs: grade what was handed in.",
        (
            "autograder grade ada.zip --out results/ada",
            "autograder grade ada/ --assignment text-cnn --out results/ada --seed 42",
        ),
    ),
    gradescope: Help(
        "Gradescope's container: grade what lies in /autograder.",
        ("autograder gradescope", "autograder gradescope --root FOLDER"),
        "0 results.json is written",
    ),
    classroom50: Help(
        "Classroom 50's runner: grade a student's repository.",
        (
            "autograder classroom50 --assignment assignments/text-cnn",
            "autograder classroom50 FOLDER --assignment FOLDER",
        ),
        "0 result.json is written",
    ),
    verify: Help(
        "Instructors: is every known mistake graded rightly?",
        ("autograder verify text-cnn", "autograder verify text-cnn --case solution --case average-pooling"),
        "0 every grade is right, 1 a grade is wrong or a stub out of date",
    ),
    new: Help(
        "Instructors: begin an assignment, about a model or with one that works.",
        (
            "autograder new reviews-gru --model gru",
            'autograder new topics --from text-cnn --title "Topics of news"',
        ),
        "0 made",
    ),
    stubs: Help(
        "Instructors: derive stubs and the handout's tables.",
        ("autograder stubs text-cnn", "autograder stubs text-cnn --check"),
        "0 up to date",
    ),
    release: Help(
        "Instructors: make what is handed out.",
        ("autograder release text-cnn", "autograder release text-cnn --out dist"),
        "0 released",
    ),
    calibrate: Help(
        "Instructors: measure what a correct solution gets.",
        (
            "autograder calibrate text-cnn --seeds 5",
            "autograder calibrate --data builtin --data trec=FOLDER --out runs.json --plot runs.svg",
        ),
        "0 measured",
    ),
    rehearse: Help(
        "Instructors: try a Gradescope zip in its container.",
        (
            "autograder rehearse dist/text-cnn-gradescope.zip",
            "autograder rehearse dist/text-cnn-gradescope.zip ada.zip --size 1.5 --minutes 20",
        ),
        "0 there is a size that is safe, 1 there is none",
    ),
    doctor: Help(
        "Anyone: can this machine grade, and how safely?",
        ("autograder doctor", "autograder doctor --json"),
        "0 ready to grade, 1 grading with hidden data is refused here, or a framework's workers don't start",
    ),
    devices: Help(
        "Anyone: what checks of devices run on here.",
        ("autograder devices", "autograder devices --json"),
        "0 said",
    ),
}
EVERYTHING = Help(
    "", ("autograder check", "autograder grade SUBMISSION.zip --out RESULTS", "autograder verify text-cnn")
)

INTERRUPTED = 130
LAST_STREAM = 2  # the descriptor of standard error


app = typer.Typer(
    name="autograder",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: the same in every terminal, in a pipe and in a file
    help=WELCOME,
    epilog=EVERYTHING.epilog,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"autograder {version('autograder')}")
        raise typer.Exit


@app.callback(help=WELCOME, epilog=EVERYTHING.epilog)
def everything(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is, and end."),
    ] = False,
) -> None:
    """What holds for all commands."""


for command, about in HELP.items():
    app.command(short_help=about.short, epilog=about.epilog)(command)


def main() -> None:
    """Entry point: errors become one clear message and an exit code, never a traceback."""
    _open_standard_streams()
    console, stop = Terminal(stderr=True), Stop()
    stop.listen()
    code: str | int | None
    try:
        code, failed = _run(console)
    except SystemExit as end:  # a command's own end, whatever its code
        code, failed = end.code, False
    # `check --watch` takes Ctrl+C for its end, and then exits as ever.
    if code == INTERRUPTED or (stop.came is not None and (failed or stop.came is not signal.SIGINT)):
        console.print("\nInterrupted. Results that were being written hold what was graded so far.", style="yellow")
        stop.die()
        code = INTERRUPTED
    sys.exit(code)


def _run(console: Terminal) -> tuple[int, bool]:
    """Run the command; the exit code, and whether it ended with an error.

    Raises:
        SystemExit: By a command that has come to its end; typer makes one of a KeyboardInterrupt, too.
    """
    try:
        _see_where_we_are()
        app()
    except AssignmentError as error:
        return _told(console, "Can't go on", error, 2), True
    except SubmissionError as error:
        return _told(console, "The submission is at fault", error, 1), True
    except InternalError as error:
        return _told(console, "The grader is at fault; grade again", error, 3), True
    except KeyboardInterrupt:  # before or after typer
        return INTERRUPTED, True
    except Exception as error:  # noqa: BLE001 - a mistake of ours: whoever grades needs a code and a place, not a traceback
        return _told(console, "The grader is at fault; grade again", _described(error), 3), True
    return 0, False


def _open_standard_streams() -> None:
    """Open those that a careless parent closed: else the first files that we open become our output."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= LAST_STREAM:
        pass
    os.close(opened)


def _see_where_we_are() -> None:
    try:
        Path.cwd()
    except OSError as error:
        raise AssignmentError("the folder that this was called in is gone: change to one that exists (`cd`)") from error


def _described(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return " ".join(filter(None, [f"{error.filename}:" if error.filename else "", what_to_do(error)]))
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error}\n({place.filename}, line {place.lineno}, in {place.name})"


def _told(console: Terminal, title: str, error: Exception | str, code: int) -> int:
    console.print(f"{title}:", style="bold red")
    console.say(str(error))  # so that a path can be copied
    return code
