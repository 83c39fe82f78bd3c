"""What students get of an assignment: only what is known to be theirs, never whatever lies in the folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from autograder.assignment import Assignment
from autograder.assignment.assignment import FILE
from autograder.assignment.rules import blueprint_place
from autograder.errors import AssignmentError
from autograder.release.bundles import Bundle, File, read_file, read_folder
from autograder.release.stubs import stub_files

HANDOUT, CHECKS, PYTEST = "README.md", "checks", "conftest.py"

_LINK = re.compile(r"""\]\(\s*<?([^)\s>]+)|\b(?:src|href)\s*=\s*["']([^"']+)["']""")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def student_files(assignment: Assignment, solution: Path) -> Bundle:
    """The files that students get, by their paths within the assignment's folder.

    These are the declaration, the blueprint, the handout and what it links to, the checks, data that lies in the
    folder, and the stubs, which are derived from the master sources anew.

    Raises:
        AssignmentError: One of them is missing, or data lies elsewhere.
    """
    folder = assignment.folder
    blueprint, _ = blueprint_place(folder, assignment.blueprint)
    files = {name: read_file(folder / name) for name in (FILE, blueprint.relative_to(folder).as_posix(), HANDOUT)}
    if (folder / PYTEST).is_file():
        files[PYTEST] = read_file(folder / PYTEST)
    files |= {f"{CHECKS}/{path}": file for path, file in read_folder(folder / CHECKS).items()}
    files |= {name: read_file(folder / name) for name in _linked(folder)}
    files |= _data(assignment)
    stubs = stub_files(solution, assignment.modules.values())
    return files | {name: File.of(text) for name, text in stubs.items()}


def left_out(assignment: Assignment, bundle: Bundle) -> list[str]:
    """Paths of files in the assignment's folder that students don't get."""
    return sorted(set(read_folder(assignment.folder)) - set(bundle))


def links_outside(assignment: Assignment) -> list[str]:
    """What the handout links to beyond the assignment's folder, as ``README.md:15: ../text-cnn/README.md``."""
    found = _links((assignment.folder / HANDOUT).read_text(encoding="utf-8"))
    return [f"{HANDOUT}:{line}: {target}" for line, target in found if _is_outside(target)]


def _linked(folder: Path) -> Iterator[str]:
    """Files of the folder that the handout shows or links to."""
    for line, target in _links((folder / HANDOUT).read_text(encoding="utf-8")):
        if _is_outside(target) or (folder / target).is_dir():
            continue
        if not (folder / target).is_file():
            raise AssignmentError(f"{folder / HANDOUT}:{line}: there is no {target} in the assignment's folder")
        yield PurePosixPath(target).as_posix()


def _links(handout: str) -> Iterator[tuple[int, str]]:
    """Line and target of each link to a file."""
    for match in _LINK.finditer(handout):
        target = match[1] or match[2]
        if not _ELSEWHERE.match(target):
            yield handout.count("\n", 0, match.start()) + 1, target.partition("#")[0]


def _is_outside(target: str) -> bool:
    return target.startswith("/") or ".." in PurePosixPath(target).parts


def _data(assignment: Assignment) -> Bundle:
    """Data in files, which has to lie in the assignment's folder: elsewhere its path would lead nowhere."""
    path = assignment.data_path
    if path is None or assignment.data is None:
        return {}
    if _is_outside(assignment.data.path or ""):
        where = assignment.where("data", "path")
        raise AssignmentError(f"{where}: data.path leads out of the assignment's folder, so it can't be handed out;"
                              f" put the files into {assignment.folder / 'data'} and name them there")  # fmt: skip
    name = path.relative_to(assignment.folder).as_posix()
    if path.is_file():
        return {name: read_file(path)}
    return {f"{name}/{file}": content for file, content in read_folder(path).items()}
