"""``autograder``: the commands, and one way to end with an error."""

from __future__ import annotations

import signal
import sys
import traceback

import typer
from rich.console import Console

from autograder.cli.calibrate import calibrate
from autograder.cli.check import check
from autograder.cli.grade import grade
from autograder.cli.stubs import stubs
from autograder.cli.verify import verify
from autograder.errors import AssignmentError, InternalError, SubmissionError

EPILOG = (
    "Exit codes: 0 all points, 1 points were lost, 2 the assignment or the call is at fault, 3 the grader is at fault "
    "(grade again), 130 interrupted."
)

INTERRUPTED = 130

app = typer.Typer(
    name="autograder",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Grade a deep-learning assignment that is written twice, in Keras and in PyTorch.",
    epilog=EPILOG,
)
app.command(epilog=EPILOG)(check)
app.command(epilog=EPILOG)(grade)
app.command(epilog=EPILOG)(verify)
app.command(epilog=EPILOG)(stubs)
app.command(epilog=EPILOG)(calibrate)


def main() -> None:
    """Entry point: errors become one clear message and an exit code, never a traceback."""
    console = Console(stderr=True)
    for end in (signal.SIGTERM, signal.SIGHUP):  # a stopped container, a closed terminal: cleaned up as after Ctrl+C
        signal.signal(end, signal.default_int_handler)
    try:
        app()
    except AssignmentError as error:
        _end(console, "The assignment or the call is at fault", error, 2)
    except SubmissionError as error:
        _end(console, "The submission is at fault", error, 1)
    except InternalError as error:
        _end(console, "The grader is at fault; grade again", error, 3)
    except Exception as error:  # noqa: BLE001 - a mistake of ours: whoever grades needs a code and a place, not a traceback
        _end(console, "The grader is at fault; grade again", _described(error), 3)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer has caught the KeyboardInterrupt
            console.print("\nInterrupted. Results that were being written hold what was graded so far.", style="yellow")
        raise


def _described(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error}\n({place.filename}, line {place.lineno}, in {place.name})"


def _end(console: Console, title: str, error: Exception | str, code: int) -> None:
    console.print(f"{title}:", style="bold red")
    console.print(str(error), markup=False, highlight=False)
    sys.exit(code)
