"""The zip that a student hands in: the modules and nothing else, tried before anybody uploads it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.assignment import Assignment
from autograder.errors import AssignmentError, Finding, SubmissionError
from autograder.intake import open_submission
from autograder.release.bundles import File, zipped
from autograder.release.ready import HEADING, Ready, ready

ALONE = "`autograder pack --yes` packs {files} alone, which is graded; the points of the other file are lost then."


@dataclass(frozen=True)
class Packed:
    """A zip to hand in.

    Attributes:
        path: Where it lies.
        sizes: Bytes of each file in it, by name.
        warnings: What doesn't keep it from being graded, but will cost points or surprise.
    """

    path: Path
    sizes: Mapping[str, int]
    warnings: tuple[str, ...]


def pack(
    assignment: Assignment, folder: Path, out: Path, agrees: Callable[[str, str], bool] = lambda *_: False
) -> Packed:
    """Make the zip from a student's folder.

    Args:
        assignment: What is handed in to.
        folder: Holds the modules, usually the assignment's own folder.
        out: The zip to write; an earlier one is replaced.
        agrees: Asked whether a single module that is sound is to be packed without the other: gets what is wrong with
            that, and the files that there are.

    Raises:
        SubmissionError: A module is missing, can't be read, doesn't compile, is too large, or imports what isn't there
            where it is graded; with everything that was found, and what to do. Nothing is written then.
        AssignmentError: The zip can't be written.
    """
    found = ready(assignment, folder)
    if found.problems:
        alone = _alone(found)
        said = "\n".join([HEADING, *found.told])
        if not alone or not agrees(said, alone):
            raise SubmissionError(Finding("\n".join(filter(None, [said, alone and ALONE.format(files=alone)]))))
    _write(zipped({file: File(source) for file, source in found.sources.items()}), out, assignment)
    return Packed(out, {file: len(source) for file, source in found.sources.items()}, tuple(found.doubts))


def _alone(found: Ready) -> str:
    """The files that can be handed in without the others; nothing where all are wanted or none is sound."""
    return "" if "" in found.problems else " and ".join(found.sources)


def _write(archive: bytes, out: Path, assignment: Assignment) -> None:
    """Write the zip, opened once as it will be where it is graded."""
    try:
        with tempfile.TemporaryDirectory(prefix="autograder-pack-") as place:
            trial = Path(place) / "trial.zip"
            trial.write_bytes(archive)
            open_submission(trial, Path(place) / "opened", limits=assignment.limits)
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = out.with_name(f".{out.name}.tmp")
        partial.write_bytes(archive)
        partial.replace(out)
    except OSError as error:
        raise AssignmentError(f"{out} can't be written: {error.strerror}") from error
