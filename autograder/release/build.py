"""A release: everything that an assignment is handed out as, made in memory and looked through before it is written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.release import channels
from autograder.release.bundles import Bundle, below, read_file, write_folder, zipped
from autograder.release.leaks import Leak, find_leaks
from autograder.release.packages import pinned
from autograder.release.prose import of_other_models
from autograder.release.records import read_verified, record
from autograder.release.secrets import read_secrets
from autograder.release.student import left_out, links_outside, student_files
from autograder.release.wheels import LOCK, build_wheel, project_folder

_TOP = "course"  # the folder in the students' zip
_MOST_SHOWN = 20  # leaks in a message


@dataclass(frozen=True)
class Release:
    """What is to be written.

    Attributes:
        name: The assignment's folder; names of all that is written begin with it.
        archives: Content of each archive, by its name.
        folders: Files of each folder, by its name.
        record: The text of ``NAME-release.json``.
        notes: What whoever releases should know.
    """

    name: str
    archives: Mapping[str, bytes]
    folders: Mapping[str, Bundle]
    record: str
    notes: Sequence[str] = field(default_factory=tuple)


def build(assignment: Assignment, solution: Path, proof: Path | None = None, doubt: str = "") -> Release:
    """Make a release.

    Args:
        assignment: What to release.
        solution: The folder of its master sources, in the course's ``solutions/``.
        proof: The record of its verification, which travels along where it is there.
        doubt: Why the assignment can't be called verified by it.

    Raises:
        AssignmentError: Something is missing, what students read talks of another model, or holds a secret.
        InternalError: The framework can't be built.
    """
    name, project = assignment.folder.name, project_folder()
    packages = pinned(assignment, project)
    student = student_files(assignment, solution)
    if strange := of_other_models(assignment):
        raise AssignmentError("\n".join(strange))
    framework = channels.framework(project)
    folder = channels.working_folder(assignment, student, framework)
    handed_out = zipped(below(_TOP, folder))
    _refuse_leaks(_leaks(handed_out, solution, framework))
    wheel = build_wheel(project)
    course = channels.course_part(assignment, solution, student)
    archives = {
        f"{name}-student.zip": handed_out,
        f"{name}-gradescope.zip": zipped(channels.gradescope(course, project, wheel, packages)),
    }
    image, verified = channels.docker(course, project), read_verified(proof)
    folders = {
        f"{name}-repository": channels.repository(assignment, folder),
        f"{name}-classroom50": channels.classroom50(assignment, student, project, wheel, packages),
    }
    if image is not None:
        folders[f"{name}-docker"] = image
    told = record(assignment, version("autograder"), read_file(project / LOCK).data, archives, folders, verified)
    notes = _notes(assignment, student, doubt, has_image=image is not None)
    return Release(name, archives, folders, told, notes)


def leaks(assignment: Assignment, solution: Path) -> list[Leak]:
    """What is secret in the archive that students would get.

    Raises:
        AssignmentError: As :func:`build`, but for the leaks.
    """
    framework = channels.framework(project_folder())
    folder = channels.working_folder(assignment, student_files(assignment, solution), framework)
    return _leaks(zipped(below(_TOP, folder)), solution, framework)


def write(release: Release, out: Path) -> list[Path]:
    """Write a release; of an earlier one of the same name nothing is left.

    Returns:
        What was written.

    Raises:
        AssignmentError: It can't be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out, prefix=f".{release.name}-") as place:  # so that none is ever half there
            made = Path(place)
            for name, data in release.archives.items():
                (made / name).write_bytes(data)
            for name, bundle in release.folders.items():
                write_folder(bundle, made / name)
            (made / f"{release.name}-release.json").write_text(release.record, encoding="utf-8", newline="\n")
            return [_moved(item, out / item.name) for item in sorted(made.iterdir())]
    except OSError as error:
        raise AssignmentError(f"the release can't be written to {out}: {error.strerror}") from error


def _moved(item: Path, target: Path) -> Path:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    return item.replace(target)


def _leaks(handed_out: bytes, solution: Path, framework: Bundle) -> list[Leak]:
    return find_leaks(handed_out, read_secrets(solution.parent), below(_TOP, framework))


def _refuse_leaks(leaks: Sequence[Leak]) -> None:
    if leaks:
        shown = [str(leak) for leak in leaks[:_MOST_SHOWN]]
        more = [f"and {len(leaks) - _MOST_SHOWN} more"] if len(leaks) > _MOST_SHOWN else []
        raise AssignmentError(
            "\n  ".join(["what students would get holds secrets; nothing was written:", *shown, *more])
        )


def _notes(assignment: Assignment, student: Bundle, doubt: str, *, has_image: bool) -> list[str]:
    notes = [f"students don't get {path}: the handout doesn't link to it" for path in left_out(assignment, student)]
    notes += [f"{link} isn't in what students get" for link in links_outside(assignment)]
    if not has_image:
        notes.append("no Docker context: the project has no Dockerfile")
    if doubt:
        notes.append(f"not proved: {doubt}; `autograder verify {assignment.folder.name}` proves it")
    return notes
