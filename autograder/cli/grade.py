"""``autograder grade``: a TA grades a submission with hidden data."""

from __future__ import annotations

import contextlib
import secrets
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from autograder.assignment import Assignment, find, find_all, infer, load
from autograder.cli.check import Data, Device, DeviceChoice, Only, Unprotected, exit_code
from autograder.cli.console import Terminal
from autograder.cli.live import LiveDisplay
from autograder.errors import AssignmentError, SubmissionError, what_to_do
from autograder.grading.reference import data_seed, find_solution
from autograder.grading.session import Grader, Order
from autograder.intake import file_names
from autograder.intake.platforms import are_versions, who
from autograder.report import CheckResult, Report
from autograder.reporters import terminal
from autograder.reporters.earlier import make_room, must_fit
from autograder.reporters.write import claim, write_all, write_results


class ResultsFiles:
    """A listener that leaves valid results behind after every single check."""

    def __init__(self, folder: Path, *, replace_other: bool = False) -> None:
        self._folder = folder
        self._replace_other = replace_other
        self._begun = self._written = False
        self.earlier: Path | None = None

    def started(self, check: CheckResult) -> None:
        """Nothing to write yet."""

    def changed(self, report: Report, latest: CheckResult | None) -> None:
        if not self._begun:  # the first word is which submission it is
            self._begun = True
            must_fit(report, self._folder, replace_other=self._replace_other)
        # Without checks the assignment is at fault: no file at all, since one without tests would say 0 points.
        if report.checks and (latest is not None or not report.seconds):
            if not self._written:
                self._written = True
                self.earlier = make_room(report, self._folder)
            write_results(report, self._folder)


def grade(  # noqa: PLR0913 - a command's options
    submission: Annotated[
        Path, typer.Argument(help="A folder, a .zip, a .tar.gz or one .py file.", metavar="SUBMISSION")
    ],
    out: Annotated[Path, typer.Option(help="Where results.json, report.json and report.html go.", metavar="FOLDER")],
    assignment: Annotated[
        str | None, typer.Option(help="Name or folder; inferred from the modules without it.", metavar="NAME")
    ] = None,
    data: Data = None,
    only: Only = None,
    seed: Annotated[
        int | None, typer.Option(help="Draw hidden data and probes from this seed.", min=0, metavar="N")
    ] = None,
    solution: Annotated[
        Path | None, typer.Option(help="The course's own solution; without it solutions/NAME.", metavar="FOLDER")
    ] = None,
    *,
    taken_as: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            help="Take the file PATH of the submission as the module NAME.py. May be repeated.",
            metavar="NAME.py=PATH",
        ),
    ] = None,
    replace_other: Annotated[
        bool,
        typer.Option(
            "--replace", help="Also where FOLDER holds another submission's results; those go to FOLDER/earlier."
        ),
    ] = False,
    device: Device = DeviceChoice.AUTO,
    unprotected: Unprotected = False,
) -> None:
    """Grade a submission with hidden data; write results.json (Gradescope), report.json and report.html.

    results.json is valid after every single check, whatever happens. Where the course's own solution is at hand, its
    training is timed as well, and the student's is compared with it. Where the submission's code could read what is
    hidden, nothing is graded.

    FOLDER belongs to one submission. What is graded anew there leaves the earlier results in FOLDER/earlier; a part
    (--only) never takes the place of a whole grading.
    """
    console = Terminal()
    _must_be_there(submission)
    with Grader() as grader, contextlib.ExitStack() as stack:
        grader.warm_up()
        modules = [one.partition("=")[0] for one in taken_as or ()]
        chosen = load(_assignment(assignment, submission, modules), data=data)
        _must_be_one(submission, chosen)
        stack.enter_context(claim(out))
        solved = solution or find_solution(chosen)
        drawn = secrets.randbelow(2**31) if seed is None else seed
        order = Order(chosen, submission, solved, drawn, hidden=True, only=tuple(only or ()),
                      data_seed=data_seed(solved), device=device.wanted, unprotected=unprotected,
                      taken_as=_taken_as(taken_as or [], chosen))  # fmt: skip
        files = ResultsFiles(out, replace_other=replace_other)
        with LiveDisplay(console) as display:
            report = grader.grade(order, [files, display])
        write_all(report, out)
    terminal.render_summary(report, console, staff=True)
    console.print(f"\nWritten: {out / 'results.json'}, {out / 'report.json'}, {out / 'report.html'}", highlight=False)
    if files.earlier is not None:
        console.print(f"The results that lay there before are kept in {files.earlier}", highlight=False)
    raise typer.Exit(exit_code(report))


def _taken_as(given: Sequence[str], assignment: Assignment) -> dict[str, str]:
    """What ``--as`` says: a module's file name, and a path in the submission."""
    files = [f"{module}.py" for module in assignment.modules.values()]
    found: dict[str, str] = {}
    for one in given:
        name, _, path = one.partition("=")
        if name not in files or not path:
            example = f"--as {files[-1]}=PATH"
            raise AssignmentError(
                f"--as {one}: it takes a module of {assignment.name} ({', '.join(files)}), as in {example}"
            )
        if name in found:
            raise AssignmentError(f"--as names {name} twice: {found[name]} and {path}")
        found[name] = path
    return found


def _must_be_there(submission: Path) -> None:
    try:
        submission.stat()
    except FileNotFoundError:
        raise AssignmentError(f"there is no submission at {submission}") from None
    except OSError as error:
        raise AssignmentError(f"the submission {submission} can't be reached: {what_to_do(error)}") from error


def _must_be_one(submission: Path, assignment: Assignment) -> None:
    """Refuse a folder of submissions, which would be graded as one that has everything in the wrong place."""
    found = _several(submission, [f"{module}.py" for module in assignment.modules.values()])
    if len(found) > 1 and not are_versions(found):
        call = f'autograder grade "$one" --assignment {assignment.name} --out "results/$(basename "$one")"'
        raise AssignmentError(
            f"{submission} holds several submissions ({', '.join(found[:3])} ...): grade one at a time, into a "
            f"folder of its own, as in\nfor one in {shlex.quote(str(submission))}/*; do {call}; done\n"
            f"If they are one student's, grade the one that counts: {submission / found[-1]}"
        )


def _several(submission: Path, files: Sequence[str]) -> list[str]:
    """Names inside that each look like a submission: archives, or folders that hold the same module."""
    try:
        inside = sorted(submission.iterdir())
        if any((submission / file).is_file() for file in files):
            return []
        students = {student: path.name for path in inside if (student := who(path.name))}
        if len(students) > 1:
            return list(students.values())
        having = [[path.name for path in inside if (path / file).is_file()] for file in files]
    except OSError:  # it is a file, or can't be read, which intake says
        return []
    return max(*having, [path.name for path in inside if path.name.endswith((".zip", ".tar.gz"))], key=len)


def _assignment(name: str | None, submission: Path, named: Sequence[str] = ()) -> Path:
    """The folder of the assignment that is named, or whose modules the submission holds, or ``--as`` names."""
    if name is not None:
        return find(name, start=Path.cwd())
    known = [load(folder, files=False) for folder in find_all(start=Path.cwd())]
    if not known:
        return find(start=Path.cwd())  # the one around this folder; else it says where assignments are looked for
    roomiest = max((assignment.limits for assignment in known), key=lambda limits: limits.submission_mb)
    wanted = [f"{module}.py" for one in known for module in one.modules.values()]
    try:
        names = [*file_names(submission, limits=roomiest, wanted=wanted), *named]
    except SubmissionError as error:
        why = f"{error.finding.message} {error.finding.found}".strip()
        raise AssignmentError(f"{why} So its assignment can't be told: name it with --assignment NAME") from error
    return infer(names, known).folder
