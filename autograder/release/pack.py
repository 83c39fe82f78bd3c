"""The zip that a student hands in: the modules and nothing else, tried before anybody uploads it."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.assignment import Assignment
from autograder.errors import AssignmentError, Finding, SubmissionError
from autograder.intake import open_submission
from autograder.intake.folders import folder_entries
from autograder.intake.modules import module_problem, stem
from autograder.intake.names import shown
from autograder.release.bundles import File, zipped
from autograder.release.imports import import_problems

_MB = 1_000_000
_FRAMEWORKS = {"keras": frozenset({"keras", "tensorflow"}), "torch": frozenset({"torch"})}


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


def pack(assignment: Assignment, folder: Path, out: Path) -> Packed:
    """Make the zip from a student's folder.

    Args:
        assignment: What is handed in to.
        folder: Holds the modules, usually the assignment's own folder.
        out: The zip to write; an earlier one is replaced.

    Raises:
        SubmissionError: A module is missing, can't be read, doesn't compile, is too large, or imports what isn't there
            where it is graded; with everything that was found, and what to do. Nothing is written then.
        AssignmentError: The zip can't be written.
    """
    modules: dict[str, str] = {framework: f"{name}.py" for framework, name in assignment.modules.items()}
    names = _names(folder)
    problems: list[str] = []
    warnings: list[str] = []
    sources: dict[str, bytes] = {}
    for framework, file in modules.items():
        if unreadable := module_problem(file.removesuffix(".py"), folder, names, folder):
            problems.append(_told(unreadable, is_there=file in names))
            continue
        sources[file] = (folder / file).read_bytes()
        wrong, doubtful = _problems(
            file, sources[file], set(modules.values()), _FRAMEWORKS[framework], assignment.packages
        )
        problems += wrong
        warnings += [*doubtful, *_doubles(file, names)]
    problems += _too_large(assignment, sources)
    if problems:
        raise SubmissionError(Finding("\n".join(["Not packed, since this would fail:", *problems])))
    _write(zipped({file: File(source) for file, source in sources.items()}), out, assignment)
    return Packed(out, {file: len(source) for file, source in sources.items()}, tuple(warnings))


def _names(folder: Path) -> list[str]:
    """What lies in the folder and could be meant as a module; the checks of the assignment couldn't."""
    if not folder.is_dir():
        raise SubmissionError(f"There is no folder {folder}.")
    found = (entry.path for entry in folder_entries(folder))
    return [name for name in found if not name.startswith(("checks/", "data/"))]


def _told(finding: Finding, *, is_there: bool) -> str:
    """In one line; where a file is missing, without a list of all others."""
    said = filter(None, [finding.message, finding.found if is_there else "", finding.advice])
    return f"- {' '.join(said)}"


def _doubles(file: str, names: list[str]) -> Iterator[str]:
    """Files that are probably another state of the same module: the newer one may be that which isn't handed in."""
    for name in names:
        if name != file and name.endswith(".py") and stem(name) == stem(file):
            yield f"{shown(name)} lies beside {file} and is not handed in: is {file} the one that counts?"


def _too_large(assignment: Assignment, sources: Mapping[str, bytes]) -> Iterator[str]:
    most = assignment.limits.submission_mb
    if sum(map(len, sources.values())) > most * _MB:
        sizes = ", ".join(f"{file} has {len(source) / _MB:.1f} MB" for file, source in sources.items())
        yield f"- The modules are larger than {most} MB: {sizes}. Take data and trained weights out of them."


def _problems(
    file: str, source: bytes, beside: set[str], own: frozenset[str], packages: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """What would fail, and what is only doubtful, in one module."""
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
    wrong, doubtful = import_problems(file, tree, beside, own, packages)
    return wrong, [*doubtful, *_unwritten(file, tree)]


def _unwritten(file: str, tree: ast.Module) -> Iterator[str]:
    raises = (node for node in ast.walk(tree) if isinstance(node, ast.Raise))
    for node in sorted(raises, key=lambda node: node.lineno):
        if "NotImplementedError" in ast.unparse(node):
            raised = node.exc
            text = raised.args[0] if isinstance(raised, ast.Call) and raised.args else None
            what = f" ({text.value})" if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""
            yield f"{file}, line {node.lineno}: not written yet{what}."


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
