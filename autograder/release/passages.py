"""What a handout says of one check: the passage of its task, and of the functions that the check names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from autograder.report import CheckResult

_TASK = re.compile(r"^## +Task +(\d+)\b.*$")
_SECTION = re.compile(r"^## +")
_FUNCTION = re.compile(r"^\*\*`(\w+)\(")  # a paragraph about one function begins with its call
_COMMENT = re.compile(r"^<!--.*-->\n?", re.MULTILINE)
_WORD = re.compile(r"\w+")


def passage(handout: str, task: str, checks: Sequence[CheckResult]) -> tuple[str, str]:
    """The heading of the task, and in Markdown what the handout says of these checks; empty where it says nothing.

    A check whose name names a function gets that function's paragraphs, any other all of its task's.
    """
    heading, lines = "", []
    for line in handout.splitlines():
        found = _TASK.match(line)
        if found or _SECTION.match(line):
            if heading:
                break
            heading = line.lstrip("# ") if found and found[1] == task else ""
        elif heading:
            lines.append(line)
    blocks = list(_blocks(lines))
    named = {word for check in checks for word in _WORD.findall(check.name)}
    chosen = [text for function, text in blocks if function in named]
    whole = [text for _, text in blocks]
    return heading, _COMMENT.sub("", "\n".join(chosen or whole)).strip()


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The paragraphs about each function, by its name; those in front of the first by an empty one."""
    name, block = "", list[str]()
    for line in lines:
        if found := _FUNCTION.match(line):
            yield name, "\n".join(block)
            name, block = found[1], []
        block.append(line)
    yield name, "\n".join(block)


def places(sources: Mapping[str, str], number: str) -> list[str]:
    """Where the student's own files speak of this check, as stubs do: ``Task 2.5, about 6 lines``, with file and line.

    A check that no gap was left for, such as that of a model's outputs, looks at what was written for an earlier one.
    """
    task, _, last = number.partition(".")
    for candidate in range(int(last or 1), 0, -1):
        begins = re.compile(rf"^[ \t#]*Task {task}\.{candidate}\b", re.MULTILINE)
        found = [
            f"{file}, line {source.count(chr(10), 0, match.start()) + 1}"
            for file, source in sources.items()
            for match in begins.finditer(source)
        ]
        if found:
            return found
    return []
