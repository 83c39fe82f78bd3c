"""What an attack is, and how one is declared: a function whose source becomes part of a hostile submission.

The function never runs in the judge's process. It uses nothing but its own lines and the names of kit.py.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

# The function of the student's module that an attack precedes; "import" has none.
STRIKES = {"import": "", "text": "build_vocabulary", "build": "build_model", "fit": "fit", "predict": "predict",
           "save": "save", "load": "load", "archive": ""}  # fmt: skip
# The checks that are enough to get there.
REACHED_BY = {"import": ("2.1",), "text": ("1.1",), "build": ("2.1", "2.2"), "fit": ("3.4", "3.5"),
              "predict": ("2.5",), "save": ("5.1", "5.2"), "load": ("5.1", "5.2"), "archive": ("2.1",)}  # fmt: skip


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes:
        name: Its function's, with hyphens.
        when: The phase in which it strikes.
        goal: What it goes for; the first line of its function's docstring.
        layers: What stands in its way: with all of these taken away it gets through. Empty for what no layer stops
            but the way in which grading works.
        code: What is put behind the solution's text.
        framework: ``torch`` or ``keras``.
        only: Numbers of the checks that are graded.
        cheats: Numbers of checks that must not pass: the points that it is after.
        flagged: Whether it can only be deliberate, so that the staff have to be told.
        files: Further files of the submission, by path.
        limits: Limits of the assignment that differ.
        archive: Makes the file that is handed in, in a folder; for attacks in the archive itself.
        promised: To whom it is promised that it is held, as SECURITY.md says: ``everybody``, or ``root`` alone.
    """

    name: str
    when: str
    goal: str
    layers: tuple[str, ...] = ()
    code: str = ""
    framework: str = "torch"
    only: tuple[str, ...] = ()
    cheats: tuple[str, ...] = ()
    flagged: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    archive: Callable[..., Any] | None = None
    promised: str = "everybody"

    @property
    def checks(self) -> tuple[str, ...]:
        return self.only or REACHED_BY[self.when]


def attack(when: str, *layers: str, unguarded: bool = False, **more: Any) -> Callable[[Any], Any]:
    """Declare a function to be an attack. It is returned unchanged.

    A function without parameters runs once, before the student's function of that phase. One with the parameter
    ``honest`` runs at import: it gets the honest functions, and returns those that take their places. An ``archive`` is
    made by the function itself, here and not in the worker: it gets a folder and the honest files, and returns a path.

    Args:
        when: See :data:`STRIKES`.
        layers: See :class:`Attack`.
        unguarded: What it raises is not caught.
        more: Fields of :class:`Attack`.
    """
    if when not in STRIKES:
        raise ValueError(f"{when!r} is none of {', '.join(STRIKES)}")

    def declare(function: Any) -> Any:
        function.__attack__ = _declared(function, when, layers, unguarded, more)
        return function

    return declare


def attacks_of(module: ModuleType) -> list[Attack]:
    """The attacks that a module declares, in its order."""
    return [thing.__attack__ for thing in vars(module).values() if hasattr(thing, "__attack__")]


def _declared(function: Any, when: str, layers: tuple[str, ...], unguarded: bool, more: Mapping[str, Any]) -> Attack:
    name, goal = function.__name__.replace("_", "-"), inspect.getdoc(function).splitlines()[0]
    if when == "archive":
        return Attack(name, when, goal, layers, archive=function, **more)
    return Attack(name, when, goal, layers, code=_code(function, when, unguarded), **more)


def _code(function: Any, when: str, unguarded: bool) -> str:
    source = textwrap.dedent(inspect.getsource(function))
    source, name = source[source.index("def ") :], function.__name__
    if inspect.signature(function).parameters:
        return f"{source}\n\nglobals().update({name}(SimpleNamespace(**globals())))\n"
    if when == "import":
        return f"{source}\n\n{name}()\n" if unguarded else f"{source}\n\nattempt({name})\n"
    return f"{source}\n\n{STRIKES[when]} = before({STRIKES[when]}, {name}, guarded={not unguarded})\n"
