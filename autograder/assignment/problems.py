"""What is wrong with a declaration, in words, and at which key."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from autograder.assignment.locate import Path


@dataclass(frozen=True)
class Problem:
    """One mistake. ``path`` leads to the key (or to the table where a key is missing)."""

    path: Path
    message: str


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'epochs'?``, or the known words where none comes close."""
    known = list(known)
    by_folded = {k.casefold(): k for k in known}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {by_folded[near[0]]!r}?"
    return f"; known are {', '.join(known)}" if known else ""


def explain(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Pydantic's findings about a ``model``, in the words of someone who writes TOML."""
    return [_explain(details, model) for details in error.errors(include_url=False)]


def _explain(details: ErrorDetails, model: type[BaseModel]) -> Problem:
    path = tuple(part for part in details["loc"] if part != "[key]")
    key = path[-1] if path else ""
    match details["type"]:
        case "extra_forbidden":
            return Problem(path, f"unknown key {key!r}{did_you_mean(str(key), _known_keys(model, path[:-1]))}")
        case "missing":
            return Problem(path[:-1], f"{_place(path[:-1])} lacks {key!r}")
        case "literal_error" | "enum":
            found, known = str(details["input"]), re.findall(r"'([^']*)'", details["ctx"]["expected"])
            return Problem(path, f"{_place(path)}: unknown {found!r}{did_you_mean(found, known)}")
        case "string_too_short":
            return Problem(path, f"{_place(path)}: must not be empty")
        case "value_error":
            return Problem(path, f"{_place(path)}: {details['ctx']['error']}")
        case _:
            reason = _REASONS.get(details["type"], details["msg"][:1].lower() + details["msg"][1:])
            reason = reason.format(**details.get("ctx", {}))
            kind = details["type"].endswith("_type")  # else it is of the right kind, which needn't be said
            return Problem(path, f"{_place(path)}: {reason}, not {_shown(details['input'], kind=kind)}")


_REASONS = {
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "tuple_type": "must be a list",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "finite_number": "must be a finite number",
    "string_pattern_mismatch": "must be 64 hexadecimal digits in lower case",
}


def _shown(value: object, *, kind: bool) -> str:
    kinds = {str: "text", dict: "table", list: "list", bool: "true/false", float: "number", int: "number"}
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    text = text if len(text) <= 40 else text[:37] + "..."
    return f"{text} ({kinds.get(type(value), type(value).__name__)})" if kind else text


def _place(path: Path) -> str:
    """``tasks (entry 2).points`` for ``("tasks", 1, "points")``: people count from one."""
    words = ""
    for part in path:
        words += f" (entry {part + 1})" if isinstance(part, int) else f"{'.' if words else ''}{part}"
    return words or "the file"


def _known_keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the table at ``path`` of ``model`` may have."""
    annotation: object = model
    for part in path:
        if _is_model(annotation) and part in annotation.model_fields:
            annotation = _table_in(annotation.model_fields[str(part)].annotation)
    return list(annotation.model_fields) if _is_model(annotation) else []


def _table_in(annotation: object) -> object:
    """The model within ``Model | None``, ``tuple[Model, ...]`` or ``dict[str, Model]``, through all layers."""
    while not _is_model(annotation):
        inner = [a for a in typing.get_args(annotation) if typing.get_args(a) or _is_model(a)]
        if not inner:
            return annotation
        annotation = inner[-1]
    return annotation


def _is_model(annotation: object) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
