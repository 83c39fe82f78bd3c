"""Where in a TOML text a key stands: tomllib reads values and forgets their lines.

The locator walks text that tomllib has accepted already, so it knows only as much TOML as it takes to find keys:
headers, dotted and quoted keys, arrays, inline tables, the four kinds of strings, comments.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2}(?!"))'  # up to two quotes may stand right before the closing three
    r"|'''.*?'''(?:'{0,2}(?!'))"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\n]*")


def locate(text: str) -> dict[Path, int]:
    """Map each key path of a valid TOML text to its line.

    Args:
        text: TOML that ``tomllib.loads`` accepts.

    Returns:
        Lines, counted from 1, by path: ``("tasks", 0, "points")`` is the key ``points`` of the first entry of
        ``tasks``. The empty path stands for the file and has line 1.
    """
    return _Walk(text).lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of ``path``, or of the nearest thing around it that stands in the file."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


class _Walk:
    """One pass over the text; ``at`` is the position reached."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {(): 1}
        self.entries: dict[Path, int] = {}  # how many [[headers]] each array of tables has had
        table: Path = ()
        while self.peek():
            if self.peek() == "[":
                table = self.header()
            else:
                self.pair(table)

    def peek(self) -> str:
        """The next character that counts, or nothing at the end of the text."""
        self.skip(_BLANK)
        return self.text[self.at : self.at + 1]

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found.group() if found else ""

    def record(self, path: Path, start: int) -> None:
        self.lines.setdefault(path, self.text.count("\n", 0, start) + 1)

    def key(self) -> Path:
        parts = [_plain(self.skip(_KEY))]
        while self.skip(_DOT):
            parts.append(_plain(self.skip(_KEY)))
        return tuple(parts)

    def header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``; within an array of tables it is the last entry that is meant."""
        start = self.at
        is_entry = self.text.startswith("[[", self.at)
        self.at += 2 if is_entry else 1
        self.skip(_BLANK)
        key = self.key()
        self.skip(_BLANK)
        self.at += 2 if is_entry else 1
        path: Path = ()
        for part in key[:-1]:
            path = self.latest((*path, part))
            self.record(path, start)
        path = (*path, key[-1])
        self.record(path, start)
        if is_entry:
            self.entries[path] = self.entries.get(path, 0) + 1
            path = self.latest(path)
            self.record(path, start)
        return path

    def latest(self, path: Path) -> Path:
        return (*path, self.entries[path] - 1) if path in self.entries else path

    def pair(self, table: Path) -> None:
        start = self.at
        path = table
        for part in self.key():
            path = (*path, part)
            self.record(path, start)
        self.peek()
        self.at += 1  # the equals sign
        self.value(path)

    def value(self, path: Path) -> None:
        match self.peek():
            case "[":
                self.array(path)
            case "{":
                self.inline_table(path)
            case '"' | "'":
                self.skip(_STRING)
            case _:
                self.skip(_BARE)

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.peek() != "]":
            self.record((*path, index), self.at)
            self.value((*path, index))
            index += 1
            self.comma()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while self.peek() != "}":
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        if self.peek() == ",":
            self.at += 1


def _plain(key: str) -> str:
    if key[:1] not in {'"', "'"}:
        return key
    return str(tomllib.loads(f"key = {key}")["key"])
