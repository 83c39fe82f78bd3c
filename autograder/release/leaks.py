"""Whether anything secret is in what students get: looked for in the built archive itself, file by file.

Each number below was measured on the three assignments of this project, whose student archives hold no secret.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from statistics import median_low

from autograder.release.bundles import Bundle
from autograder.release.likeness import Shingle, Squeezed, bare, contained, shingles
from autograder.release.markers import BEGIN, END
from autograder.release.secrets import DATA, OVERLAYS, SEED, Secrets

_SHORTEST = 20  # characters of a telling line: handouts rightly show lines of up to 16, such as `model.to(device)`
_FEWEST = 20  # shingles of a telling function; of shorter ones, every handout has some by chance
_ALIKE = 0.4  # share of a function's shingles in one file: 0.15 is the most that one of these files has by chance
_HALF = 0.5  # of hidden data's lines; some texts of a data set may well occur twice
_LARGEST = 2_000_000  # bytes of a file whose code is compared; larger ones are data, in which lines are looked for

_PRIVATE = frozenset({"solutions", SEED, DATA, *OVERLAYS})
_CLOSED = frozenset({".zip", ".whl", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".pyc", ".pkl", ".npz"})


@dataclass(frozen=True)
class Leak:
    """Something secret in what students get. ``line`` counts from 1; 0 for the whole file."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}" if self.line else f"{self.path}: {self.what}"


def find_leaks(archive: bytes, secrets: Secrets, public: Bundle | None = None) -> list[Leak]:
    """All leaks of a zip, at most one of a kind in each file.

    Args:
        archive: The zip that students get.
        secrets: What they must not.
        public: The framework's own files, which name known mistakes and compute what models do: not looked through
            where they are in the zip byte for byte.
    """
    look = Watch(secrets)
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        held = {name: zipped.read(name) for name in sorted(zipped.namelist())}
    known = {path: file.data for path, file in (public or {}).items()}
    return [leak for path, data in held.items() if known.get(path) != data for leak in look.leaks(path, data)]


class Watch:
    """The secrets, made ready to be looked for."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._lines = _telling_lines(secrets)
        self._pieces = _telling_pieces(secrets)
        names = "|".join(re.escape(name) for name in sorted(secrets.names, key=len, reverse=True) if "-" in name)
        # Names of one word, such as `bidirectional`, are words of the handout, too.
        self._names = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])" if names else r"(?!)")

    def leaks(self, path: str, data: bytes) -> Iterator[Leak]:
        """What is secret in one file."""
        text = data.decode("utf-8", "replace")
        kinds: tuple[Callable[[str, str], Iterator[Leak]], ...] = (
            self._private, self._marked, self._copied, self._named, self._seeded,
        )  # fmt: skip
        for kind in kinds:
            yield from kind(path, text)
        if len(data) <= _LARGEST:
            yield from self._alike(path, text)
        yield from self._hidden(path, data)

    def _private(self, path: str, _: str) -> Iterator[Leak]:
        parts = PurePosixPath(path).parts
        if found := _PRIVATE.intersection(parts):
            yield Leak(path, 0, f"{min(found)} is for instructors alone")
        if PurePosixPath(path).suffix.lower() in _CLOSED:
            yield Leak(path, 0, "what is in such a file can't be looked through; hand out the files themselves")

    def _marked(self, path: str, text: str) -> Iterator[Leak]:
        for marker in (BEGIN, END):
            if marker in text:
                yield Leak(path, _line(text, text.index(marker)), f"a solution's marker, {marker!r}")
                return

    def _copied(self, path: str, text: str) -> Iterator[Leak]:
        squeezed = Squeezed(text)
        for code, (line, place) in self._lines.items():
            found = squeezed.line_of(code)
            if found is not None:
                yield Leak(path, found, f"a line of {place}: {line.strip()}")
                return

    def _named(self, path: str, text: str) -> Iterator[Leak]:
        for match in self._names.finditer(text):
            yield Leak(path, _line(text, match.start()), f"the name of a known mistake or variant, {match[0]!r}")
            return

    def _seeded(self, path: str, text: str) -> Iterator[Leak]:
        for place, seed in self._secrets.seeds.items():
            match = re.search(rf"(?<!\d){seed}(?!\d)", text.replace("_", ""))
            if match:
                yield Leak(path, _line(text.replace("_", ""), match.start()), f"the seed of hidden data, from {place}")

    def _alike(self, path: str, text: str) -> Iterator[Leak]:
        seen = shingles(text)
        for place, secret in self._pieces.items():
            share = contained(secret, seen)
            if share >= _ALIKE:
                middle = median_low(seen[shingle] for shingle in secret if shingle in seen)
                yield Leak(path, middle, f"{share:.0%} of the code of {place}, under whatever names")
                return

    def _hidden(self, path: str, data: bytes) -> Iterator[Leak]:
        lines = {line.strip() for line in data.splitlines()}
        for place, hidden in self._secrets.data.items():
            share = len(hidden & lines) / len(hidden) if hidden else 0.0
            if share >= _HALF:
                yield Leak(path, 0, f"{share:.0%} of the hidden data of {place}")


def _telling_lines(secrets: Secrets) -> Mapping[str, tuple[str, str]]:
    """Secret lines that give something away: the line and where it stands, by its bare form."""
    shared = {bare(line) for line in secrets.shared}
    found: dict[str, tuple[str, str]] = {}
    for piece in secrets.pieces:
        for line in piece.text.split("\n"):
            code = bare(line)
            # What is imported, and how classes are made known, is for everybody.
            if len(code) >= _SHORTEST and code not in shared and not line.strip().startswith(("@", "import ", "from ")):
                found.setdefault(code, (line, piece.place))
    return found


def _telling_pieces(secrets: Secrets) -> Mapping[str, set[Shingle]]:
    """Shingles of each secret function, without those that stubs have as well, by its place."""
    shared = set(shingles("\n".join(secrets.shared)))
    found = {piece.place: set(shingles(piece.text)) - shared for piece in secrets.pieces}
    return {place: its for place, its in found.items() if len(its) >= _FEWEST}


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
