"""Models that an assignment can begin with: their templates lie in ``solutions/models``, since they are solutions.

A model's folder holds its declaration (``blueprint.py``), its part of both master sources (``keras.py``, ``torch.py``,
from ``### BEGIN PART`` on), its chapter of the handout (``chapter.md``) and what is said of it elsewhere
(``model.toml``). What all of them have in common lies in ``common/``, where ``@TITLE@`` and the like stand for it.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autograder.assignment.problems import did_you_mean
from autograder.errors import AssignmentError
from autograder.release.masters import BEGIN_PART, read

MODELS, COMMON = "models", "common"
# Those of this project's own course, for the help, which has no course to look into.
GALLERY: Final = (
    *("average_cnn", "bag_of_embeddings", "bidirectional_gru_max", "bidirectional_lstm"),
    *("cnn_lstm", "cnn_lstm_over_words", "gru", "layer_norm_lstm", "stacked_lstm"),
)
UNMEASURED: Final = "not measured yet: these are bounds of another model; `autograder calibrate` measures"
CONFTEST: Final = "conftest.py"
_RULES = "<!-- task 2 -->"  # parts the idea from what task 2 asks for, in a model's chapter
_SLOT = re.compile(r"@([A-Z]+)@")
_EQUATIONS = re.compile(r"```text\n(.*?)\n```", re.DOTALL)
_ARGUMENTS = re.compile(r"\ndef build_model\((.*?)\) ->", re.DOTALL)


@dataclass(frozen=True)
class Template:
    """One model. ``said`` is its model.toml; the folder's name is that of the function in ``blueprint.py``."""

    folder: Path
    said: Mapping[str, str | Mapping[str, float]]

    @property
    def name(self) -> str:
        return self.folder.name


def known_models(solutions: Path) -> dict[str, str]:
    """What each model that can be begun with is, in a few words, by its name."""
    return {file.parent.name: str(_said(file)["what"]) for file in sorted((solutions / MODELS).glob("*/model.toml"))}


def find_model(solutions: Path, name: str) -> Template:
    """The templates of a model.

    Raises:
        AssignmentError: There is none of this name; with those that there are.
    """
    known = known_models(solutions)
    if name not in known:
        listed = "".join(f"\n  {model:22} {what}" for model, what in known.items())
        raise AssignmentError(f"no model {name!r}{did_you_mean(name, known)}\nModels are:{listed}")
    folder = solutions / MODELS / name
    return Template(folder, _said(folder / "model.toml"))


def files_of(model: Template, title: str) -> tuple[dict[str, str], dict[str, str]]:
    """The assignment's files and its solution's, by path; where they name it, they say text-model.

    Args:
        model: What it is about.
        title: Of the assignment; the model's own where it is empty.

    Raises:
        AssignmentError: A template is missing.
    """
    common = model.folder.parent / COMMON
    slots = _slots(model, title)
    texts = {path.name: _filled(read(path), slots) for path in sorted(common.iterdir()) if path.is_file()}
    assignment = {
        "assignment.toml": texts["assignment.toml"],
        "README.md": texts["README.md"],
        "blueprint.py": read(model.folder / "blueprint.py"),
        CONFTEST: texts["conftest.py"],
        "checks/test_text_model.py": texts["checks.py"],
    }
    solution = {
        "README.md": texts["solution.md"],
        **{f"{framework}_text_model.py": texts[f"{framework}.py.in"] for framework in ("keras", "torch")},
        "mutants/mutants.toml": texts["mutants.toml"],
        "variants/variants.toml": texts["variants.toml"],
    }
    for framework in ("keras", "torch"):
        master = solution[f"{framework}_text_model.py"]
        part = read(model.folder / f"{framework}.py").partition(f"\n{BEGIN_PART}\n")
        more = "".join(f"{line}\n" for line in part[0].split("\n") if line.startswith("from torch.nn.utils"))
        solution[f"{framework}_text_model.py"] = _filled(master, {"IMPORTS": more, "MODEL": part[2].strip("\n")})
    return assignment, solution


def _slots(model: Template, title: str) -> dict[str, str]:
    idea, _, rules = read(model.folder / "chapter.md").partition(_RULES)
    equations = _EQUATIONS.search(idea)
    arguments = _ARGUMENTS.search(read(model.folder / "keras.py"))
    sizes = model.said["sizes"]
    if equations is None or arguments is None or not isinstance(sizes, Mapping):
        raise AssignmentError(f"{model.folder}: its chapter shows no equations, or there is no build_model or [sizes]")
    return {
        "TITLE": title or str(model.said["title"]),
        "WHAT": str(model.said["what"]),
        "FUNCTION": model.name,
        "IDEA": idea.strip(),
        "RULES": rules.strip(),
        "EQUATIONS": textwrap.indent(equations[1], "    "),
        "ARGUMENTS": ", ".join(re.findall(r"\*|\w+(?=:)", arguments[1])),
        "SIZES": "\n".join(f"{size} = {value}" for size, value in sizes.items()),
        "UNMEASURED": UNMEASURED,
    }


def _filled(text: str, slots: Mapping[str, str]) -> str:
    """The text with what belongs into its slots; slots of a later step stay."""
    return _SLOT.sub(lambda found: slots.get(found[1], found[0]), text)


def _said(file: Path) -> dict[str, str | Mapping[str, float]]:
    try:
        return tomllib.loads(read(file))
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(f"{file}: not TOML: {error}") from error
