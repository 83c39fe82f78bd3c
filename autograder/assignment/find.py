"""Which assignment is meant: by its name, by a path, or by the modules that a submission holds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from autograder.assignment.assignment import FILE, Assignment
from autograder.assignment.problems import did_you_mean
from autograder.errors import AssignmentError

VARIABLE = "AUTOGRADER_ASSIGNMENTS"
_MOST_LISTED = 8  # names of files in a message


def find(name_or_path: str | Path | None = None, *, start: Path) -> Path:
    """The folder of an assignment.

    Args:
        name_or_path: Its name, or a path to its folder or declaration; none for the assignment that ``start`` is in.
        start: Where to look from, usually the current folder: it or a folder above it holds ``assignments/``. After
            these comes the folder that the environment variable AUTOGRADER_ASSIGNMENTS names.

    Raises:
        AssignmentError: There is none; with the names that are known.
    """
    here = [folder for folder in _upwards(start) if (folder / FILE).is_file()]
    if name_or_path is None:
        if here:
            return here[0]
        if not (known := _candidates(start)):
            raise AssignmentError(_unknown_course(f"there is no assignment in {start} or above it"))
        names = ", ".join(dict.fromkeys(folder.name for folder in known))
        raise AssignmentError(
            f"say which assignment is meant ({names}): name it, as in `autograder check {known[0].name}`, or go into "
            f"its folder, here `cd {known[0]}`"
        )
    path = start / name_or_path
    if path.name == FILE and path.is_file():
        return path.parent
    if (path / FILE).is_file():
        return path
    named = [folder for folder in [*here, *_candidates(start)] if folder.name == str(name_or_path)]
    if named:
        return named[0]
    if not _candidates(start):
        raise AssignmentError(_unknown_course(f"no assignment {str(name_or_path)!r} can be found from {start}"))
    raise AssignmentError(f"no assignment {str(name_or_path)!r}{_known_names(start, str(name_or_path))}")


def find_all(*, start: Path) -> tuple[Path, ...]:
    """Folders of all assignments that :func:`find` can name, the nearest first."""
    return tuple(_candidates(start))


def _upwards(start: Path) -> list[Path]:
    start = start.absolute()
    return [start, *start.parents]


def _candidates(start: Path) -> list[Path]:
    shelves = [folder / "assignments" for folder in _upwards(start)]
    if os.environ.get(VARIABLE):
        shelves.append(Path(os.environ[VARIABLE]))
    return [file.parent for shelf in shelves for file in sorted(shelf.glob(f"*/{FILE}"))]


def _unknown_course(what: str) -> str:
    if named := os.environ.get(VARIABLE):
        inside = Path(named, "assignments")
        better = f": set it to {inside}" if any(inside.glob(f"*/{FILE}")) else ""
        return f"{what}; and {VARIABLE}, which is {named}, names no folder with assignments in it{better}"
    where = "the folder of the assignment or of the course"
    return f"{what}: go into {where}, or set {VARIABLE} to the path of the course's `assignments`"


def _known_names(start: Path, name: str) -> str:
    names = list(dict.fromkeys(folder.name for folder in _candidates(start)))
    near = did_you_mean(name, names)
    return near if near.startswith("; known") else f"{near} Known are {', '.join(names)}"


def infer(submission_files: Iterable[str], assignments: Iterable[Assignment]) -> Assignment:
    """The assignment whose modules are among a submission's files.

    Args:
        submission_files: Paths; only their last parts count.
        assignments: Those to choose from.

    Raises:
        AssignmentError: No assignment's modules are there, or as many of one as of another; with the files' names.
    """
    files = {PurePath(file).name for file in submission_files}
    if not files:
        raise AssignmentError("the submission holds no files")
    assignments = list(assignments)
    held = {a.name: sum(f"{module}.py" in files for module in a.modules.values()) for a in assignments}
    most = max(held.values(), default=0)
    best = [a for a in assignments if held[a.name] == most]
    if most and len(best) == 1:
        return best[0]
    if most:
        fits = " and ".join(a.name for a in best)
        raise AssignmentError(f"the files fit several assignments ({fits}): say which one is meant")
    wanted = "; ".join(f"{a.name} has {', '.join(f'{m}.py' for m in a.modules.values())}" for a in assignments)
    raise AssignmentError(
        f"the files ({_listed(files)}) fit no assignment: say which one is meant ({wanted or 'none is known'})"
    )


def _listed(files: Iterable[str]) -> str:
    names = sorted(files, key=lambda name: (not name.endswith(".py"), name))
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more
