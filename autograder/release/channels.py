"""What is made of an assignment for each place where it is graded: Gradescope, Docker, Actions, Classroom 50."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import jinja2

from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.release.bundles import Bundle, File, below, read_file, read_folder
from autograder.release.masters import master_sources
from autograder.release.packages import LISTED
from autograder.release.secrets import DATA, SEED
from autograder.release.wheels import LOCK, sources

MAKE_ENV = "tools/make-env"
DOCKER, NOT_IN_IMAGE = "Dockerfile", ".dockerignore"
_SCRIPTS = ("setup.sh", "run_autograder")
_PAGES = {"Makefile": "Makefile", "README.md": "README.md", ".gitignore": "gitignore"}
_TEMPLATES = files("autograder.release") / "templates"

# Pinned by commit: a tag can be moved to other code. To renew one, take the commit that the newest release's tag names.
_ACTIONS = {
    "checkout": "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2",
    "setup_python": "actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0",
}
_PYTHON = "3.12"  # of GitHub's runners; any that the lock is for
_RUNNER = "ubuntu-24.04"
_INSTALLING = 20  # minutes, generously, for both frameworks


def framework(project: Path) -> Bundle:
    """All that ``make env`` makes an environment from, and pages that say so. Nothing in it is secret.

    Raises:
        AssignmentError: The project lacks one of the files.
    """
    pages = {name: File((_TEMPLATES / "student" / page).read_bytes()) for name, page in _PAGES.items()}
    make_env = File(read_file(project / MAKE_ENV).data, executable=True)
    return {**sources(project), **pages, LOCK: read_file(project / LOCK), MAKE_ENV: make_env}


def working_folder(assignment: Assignment, student: Bundle, framework: Bundle) -> Bundle:
    """A folder that students can work in. Those of several assignments can be put over each other."""
    return {**framework, **below(f"assignments/{assignment.folder.name}", student)}


def course_part(assignment: Assignment, solution: Path, student: Bundle) -> Bundle:
    """What grades with hidden data: the assignment as students have it, the solution, and what is hidden.

    The solution is needed to compare run times. Known mistakes and variants stay at home.

    Raises:
        AssignmentError: A master source is missing.
    """
    name = assignment.folder.name
    closed = {path: File.of(text) for path, text in master_sources(solution, assignment.modules.values()).items()}
    if (solution / SEED).is_file():
        closed[SEED] = read_file(solution / SEED)
    if (solution / DATA).is_dir():
        closed |= below(DATA, read_folder(solution / DATA))
    return {**below(f"assignments/{name}", student), **below(f"solutions/{name}", closed)}


def installable(project: Path, wheel: tuple[str, File], packages: Sequence[str]) -> Bundle:
    """What an environment to grade in is made of: the framework, its lock, and further packages in the lock's versions.

    Raises:
        AssignmentError: The lock is missing.
    """
    listed = {LISTED: File.of("".join(f"{line}\n" for line in packages))} if packages else {}
    return {wheel[0]: wheel[1], LOCK: read_file(project / LOCK), **listed}


def gradescope(course: Bundle, project: Path, wheel: tuple[str, File], packages: Sequence[str] = ()) -> Bundle:
    """Gradescope's zip. Its set-up closes all of it to everybody but root, who alone runs the grader.

    Raises:
        AssignmentError: The lock is missing.
    """
    scripts = {name: File((_TEMPLATES / "gradescope" / name).read_bytes(), executable=True) for name in _SCRIPTS}
    return {**scripts, **installable(project, wheel, packages), **course}


def docker(course: Bundle, project: Path) -> Bundle | None:
    """A context that ``docker build`` makes the course's own image from; None where the project has no Dockerfile."""
    if not (project / DOCKER).is_file():
        return None
    own = {name: read_file(project / name) for name in (DOCKER, NOT_IN_IMAGE) if (project / name).is_file()}
    return {**own, LOCK: read_file(project / LOCK), **sources(project), **course}


def repository(assignment: Assignment, folder: Bundle) -> Bundle:
    """A template repository: the folder that students work in, and a workflow that checks wherever Actions run.

    Nothing in it is secret: it grades on public data, as ``autograder check`` does.
    """
    minutes = _INSTALLING + math.ceil(assignment.limits.total_seconds / 60)
    values = {**_ACTIONS, "python": _PYTHON, "lock": LOCK, "minutes": minutes, "folder": assignment.folder.name}
    return {**folder, ".github/workflows/grade.yml": _rendered("repository/grade.yml", values)}


def classroom50(
    assignment: Assignment, student: Bundle, project: Path, wheel: tuple[str, File], packages: Sequence[str] = ()
) -> Bundle:
    """What Classroom 50 grades with: an ``autograder.py``, and beside it what that needs.

    Whoever finds the address can read it, so it holds what students have, and no more.

    Raises:
        AssignmentError: The lock is missing.
    """
    name = assignment.folder.name
    values = {"folder": name, "python": _PYTHON, "modules": [f"{module}.py" for module in assignment.modules.values()]}
    beside = {
        "autograder.py": _rendered("classroom50/autograder.py.in", values),
        **installable(project, wheel, packages),
        **below(f"assignments/{name}", student),
    }
    runtime = json.dumps({"runs-on": _RUNNER, "python": _PYTHON}, indent=2) + "\n"
    own = {"README.md": _rendered("classroom50/README.md", values), "runtime.json": File.of(runtime)}
    return {**own, **below(f"autograders/{name}", beside)}


def _rendered(template: str, values: Mapping[str, object]) -> File:
    """A template whose places are ``[[ name ]]``: GitHub's own are ``${{ name }}``."""
    environment = jinja2.Environment(  # noqa: S701 - YAML for a machine, and no value of a stranger in it
        variable_start_string="[[",
        variable_end_string="]]",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    try:
        text = (_TEMPLATES / template).read_text(encoding="utf-8")
    except OSError as error:
        raise AssignmentError(f"the framework lacks its template {template}: {error.strerror}") from error
    return File.of(environment.from_string(text).render(values))
