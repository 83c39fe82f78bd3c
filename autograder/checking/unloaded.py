"""Why a saved model didn't come back. What the framework said is quoted; a cause is named only where it is proved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from autograder.checking.grading import Grading
from autograder.checking.models import build, drawn_sizes
from autograder.errors import Finding, SubmissionError
from autograder.student.handle import Module
from autograder.student.model import Inputs, Model

OTHER_DRAW: Final = 2  # of the drawn sizes: others than those of the model that didn't come back
# How the frameworks say that the saved array has another shape than the model's own.
_MISMATCHES: Final = (
    re.compile(r"with shape torch\.Size\(\[(?P<saved>[\d, ]*)\]\) from checkpoint, the shape in current model is "
               r"torch\.Size\(\[(?P<built>[\d, ]*)\]\)"),
    re.compile(r"variable\.shape=\((?P<built>[\d, ]*)\), Received: value\.shape=\((?P<saved>[\d, ]*)\)"),
)  # fmt: skip
Shape = tuple[int, ...]


def not_loaded(
    grading: Grading, finding: Finding, other: Module, folder: Path, model: Model, example: Inputs
) -> Finding:
    """What to say of a `load` that fails in a new process.

    Args:
        grading: The grading.
        finding: What is said of its error.
        other: The new process, to which the saved folder has moved.
        folder: Where it was saved.
        model: What was saved.
        example: An input of one example.
    """
    if _loads_at_home(other, folder, model, example):
        return Finding(
            "load works only in the process that saved the model: in a new one it fails.",
            expected="a model, made from nothing but the folder",
            found=finding.message,
            advice="Don't keep the model, or anything that load needs, in a variable of the module: write it into the "
            "folder.",
            misconception="model-kept-in-global",
            details=finding.details,
        )
    built = _built_instead(finding, model)
    if built is not None and built == _built_at_other_sizes(grading, model, example):
        return other_sizes(_quoted(finding), model)
    return finding


def other_sizes(found: str, model: Model) -> Finding:
    """Of a model that comes back in the same other shapes, whatever was saved."""
    return Finding(
        "load builds a model of other sizes than the saved one.",
        expected=", ".join(str(list(p.shape)) for p in model.parameters),
        found=found,
        advice="Save the sizes with the weights, and build with them.",
        misconception="sizes-hard-coded",
    )


def _quoted(finding: Finding) -> str:
    return f"{finding.message}\n{finding.details}".strip()[:500]


def _loads_at_home(other: Module, folder: Path, model: Model, example: Inputs) -> bool:
    """Whether it can be loaded in the process that saved it, from the very place."""
    try:
        model.module.load(other.loaded_folder, model.sizes, into=folder, example=example)
    except SubmissionError:
        return False
    return True


def _built_instead(finding: Finding, model: Model) -> Shape | None:
    """The shape that `load` made an array of, where the saved one is as the saved model had it; None if it isn't so."""
    said = f"{finding.message}\n{finding.details}"
    found = next((match for pattern in _MISMATCHES if (match := pattern.search(said))), None)
    if found is None or _shape(found["saved"]) not in [p.shape for p in model.parameters]:
        return None
    return _shape(found["built"])


def _built_at_other_sizes(grading: Grading, model: Model, example: Inputs) -> Shape | None:
    """The same of a model of other sizes, which is saved and loaded as well: None if that works, or fails otherwise."""
    sizes = drawn_sizes(grading, OTHER_DRAW)
    another = build(grading, model.framework, {**sizes, "vocab_size": model.sizes["vocab_size"] + 1})
    process = model.module.another()
    try:
        process.load(another.save(), another.sizes, example=example)
    except SubmissionError as error:
        return _built_instead(error.finding, another)
    finally:
        process.end()
    return None


def _shape(text: str) -> Shape:
    return tuple(int(size) for size in text.replace(" ", "").split(",") if size)
