"""``autograder rehearse``: an instructor's zip, tried in Gradescope's container at its sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.cli.console import Terminal
from autograder.errors import AssignmentError
from autograder.release.rehearsal import BASE, MINUTES, SIZES, Image, Size, Trial, smallest_safe, unpack_solution
from autograder.reporters import words


def rehearse(
    zip_file: Annotated[Path, typer.Argument(help="What is uploaded to Gradescope.", metavar="ZIP")],
    submission: Annotated[
        Path | None,
        typer.Argument(help="A folder, a zip or one .py file; the solution without it.", metavar="[SUBMISSION]"),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(help="Only this size, by its memory in GB: 0.75, 1.5, 3 or 6. May be repeated.", metavar="GB"),
    ] = None,
    minutes: Annotated[
        float, typer.Option(help="Time-out; Gradescope's is 10 unless set, 40 at most.", min=0.1)
    ] = MINUTES,
    base: Annotated[str, typer.Option(help="The image that Gradescope starts from.", metavar="IMAGE")] = BASE,
    network: Annotated[
        str, typer.Option(help="Docker's network while the image is built.", metavar="NAME")
    ] = "default",
) -> None:
    """Build the image as Gradescope does, and grade the solution, or a submission, in it at Gradescope's sizes.

    Needs Docker. For each size: what it got, how long it took, how much memory it could not have done without, and how
    much of both is left; in the end, the smallest size that is safe.
    """
    console = Terminal()
    sizes = _chosen(size)
    if submission is not None and not submission.exists():
        raise AssignmentError(f"there is no submission at {submission}")
    if not zip_file.is_file():
        raise AssignmentError(f"there is no zip at {zip_file}")
    console.print(f"Building the image of {zip_file.name} on {base}. The first time takes minutes.", highlight=False)
    trials: list[Trial] = []
    with TemporaryDirectory(prefix="autograder-rehearsal-") as place, Image(zip_file, base, network) as image:
        graded = submission or unpack_solution(zip_file, Path(place))
        name = submission.name if submission else "the solution"
        for chosen in sizes:
            console.print(f"Grading {name} with {chosen} ...", highlight=False)
            trials.append(image.grade(graded, chosen, 60 * minutes))
    render(trials, console)
    raise typer.Exit(0 if smallest_safe(trials) else 1)


def _chosen(asked: Sequence[str] | None) -> Sequence[Size]:
    by_name = {f"{size.gigabytes:g}": size for size in SIZES}
    unknown = [name for name in asked or () if name not in by_name]
    if unknown:
        raise AssignmentError(f"Gradescope has no size of {unknown[0]} GB; it has {', '.join(by_name)}")
    return [by_name[name] for name in asked] if asked else SIZES


def render(trials: Sequence[Trial], console: Console) -> None:
    """The table, what went wrong, and the size to choose."""
    table = Table("size", "result", "score", "time", "of time-out", "memory", "of its size")
    for trial in trials:
        table.add_row(*_row(trial))
    console.print(table)
    for trial in trials:
        if not trial.complete and trial.said:
            console.print(f"\n{trial.size}, {trial.verdict}. The last that was printed:", style="bold", highlight=False)
            console.print("\n".join(trial.said.rstrip().splitlines()[-8:]), markup=False, highlight=False)
    best = smallest_safe(trials)
    told = f"The smallest size that is safe: {best}." if best else "None of these sizes is safe."
    console.print(f"\n{told}", style="bold", highlight=False)


def _row(trial: Trial) -> tuple[str, ...]:
    score = (trial.results or {}).get("score")
    shown = words.points(score) if isinstance(score, (int, float)) else ""
    memory = "" if trial.memory is None else f"{trial.memory:,.0f} MiB"
    share = "" if trial.memory is None else f"{100 * trial.memory / trial.size.mebibytes:.0f} %"
    of_time = f"{100 * trial.seconds / trial.limit:.0f} %"
    here = f" (here {trial.cpus:g} CPU)" if 0 < trial.cpus < trial.size.cpus else ""
    return f"{trial.size}{here}", trial.verdict, shown, words.duration(trial.seconds), of_time, memory, share
