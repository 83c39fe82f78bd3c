"""``autograder calibrate``: an instructor measures what correct solutions get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from autograder.assignment import find, find_all, load
from autograder.blueprint import Framework
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.grading.reference import solution_of
from autograder.proving.bounds import doubts, runs_of, to_paste
from autograder.proving.calibrate import Failed, Job, Planned, Run, Summary, plan, summaries, train, untrained
from autograder.proving.calibration import Calibration, begun, continued, load_calibration
from autograder.proving.picture import check_name, draw

WIDTH = 130  # that the table may have; a narrower terminal breaks its lines
FEW = 3  # runs, of which the scatter isn't known well enough for a bound

Assignments = Annotated[list[str] | None, typer.Argument(help="Names or folders; all assignments when left out.")]
DataSets = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        help="Data to train on: builtin, or trec=FOLDER, csv=PATH, folders=FOLDER. May be repeated.",
        metavar="SOURCE[=PATH]",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(help="Keep the runs here (JSON), each as soon as it is done; a file with runs is continued."),
]
Plot = Annotated[Path | None, typer.Option(help="Draw the runs here: a name that ends in .svg, .png or .pdf.")]
Show = Annotated[Path | None, typer.Option(help="Train nothing; print the table of the runs that --out kept here.")]


def calibrate(
    assignments: Assignments = None,
    data: DataSets = None,
    seeds: Annotated[int, typer.Option(help="How many runs of each framework.", min=1, metavar="N")] = 5,
    out: Out = None,
    plot: Plot = None,
    show: Show = None,
) -> None:
    """Train the references with several seeds; print accuracy, cost, and a bound that correct work hardly misses.

    Each run draws new hidden data (where data is generated), new ids for tokens and classes, and a new seed. Ctrl+C
    ends it with the table of the runs that are done.
    """
    console = Terminal()
    if plot:
        check_name(plot)
    if show:
        _finish(load_calibration(show), plot, console)
        return
    jobs = _jobs(assignments or [], data or [])
    before = continued(out) if out else begun()
    todo = plan(jobs, range(1, seeds + 1), before.runs)
    ledger = _Ledger(replace(before, untrained=tuple(dict.fromkeys((*before.untrained, *untrained(jobs))))), out)
    try:
        failed = _train(ledger, todo, console)
    finally:  # also after Ctrl+C: what is done is worth hours
        if ledger.calibration.runs or ledger.calibration.untrained:
            _finish(ledger.calibration, plot, console)
    for job in jobs:
        _propose(job, ledger.calibration, console)
    if failed:
        raise AssignmentError("\n".join(f"{_name(f.planned)}: the reference failed: {f.reason}" for f in failed))


class _Ledger:
    """The runs so far, in the file as soon as they are done."""

    def __init__(self, calibration: Calibration, out: Path | None) -> None:
        self._out = out
        self._keep(calibration)

    def add(self, run: Run) -> None:
        self._keep(self.calibration.with_run(run))

    def _keep(self, calibration: Calibration) -> None:
        self.calibration = calibration
        if self._out:
            calibration.save(self._out)


def _jobs(names: Sequence[str], data: Sequence[str]) -> list[Job]:
    """Every assignment on every data set; one that trains nothing once."""
    folders = [find(name, start=Path.cwd()) for name in names] or find_all(start=Path.cwd())
    if not folders:
        find(None, start=Path.cwd())  # says where it has looked
    jobs = []
    for folder in dict.fromkeys(folders):
        chosen = load(folder, files=not data)  # declared files need not be there where others are used
        solution = solution_of(chosen)
        job = Job(chosen, solution, chosen.data.source if chosen.data else "")
        if job.trains and data:
            jobs += [Job(load(folder, data=spec), solution, label) for spec, label in _labels(data).items()]
        else:  # what trains nothing takes no data, and is listed once
            jobs.append(job)
    return jobs


def _labels(data: Sequence[str]) -> dict[str, str]:
    """By what ``--data`` says the name in the table: the source, with the path where the source is there twice."""
    number = Counter(spec.partition("=")[0] for spec in dict.fromkeys(data))
    return {spec: spec if number[spec.partition("=")[0]] > 1 else spec.partition("=")[0] for spec in data}


def _train(ledger: _Ledger, todo: Sequence[Planned], console: Console) -> list[Failed]:
    failed = []
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("starting ...", total=None)
        numbers = count(1)

        def begins(planned: Planned) -> None:
            progress.update(bar, description=f"run {next(numbers)} of {len(todo)}: {_name(planned)}")

        for done in train(todo, begins):
            if isinstance(done, Failed):
                failed.append(done)
                progress.console.print(f"{_name(done.planned)}  failed: {done.reason}", markup=False, style="red")
            else:
                ledger.add(done)
                progress.console.print(_line(done), highlight=False, markup=False)
    return failed


def _name(planned: Planned) -> str:
    job = planned.job
    return f"{job.assignment.name} on {job.data}  seed {planned.seed}  {planned.framework.label:8}"


def _line(run: Run) -> str:
    figures = f"accuracy {run.accuracy:.3f}  {run.cpu_seconds:5.1f} CPU seconds"
    return f"{run.assignment} on {run.data}  seed {run.seed}  {run.framework.label:8} {figures}"


def _finish(calibration: Calibration, plot: Path | None, console: Console) -> None:
    found = summaries(calibration.runs)
    Terminal(width=max(console.width, WIDTH)).print(_table(calibration, found))
    if found and min(len(summary.runs) for summary in found) < FEW:
        console.print("Fewer than 3 runs say nothing of the scatter: don't take a bound from them.", style="yellow")
    if plot and found:
        draw(found, plot)


def _propose(job: Job, calibration: Calibration, console: Terminal) -> None:
    """Bounds to paste, where those that are declared are missing or unfair."""
    found = summaries(runs_of(job, calibration))
    if job.assignment.data is None or min((len(s.runs) for s in found), default=0) < FEW:
        return
    declared = {f: job.assignment.thresholds_for(f.value) for f in Framework} if job.assignment.has_thresholds else None
    if declared is None or doubts(job, calibration, declared):
        console.say(f"Bounds that these runs allow, for {job.assignment.folder / 'assignment.toml'}:\n")
        console.say(to_paste(job.assignment.data.source, found))


def _table(calibration: Calibration, found: Sequence[Summary]) -> Table:
    table = Table(
        box=box.SIMPLE, title="The references, trained", caption=f"{calibration.machine}, {calibration.started}"
    )
    for column in ("assignment", "data", "framework"):
        table.add_column(column)
    for column in ("parameters", "runs", "accuracy", "lowest", "deviation", "CPU s", "wall s", "bound"):
        table.add_column(column, justify="right")
    for summary in found:
        table.add_row(*_row(summary))
    for one in calibration.untrained:
        table.add_row(one.assignment, "not trained", one.framework.label, f"{one.parameters:,}")
    return table


def _row(s: Summary) -> tuple[str, ...]:
    run, number = s.runs[0], len(s.runs)
    names = run.assignment, run.data, run.framework.label, f"{run.parameters:,}", str(number)
    accuracy = f"{s.mean:.3f}", f"{s.lowest:.3f}", f"{s.deviation:.4f}" if number > 1 else "-"
    return *names, *accuracy, f"{s.cpu_seconds:.1f}", f"{s.wall_seconds:.1f}", f"{s.full:.2f}"
