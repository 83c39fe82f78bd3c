"""Whether a module that the handout asks for is there and can be read, and what to say where it isn't."""

from __future__ import annotations

import difflib
import re
import tokenize
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path, PurePosixPath

from autograder.errors import Finding
from autograder.intake.names import shown
from autograder.intake.platforms import own_name

NOT_READ = "not-read"  # the misconception of every finding that says why there was nothing to run
_MOST_SHOWN = 8
_AS_UTF8 = (
    "Save the file as UTF-8: in VS Code click the encoding's name at the bottom right, then 'Save with Encoding'; in "
    "Notepad choose 'Save as' and the encoding UTF-8."
)
_DISGUISES = (
    (b"{", b'"nbformat"', "a notebook", "Export it as a Python script: File, Save and Export As, Executable Script."),
    (b"{\\rtf", b"", "a rich-text document", "Save it as plain text from a code editor."),
    (b"<!", b"<html", "a web page", "Download the file itself: on GitHub with the button 'Raw'."),
    (b"PK\x03\x04", b"", "a zip archive or an Office document", "Save it as plain text from a code editor."),
)


def module_problem(name: str, folder: Path, files: Sequence[str], source: Path) -> Finding | None:
    """What is wrong with the module ``name``, or nothing.

    Args:
        name: Without ``.py``.
        folder: The clean copy of the submission.
        files: The relative paths of its files.
        source: What was handed in.
    """
    wanted = f"{name}.py"
    there = wanted in files
    problem = source_problem(wanted, (folder / wanted).read_bytes()) if there else _missing(name, files, source)
    return replace(problem, misconception=NOT_READ) if problem else None


def source_problem(file: str, source: bytes) -> Finding | None:
    """Why Python can't read ``source`` as text, or nothing."""
    if not source.strip():
        advice = "The upload may have broken off, or the editor didn't save. Look at the file and hand it in again."
        return Finding(f"{file} is empty.", advice=advice)
    for start, mark, kind, advice in _DISGUISES:
        if source.lstrip().startswith(start) and mark in source[:200_000].lower():
            return Finding(f"{file} is not Python source.", found=f"It is {kind}.", advice=advice)
    return _encoding_problem(file, source)


def _encoding_problem(file: str, source: bytes) -> Finding | None:
    message = f"{file} can't be read as text."
    if source.startswith((b"\xff\xfe", b"\xfe\xff")) or source.count(b"\0") > len(source) // 4:
        return Finding(message, "UTF-8", "The file is encoded as UTF-16.", _AS_UTF8)
    if b"\0" in source:
        line = source.count(b"\n", 0, source.index(b"\0")) + 1
        return Finding(
            message, "UTF-8 text", f"A zero byte in line {line}.", "Remove what stands there, and save again."
        )
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(source).readline)
    except SyntaxError as error:
        if "unknown encoding" in str(error.msg):  # of the line `# -*- coding: ... -*-`
            return Finding(message, "UTF-8", shown(str(error.msg)), _AS_UTF8)
        encoding = "utf-8"  # the first two lines are neither UTF-8 nor declare what they are
    try:
        if encoding.startswith("utf-8"):  # another one, that the file itself declares, is left to Python
            source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return Finding(
            message, "UTF-8", f"A byte in line {line} is not UTF-8 (an umlaut, an accent, a quote?).", _AS_UTF8
        )
    return None


def _missing(name: str, files: Sequence[str], source: Path) -> Finding:
    wanted = f"{name}.py"
    message, expected = f"{wanted} is missing.", f"A file {wanted} at the top of what you hand in."
    if any(file.startswith(f"{wanted}/") for file in files):
        return Finding(
            message, expected, f"A folder of that name: {wanted}/", "Put the file itself in the folder's place."
        )
    if (source / wanted).is_symlink():
        return Finding(message, expected, f"{wanted} is a link.", "Put the file itself there; links are not followed.")
    if len(there := _all_named(wanted, files)) > 1:
        advice = f"Hand in the one that counts, and leave the others out: {wanted} at the top, and in no other folder."
        return Finding(f"{wanted} is there more than once.", expected, _found(there), advice)
    return Finding(message, expected, _found(files), _advice(name, _nearest(name, files)))


def _all_named(wanted: str, files: Sequence[str]) -> list[str]:
    """The files that have a module's name, in whatever folder, or that a platform made out of it; likely ones first."""
    exact = [file for file in files if PurePosixPath(file).name == wanted]
    return exact or [file for file in files if own_name(PurePosixPath(file).name) == wanted]


def meant(name: str, files: Sequence[str]) -> list[str]:
    """The files that a module which isn't there may be, under another name or in another folder."""
    near = _nearest(name, [file for file in files if file.endswith(".py")])
    return _all_named(f"{name}.py", files)[:_MOST_SHOWN] or [near] * bool(near)


def _found(files: Sequence[str]) -> str:
    listed = ", ".join(shown(file) for file in files[:_MOST_SHOWN])
    more = f" and {len(files) - _MOST_SHOWN} more" if len(files) > _MOST_SHOWN else ""
    return f"{listed}{more}."


def _nearest(name: str, files: Sequence[str]) -> str:
    """The file that is most likely meant, or nothing."""
    by_stem: dict[str, str] = {}
    for file in sorted(files, key=lambda file: (file.count("/"), not file.endswith(".py"))):
        by_stem.setdefault(stem(file), file)
    near = difflib.get_close_matches(stem(f"{name}.py"), by_stem, n=1, cutoff=0.87)
    return by_stem[near[0]] if near else ""


def stem(file: str) -> str:
    """``keras_text_cnn`` for ``src/Keras-Text-CNN (1).py`` and the like."""
    stem = PurePosixPath(file).name.casefold()
    stem = re.sub(r"(\.(py|ipynb|txt|pyc|zip))+$", "", stem)
    stem = re.sub(r"[\s_-]*(\(\d+\)|copy( \d+)?|kopie|final|v?\d+)$", "", stem)
    return re.sub(r"[\s-]+", "_", stem)


def _advice(name: str, near: str) -> str:
    wanted, path = f"{name}.py", PurePosixPath(near)
    if not near:
        return "Hand in both modules, in a zip or a folder."
    if path.suffix == ".ipynb":
        return f"Did you mean {shown(near)}? Notebooks aren't graded: export it as a Python script named {wanted}."
    if path.suffix == ".zip":
        return f"Did you mean what is in {shown(near)}? Unpack it: a zip within the submission isn't opened."
    if path.name == wanted:
        return f"Did you mean {shown(near)}? Move it to the top: it must not lie in a folder."
    return f"Did you mean {shown(near)}? Rename it to {wanted}: the name has to be exactly this."
