"""What would fail where a student's folder is handed in: ``pack`` refuses it, ``check`` tells it, in the same words.

Every judgement of a file is intake's own, as Gradescope runs it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.assignment import Assignment
from autograder.assignment.assignment import FILE
from autograder.assignment.rules import blueprint_place
from autograder.errors import Finding, SubmissionError
from autograder.intake.folders import folder_entries
from autograder.intake.modules import module_problem, source_problem, stem
from autograder.intake.names import shown
from autograder.release.imports import import_problems, imported_names
from autograder.release.student import PYTEST

_MB = 1_000_000
_FRAMEWORKS = {"keras": frozenset({"keras", "tensorflow"}), "torch": frozenset({"torch"})}
HEADING = "Not packed, since this would fail:"


@dataclass(frozen=True)
class Ready:
    """What a folder has to hand in.

    Attributes:
        sources: Text of each file that can be handed in: modules, and the helpers that they import.
        problems: What would fail, by the module that it is about; what is about all of them under no name.
        doubts: What doesn't keep anything from being graded, but will cost points or surprise.
    """

    sources: Mapping[str, bytes]
    problems: Mapping[str, Sequence[str]]
    doubts: Sequence[str]

    @property
    def told(self) -> list[str]:
        """All problems, one in a line."""
        return [problem for found in self.problems.values() for problem in found]


@dataclass(frozen=True)
class _Folder:
    """A student's folder; ``names`` are its files, without the checks and the data; ``packages`` it may import."""

    path: Path
    names: Sequence[str]
    helpers: frozenset[str]
    packages: tuple[str, ...]


def ready(assignment: Assignment, folder: Path) -> Ready:
    """Look at what would be handed in.

    Raises:
        SubmissionError: There is no such folder, or it holds what no submission may hold.
    """
    names = _names(folder)
    place = _Folder(folder, names, frozenset(_helpers(assignment, names)), assignment.packages)
    modules: dict[str, str] = {framework: f"{name}.py" for framework, name in assignment.modules.items()}
    sources: dict[str, bytes] = {}
    problems: dict[str, list[str]] = {}
    doubts: list[str] = []
    for framework, file in modules.items():
        unreadable = module_problem(file.removesuffix(".py"), folder, names, folder)
        if unreadable:
            problems[file] = [_told(unreadable, is_there=file in names)]
            continue
        own = {file: (folder / file).read_bytes()} | _imported_helpers(file, place)
        wrong, doubtful = _judged(own, {*modules.values(), *place.helpers}, _FRAMEWORKS[framework], place)
        doubts += [*doubtful, *_doubles(file, names)]
        if wrong:
            problems[file] = wrong
        else:
            sources |= own
    if too_large := list(_too_large(assignment, sources)):
        problems[""] = too_large
    return Ready(sources, problems, list(dict.fromkeys(doubts)))


def _names(folder: Path) -> list[str]:
    """What lies in the folder and could be meant as a module; the checks of the assignment couldn't."""
    if not folder.is_dir():
        raise SubmissionError(f"There is no folder {folder}.")
    found = (entry.path for entry in folder_entries(folder))
    return [name for name in found if not name.startswith(("checks/", "data/"))]


def _helpers(assignment: Assignment, names: Sequence[str]) -> Iterator[str]:
    """Files beside the modules that may be handed in with them: what the assignment itself brings may not."""
    blueprint, _ = blueprint_place(assignment.folder, assignment.blueprint)
    others = {FILE, PYTEST, blueprint.name, *(f"{name}.py" for name in assignment.modules.values())}
    for name in names:
        path = PurePosixPath(name)
        allowed = assignment.helpers is True or (assignment.helpers and path.stem in assignment.helpers)
        is_module = len(path.parts) == 1 and path.suffix == ".py" and path.stem.isidentifier()
        if allowed and is_module and name not in others:
            yield name


def _imported_helpers(file: str, place: _Folder) -> dict[str, bytes]:
    """The helpers that a module imports, directly or not."""
    found: dict[str, bytes] = {}
    waiting = [file]
    while waiting:
        wanted = {f"{name}.py" for name in imported_names((place.path / waiting.pop()).read_bytes())}
        for name in sorted(wanted & place.helpers - found.keys()):
            found[name] = (place.path / name).read_bytes()
            waiting.append(name)
    return found


def _judged(
    sources: Mapping[str, bytes], beside: set[str], own: frozenset[str], place: _Folder
) -> tuple[list[str], list[str]]:
    """What would fail, and what is only doubtful, in a module and its helpers."""
    wrong: list[str] = []
    doubtful: list[str] = []
    for file, source in sources.items():
        if unreadable := source_problem(file, source):
            wrong.append(_told(unreadable, is_there=True))
            continue
        failing, doubts = _problems(file, source, beside, own, place)
        wrong += failing
        doubtful += doubts
    return wrong, doubtful


def _told(finding: Finding, *, is_there: bool) -> str:
    """In one line; where a file is missing, without a list of all others."""
    said = filter(None, [finding.message, finding.found if is_there else "", finding.advice])
    return f"- {' '.join(said)}"


def _doubles(file: str, names: Sequence[str]) -> Iterator[str]:
    """Files that are probably another state of the same module: the newer one may be that which isn't handed in."""
    for name in names:
        if name != file and name.endswith(".py") and stem(name) == stem(file):
            yield f"{shown(name)} lies beside {file} and is not handed in: is {file} the one that counts?"


def _too_large(assignment: Assignment, sources: Mapping[str, bytes]) -> Iterator[str]:
    most = assignment.limits.submission_mb
    if sum(map(len, sources.values())) > most * _MB:
        sizes = ", ".join(f"{file} has {len(source) / _MB:.1f} MB" for file, source in sources.items())
        yield f"- The modules are larger than {most} MB: {sizes}. Take data and trained weights out of them."
    if len(sources) > assignment.limits.submission_files:
        yield f"- {len(sources)} files are more than the {assignment.limits.submission_files} that may be handed in."


def _problems(
    file: str, source: bytes, beside: set[str], own: frozenset[str], place: _Folder
) -> tuple[list[str], list[str]]:
    try:
        tree = ast.parse(source, file)
        compile(tree, file, "exec", dont_inherit=True)  # finds what parsing alone doesn't, such as a stray return
    except SyntaxError as error:
        line = (error.text or "").strip()
        return [
            f"- {file}, line {error.lineno}: {error.msg}{f': {line}' if line else ''}. Python can't read the file."
        ], []
    except (ValueError, RecursionError) as error:
        return [f"- {file}: Python can't read the file: {error}."], []
    wrong, doubtful = import_problems(file, tree, beside, own, _left_behind(place, beside), place.packages)
    return wrong, [*doubtful, *_unwritten(file, tree)]


def _left_behind(place: _Folder, beside: Iterable[str]) -> dict[str, str]:
    """What can be imported at home and isn't handed in, by the name of the import: where it lies."""
    found: dict[str, str] = {}
    for name in place.names:
        top, _, rest = name.partition("/")
        if name.endswith(".py") and name not in beside:
            found.setdefault(top if rest else top.removesuffix(".py"), f"{top}/" if rest else top)
    return found


def _unwritten(file: str, tree: ast.Module) -> Iterator[str]:
    raises = (node for node in ast.walk(tree) if isinstance(node, ast.Raise))
    for node in sorted(raises, key=lambda node: node.lineno):
        if "NotImplementedError" in ast.unparse(node):
            raised = node.exc
            text = raised.args[0] if isinstance(raised, ast.Call) and raised.args else None
            what = f" ({text.value})" if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""
            yield f"{file}, line {node.lineno}: not written yet{what}."
