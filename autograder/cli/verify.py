"""``autograder verify``: an instructor has an assignment proved before students see it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.assignment import Assignment, find, load
from autograder.assignment.problems import did_you_mean
from autograder.cli.check import Data
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.fingerprints import sources
from autograder.grading.reference import solution_of
from autograder.proving.cases import Case, Kind, cases
from autograder.proving.kept import verdicts_of
from autograder.proving.premises import odd_data, unfair_bounds, wrong_as_declared, wrong_as_handed_out
from autograder.proving.record import NAME as RECORD
from autograder.proving.record import fingerprint, write_record
from autograder.proving.seen import never_seen
from autograder.proving.verify import SEED, Verdict, cores
from autograder.proving.verify import verify as grade_all

HEADINGS = {Kind.VARIANT: "correct variants", Kind.MUTANT: "known mistakes"}


def verify(
    assignment: Annotated[str, typer.Argument(help="Name or folder of the assignment.", metavar="ASSIGNMENT")],
    data: Data = None,
    case: Annotated[
        list[str] | None, typer.Option(help="Grade this case alone, kept or not. May be repeated.", metavar="NAME")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draw data and probes from this seed.", min=0, metavar="N")] = SEED,
    jobs: Annotated[int, typer.Option(help="How many to grade at a time; 0 for one per processor.", metavar="N")] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Grade also what was graded right before, and is as it was.")
    ] = False,
) -> None:
    """Grade the solution, the stub, every correct variant and every known mistake; say which grade is wrong.

    Students' stubs and the handout's tables have to be what the sources give, and nothing secret may be in what they
    would get. The solution and the variants have to get all points, the stub none; a known mistake has to lose points
    in its own task alone, one in the model by its count, its outputs and the twins alone, and the feedback has to name
    it. Each check has to be seen to pass and to fail, and bounds
    have to rest on recorded runs (calibration.json beside the solution) and fail correct work less than once in 1,000.
    When all cases were graded, a record is left beside the solution (verification.json). A grade that was right is kept
    (verdicts.jsonl) for as long as nothing changes that it rests on: a call after an interrupt, or after work on one
    known mistake, grades the rest.
    """
    console = Terminal()
    folder = find(assignment, start=Path.cwd())
    chosen = load(folder, data=data)
    solution = solution_of(chosen)
    found = fingerprint(sources(folder, solution))
    todo = _selected(cases(chosen, solution), case or [])
    problems = [*wrong_as_declared(chosen), *wrong_as_handed_out(load(folder), solution)]
    for odd in odd_data(chosen, solution):
        console.print(f"Note: {odd}", style="yellow", markup=False)
    if not case:
        problems += unfair_bounds(chosen, solution)
    _tell(console, problems)  # now, not only when all is graded: that takes minutes
    kept = verdicts_of(chosen, solution, seed)
    verdicts = [] if again or case else [verdict for case in todo if (verdict := kept.of(case))]
    if verdicts:
        kept_now = f"{len(verdicts)} of {len(todo)} grades are kept from earlier calls"
        console.print(f"{kept_now}: nothing that they rest on has changed. --again grades those, too.", highlight=False)
    done = {verdict.case.name for verdict in verdicts}
    rest = [case for case in todo if case.name not in done]
    with _progress(console) as progress:
        bar = progress.add_task("grading", total=len(todo), completed=len(done))
        try:
            for verdict in grade_all(folder, solution, rest, data, seed, jobs or cores()):
                verdicts.append(verdict)
                kept.keep(verdict)
                progress.advance(bar)
                progress.console.print(_line(verdict))
        except KeyboardInterrupt:
            right = sum(not verdict.problems for verdict in verdicts)
            console.print(f"{right} of {len(todo)} grades were right, and are kept: the same command goes on.")
            raise
    console.print(_table(chosen, todo, verdicts))
    if not case:
        problems += never_seen(verdicts)
        write_record(solution / RECORD, chosen.name, found, verdicts, problems, data=data or "", seed=seed)
    _tell(console, problems)
    raise typer.Exit(1 if problems or any(v.problems for v in verdicts) else 0)


def _tell(console: Console, problems: Sequence[str]) -> None:
    for problem in problems:
        console.print(problem, markup=False, style="red")


def _selected(known: list[Case], names: list[str]) -> list[Case]:
    if unknown := set(names) - {case.name for case in known}:
        there = [case.name for case in known]
        raise AssignmentError("\n".join(f"no such case: {name}{did_you_mean(name, there)}" for name in sorted(unknown)))
    return [case for case in known if not names or case.name in names]


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _line(verdict: Verdict) -> Text:
    right = not verdict.problems
    said = f"{verdict.score:g} of {verdict.max_score:g}"
    text = Text(
        f"{'ok ' if right else 'BAD'}  {verdict.case.kind:8} {verdict.case.name}: {said}", style="" if right else "red"
    )
    for problem in verdict.problems:
        text.append(f"\n       {problem}")
    return text


def _table(assignment: Assignment, todo: list[Case], verdicts: list[Verdict]) -> Table:
    table = Table(title=f"{assignment.name}: {sum(not v.problems for v in verdicts)} of {len(todo)} grades are right")
    for column in ("case", "in", "points", "own check", "in all", "lost in", "named", "right"):
        table.add_column(column, overflow="fold")
    by_case = {v.case.name: v for v in verdicts}
    last = None
    for case in todo:
        verdict = by_case[case.name]
        if last != case.kind and case.kind in (Kind.MUTANT, Kind.VARIANT):
            table.add_section()
            table.add_row(Text(HEADINGS[case.kind], style="bold"))
        last = case.kind
        table.add_row(
            case.name,
            "both" if len(case.frameworks) > 1 else case.frameworks[0].label,
            f"{verdict.score:g} of {verdict.max_score:g}",
            f"{verdict.own:g}" if case.kind is Kind.MUTANT else "",
            f"{verdict.lost_in_all:g}",
            "all" if verdict.score == 0 else ", ".join(verdict.lost),
            ", ".join(verdict.named),
            "no" if verdict.problems else "yes",
            style="red" if verdict.problems else "",
        )
    return table
