"""The runs of the references as a picture: each run's accuracy, and the bound that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.blueprint import Framework
from autograder.errors import AssignmentError
from autograder.proving.calibrate import Summary

COLOURS = {Framework.KERAS: "#d1362f", Framework.TORCH: "#2f56d0"}
SPREAD = 0.25  # of the dots of one group, to either side
FORMATS = (".svg", ".png", ".pdf")


def check_name(path: Path) -> None:
    """Raise AssignmentError unless a picture can be written under this name: before hours of training, not after."""
    if path.suffix.lower() not in FORMATS:
        raise AssignmentError(f"{path}: a picture's name ends in {', '.join(FORMATS)}")
    if not path.absolute().parent.is_dir():
        raise AssignmentError(f"{path}: there is no folder {path.absolute().parent}")


def draw(found: Sequence[Summary], path: Path) -> None:
    """Draw one group of dots for each summary: a dot for each run, a line for their mean, a dashed one for the bound.

    Raises:
        AssignmentError: The file can't be written.
    """
    from matplotlib.figure import Figure  # here: importing it takes longer than all else that this command imports

    figure = Figure(figsize=(max(4.0, 1.1 * len(found) + 1.5), 4.0), layout="constrained")
    axes = figure.subplots()
    for place, summary in enumerate(found):
        first, number = summary.runs[0], len(summary.runs)
        across = [place + SPREAD * (2 * i / max(number - 1, 1) - 1 if number > 1 else 0) for i in range(number)]
        axes.plot(across, [run.accuracy for run in summary.runs], "o", color=COLOURS[first.framework], markersize=5)
        ends = place - 1.4 * SPREAD, place + 1.4 * SPREAD
        axes.hlines(summary.mean, *ends, color=COLOURS[first.framework], linewidth=1.5)
        axes.hlines(summary.full, *ends, color="0.35", linewidth=1.5, linestyle="dashed")
    names = [f"{s.runs[0].assignment}\n{s.runs[0].data}\n{s.runs[0].framework.label}" for s in found]
    axes.set_xticks(range(len(found)), names, fontsize=8)
    axes.set_ylabel("accuracy on hidden texts")
    axes.set_title("Each run, their mean, and the bound for all points (dashed)", fontsize=9)
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)
    try:
        figure.savefig(path)
    except OSError as error:
        raise AssignmentError(f"{path} can't be written: {error.strerror}") from error
