"""Rules about sizes: the blueprint takes them, makes a model of them, and the texts are long enough for that model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from autograder.assignment.locate import Path
from autograder.assignment.models import Sizes, TextSizes
from autograder.assignment.problems import Problem, did_you_mean
from autograder.errors import AssignmentError

_FROM_DATA = {"vocab_size": 1000, "num_classes": 2}  # the arguments that the data decides, and what to try with
_SIZES: TypeAdapter[Mapping[str, Any]] = TypeAdapter(Sizes)


@dataclass(frozen=True)
class Model:
    """The function that declares the model.

    Attributes:
        make: Takes the sizes by keyword, gives the blueprint.
        has_data: Whether data decides some of the sizes.
    """

    make: Callable[..., Any]
    has_data: bool

    @property
    def arguments(self) -> Mapping[str, inspect.Parameter]:
        """Those that are to be declared, by name."""
        taken = inspect.signature(self.make).parameters
        return {name: argument for name, argument in taken.items() if name not in self.from_data}

    @property
    def from_data(self) -> Mapping[str, int]:
        return _FROM_DATA if self.has_data else {}

    def shortest(self, sizes: Mapping[str, Any]) -> int:
        """Words that the model needs at least; 1 where the function gives something that doesn't say.

        Raises:
            AssignmentError: It can't be made of these sizes.
        """
        try:
            return int(getattr(self.make(**self.from_data, **sizes), "shortest", 1))
        except AssignmentError:
            raise
        except Exception as error:  # whatever the instructor's function raises about them
            raise AssignmentError(f"{type(error).__name__}: {error}") from error


def broken_sizes(model: Model, tables: Mapping[str, Any]) -> list[Problem]:
    """All problems of ``[sizes]`` and of the sizes in ``[settings]``; the tables are sound but for single values."""
    found = list(_names(model, tables["sizes"])) if "sizes" in tables else []
    for source, other in tables.get("settings", {}).items():
        found += _other_names(model, source, other.sizes)
    return found or list(_misfits(model, tables))


def _names(model: Model, sizes: Mapping[str, Any]) -> Iterator[Problem]:
    known = model.arguments
    for name in sizes:
        if name in model.from_data:
            yield Problem(("sizes", name), f"sizes.{name}: comes from the data; remove it")
        elif name not in known:
            yield Problem(("sizes", name), f"sizes: the blueprint takes no {name!r}{did_you_mean(name, known)}")
    for name, argument in known.items():
        if name not in sizes and argument.default is inspect.Parameter.empty:
            yield Problem(("sizes",), f"sizes lacks {name!r}, which the blueprint takes")


def _other_names(model: Model, source: str, sizes: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sizes:
        if name not in model.arguments:
            near = did_you_mean(name, model.arguments)
            yield Problem(("settings", source, "sizes", name), f"{name!r} is no size of the blueprint{near}")


def _misfits(model: Model, tables: Mapping[str, Any]) -> Iterator[Problem]:
    """The declared sizes; where those fit, those of other data as well."""
    try:
        sizes = _SIZES.validate_python(tables.get("sizes", {}))
    except ValidationError:  # told already
        return
    text: TextSizes | None = tables.get("text")
    found = list(_misfit(model, sizes, text, ()))
    yield from found
    for source, other in {} if found else tables.get("settings", {}).items():
        changed = text and text.model_copy(update=other.text.model_dump(exclude_none=True))
        yield from _misfit(model, {**sizes, **other.sizes}, changed, ("settings", source))


def _misfit(model: Model, sizes: Mapping[str, Any], text: TextSizes | None, where: Path) -> Iterator[Problem]:
    try:
        needed = model.shortest(sizes)
    except AssignmentError as error:
        yield Problem((*where, "sizes"), f"sizes: the blueprint can't be made of them: {error}")
        return
    if text is None or needed <= text.length:
        return
    for name in [name for name in sizes if _asks_for(model, sizes, name, needed)] or [""]:
        path = (*where, "sizes", name) if name else (*where, "text", "length")
        place = ".".join(map(str, path))
        needs = f"with {name} = {_shown(sizes[name])} the model needs" if name else "the model needs"
        advice = f"lower {name} or raise text.length" if name else "raise it"
        yield Problem(
            path, f"{place}: {needs} texts of at least {needed} words, but text.length is {text.length}: {advice}"
        )


def _asks_for(model: Model, sizes: Mapping[str, Any], name: str, needed: int) -> bool:
    """Whether it is this size that makes the model need so many words."""
    size = sizes[name]
    least = tuple(range(1, len(size) + 1)) if isinstance(size, tuple) else 1  # small, and no two alike
    try:
        return model.shortest({**sizes, name: least}) < needed
    except AssignmentError:  # it can't be so small
        return False


def _shown(size: Any) -> str:
    return str(list(size)) if isinstance(size, tuple) else str(size)
