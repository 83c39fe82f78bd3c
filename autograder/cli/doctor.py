"""``autograder doctor``: whether this machine can grade, and how well it keeps submissions in their place."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from autograder.assignment import find_all, load
from autograder.blueprint import Framework
from autograder.cli.console import Terminal
from autograder.errors import AssignmentError, InternalError
from autograder.grading.reference import find_solution
from autograder.grading.session import Grader
from autograder.report import SandboxLayer, in_all
from autograder.reporters.text import line, to_ascii
from autograder.sandbox import accelerators, linux, system_calls
from autograder.sandbox.host import MEANING, Host, Kind, remedy, this_host
from autograder.sandbox.probe import HIDDEN_DATA, MEMORY

SCHEMA: Final = "autograder-doctor/1"


@dataclass(frozen=True)
class Workers:
    """The workers of one framework here.

    Attributes:
        layers: What holds in one of them; empty where none starts.
        why: Why none does.
        versions: Of what its results depend on.
    """

    framework: Framework
    layers: tuple[SandboxLayer, ...] = ()
    why: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    """All that was found.

    Attributes:
        host: What kind of machine this is.
        workers: One for each framework.
        libraries: What else there is, by name, in words.
        tried: Files and folders of the course that a worker tried to read.
    """

    host: Host
    workers: tuple[Workers, ...]
    libraries: Mapping[str, str]
    tried: tuple[str, ...] = ()

    @property
    def layers(self) -> tuple[SandboxLayer, ...]:
        """Those of all workers together: one is on only if it is on everywhere."""
        return in_all(layer for workers in self.workers for layer in workers.layers)

    @property
    def problems(self) -> list[str]:
        """What keeps this machine from grading with hidden data."""
        dead = [f"{w.framework.label}'s workers don't start: {w.why}" for w in self.workers if w.why]
        if any(layer.name == HIDDEN_DATA and not layer.on for layer in self.layers):
            dead.append(
                "A submission's code could read hidden data here: `autograder grade` refuses, unless --unprotected "
                "says that the submission is trusted. `autograder check` goes on: a student's machine hides nothing."
            )
        return dead


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for scripts.")] = False,
) -> None:
    """Say whether this machine can grade, and which layers keep a submission's code in its place here.

    A worker of each framework is started and confined as in a grading. It then tries what it must not be able to do:
    to read hidden data (in a course's folder, the solutions that lie there), to reach the grader, to use the network.
    A layer is on only where the attempt was denied. For what is off, the table says why, and what to do about it.

    SECURITY.md says what each layer is for, and which of them to expect on which machine.
    """
    with Grader() as grader:
        found = diagnose(grader, Path.cwd())
    console = Terminal()
    if as_json:
        typer.echo(json.dumps(_told(found), indent=1))
    else:
        _show(found, console)
    raise typer.Exit(1 if found.problems else 0)


def diagnose(grader: Grader, folder: Path) -> Diagnosis:
    """Start workers, and ask them; ``folder`` is where a course's secrets are looked for."""
    secrets = _secrets(folder)
    workers = tuple(_ask(grader, framework, secrets) for framework in Framework)
    return Diagnosis(this_host(), workers, _libraries(), tuple(map(str, secrets)))


def _ask(grader: Grader, framework: Framework, secrets: Sequence[Path]) -> Workers:
    try:
        layers = grader.walls(framework, secrets)
    except InternalError as error:
        return Workers(framework, why=line(str(error)))
    return Workers(framework, layers, versions=dict(grader.versions_of(framework)))


def _secrets(folder: Path) -> list[Path]:
    """Solutions of the course that this folder belongs to; none on a student's machine."""
    try:
        solutions = [find_solution(load(found, files=False)) for found in find_all(start=folder)]
    except AssignmentError:  # which is another command's business
        return []
    return sorted({solution.parent.resolve() for solution in solutions if solution is not None})


def _libraries() -> dict[str, str]:
    free = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    found = {"Python": platform.python_version(), "temporary folder": f"{tempfile.gettempdir()}, {free:.1f} GB free"}
    if platform.system() == "Linux":
        abi = linux.landlock_abi()
        found["Landlock"] = f"version {abi}" if abi else "missing"
        found["libseccomp"] = system_calls.library()
        found[MEMORY] = "there" if Path(MEMORY).is_dir() else "missing: loaders with workers of their own need it"
    may_have = accelerators.may_have_gpu()
    found["GPU"] = "perhaps; `autograder devices` asks it" if may_have else "none; device checks run on a simulated one"
    return found


def _told(found: Diagnosis) -> dict[str, Any]:
    layers = [
        {**asdict(layer), "do": "" if layer.on else remedy(layer.name, found.host.kind)} for layer in found.layers
    ]
    return {
        "schema": SCHEMA,
        "ready": not found.problems,
        "problems": found.problems,
        "host": {"kind": found.host.kind.value, "system": found.host.system},
        "layers": layers,
        "workers": {
            w.framework.value: {"starts": not w.why, "why": w.why, "versions": w.versions} for w in found.workers
        },
        "libraries": dict(found.libraries),
        "tried": list(found.tried),
    }


def _show(found: Diagnosis, console: Terminal) -> None:
    def plain(text: str) -> str:
        return to_ascii(text) if console.options.ascii_only else text

    console.say(f"This is {_named(found.host.kind)} ({found.host.system}).")
    table = Table(title="What keeps a submission's code in its place", title_justify="left")
    for column in ("layer", "", "what it is for; where it is off, why, and what to do"):
        table.add_column(column, overflow="fold")
    for layer in found.layers:
        lacking = (
            [] if layer.on else [f"Why: {line(layer.why)}" if layer.why else "", remedy(layer.name, found.host.kind)]
        )
        told = "\n".join(filter(None, [MEANING.get(layer.name, ""), *lacking]))
        table.add_row(layer.name, "on" if layer.on else "OFF", plain(told), style="" if layer.on else "yellow")
    console.print(table)
    for workers in found.workers:
        versions = ", ".join(f"{name} {number}" for name, number in workers.versions.items())
        console.say(plain(f"{workers.framework.label}: {workers.why or f'workers start ({versions})'}"))
    for name, what in found.libraries.items():
        console.say(plain(f"{name}: {what}"))
    for path in found.tried:
        console.say(f"Tried to read, as a submission might: {path}")
    if not found.tried:
        console.say("Tried to read no solutions: none belong to the folder that this was called in.")
    for problem in found.problems:
        console.say(plain(problem), style="red")
    if not found.problems:
        console.say("Ready to grade.", style="green")


def _named(kind: Kind) -> str:
    return kind.value if kind in (Kind.MACOS, Kind.OTHER) else {Kind.USER: "an "}.get(kind, "") + kind.value
