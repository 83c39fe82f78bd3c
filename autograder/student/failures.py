"""Turns what went wrong in a worker into words for the student."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from autograder.assignment.packages import allowed
from autograder.errors import Finding
from autograder.student.advice import OF_A_NOTEBOOK, advice, no_return, reason
from autograder.student.device_failures import explain
from autograder.student.values import plain
from autograder.student.whereabouts import Whereabouts

NOT_WRITTEN = "not-written-yet"
NO_ANSWER = "no-answer"
MOST_TEXT = 2000  # characters of what a student's exception says
MOST_LINES = 10
NOWHERE = Whereabouts()
_NO_MEMORY = re.compile(r"bad_alloc|[Oo]ut of memory|Cannot allocate memory|failed to allocate|MemoryError")
_NAMED_BY_ITSELF = {  # words of an error that one mistake alone explains, and its key
    "Can't call numpy() on Tensor that requires grad": "gradients-kept",
    "enforce_sorted": "lengths-unsorted",
}


def raised(error: Mapping[str, Any], doing: str, packages: Sequence[str] = ()) -> Finding:
    """The finding for an exception in the student's code.

    Args:
        error: The worker's description of it (autograder.worker.serve.describe); believed as text only.
        doing: What was being done, such as ``calling predict``.
        packages: Further ones that the assignment lets students import.
    """
    kind, text = _text(error, "type"), reason(_text(error, "text"))
    frames = _frames(error)
    line = frames[-1].replace("\n    ", ": ") if frames else ""
    where = "\n".join(frames)[:3000] if len(frames) > 1 else ""
    if kind == "NotImplementedError" and kind in line:  # else it is a framework's, about something else
        return Finding(
            message=f"{text or 'This part'} is not written yet.".replace(" is not written yet. is not", " is not"),
            advice="Write it where the stub raises NotImplementedError, then check again." if text else "",
            misconception=NOT_WRITTEN,
        )
    if suggestion := _text(error, "suggestion"):
        text = f"{_first_line(text)}. Did you mean: '{suggestion}'?"
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        return _syntax(error, kind, text)
    if kind == "ModuleNotFoundError":
        return _not_installed(_text(error, "missing_module"), line, where, packages)
    silent = _text(error, "gave_none")
    return _named(error, kind, text, doing, line, where) or Finding(
        message=f"While {doing}, your code raised {kind}: {_first_line(text)}"
        if text
        else f"While {doing}, your code raised {kind}, without a word.",
        found=line,
        advice=no_return(silent) if silent else advice(kind, text, doing),
        misconception=next((key for words, key in _NAMED_BY_ITSELF.items() if words in text), ""),
        details="\n\n".join(filter(None, [_more_lines(text), where])),
    )


def _named(error: Mapping[str, Any], kind: str, text: str, doing: str, line: str, where: str) -> Finding | None:
    """The finding for exceptions that have words of their own."""
    if about := explain(_facts(error), kind, text):
        return Finding(
            message=f"While {doing}, {about.message}.",
            found=line,
            advice=about.advice,
            misconception=about.key,
            details="\n\n".join(filter(None, [f"{kind}: {text}", where])),
        )
    if kind == "WrongKind":
        return Finding(message=f"While {doing}: {text}.", found=line, advice=advice(kind, text), details=where)
    if kind in ("SystemExit", "KeyboardInterrupt"):
        return Finding(
            message=f"While {doing}, your code ended the program ({kind}).",
            found=line,
            advice="Remove calls of exit(), quit() or sys.exit().",
            details=where,
        )
    return None


def own_look(error: Mapping[str, Any], doing: str) -> str:
    """What the staff is told when the worker's own look at an object failed, on no line of the student's.

    It is the worker's word: nothing is lost by it, and nothing is earned.
    """
    said = f"{_text(error, 'type')}: {_first_line(reason(_text(error, 'text')))}"
    return (
        f"while {doing}, the grader's own look at what the student's code returned failed ({said}), with no line of "
        "theirs on the stack: the grader can't handle this kind of object. Look at the file, and grade this by hand"
    )


def _not_installed(missing: str, line: str, where: str, packages: Sequence[str]) -> Finding:
    return Finding(
        message=f"Your file imports {missing!r}, which is not installed where it is graded.",
        found=line,
        advice=f"Use {allowed(packages)} only.",
        details=where,
    )


def too_slow(doing: str, seconds: float, where: Whereabouts = NOWHERE) -> Finding:
    """It was stopped at its deadline, in the midst of ``where``."""
    importing = doing.startswith("importing ")
    suspects = (
        "or for work that belongs in a function" if importing else "or for work that is repeated for each example"
    )
    return Finding(
        message=f"While {doing}, your code was stopped: it had not finished after {seconds:.0f} seconds.",
        found=where.line,
        advice=f"Look for a loop that never ends, {suspects}.",
        details=where.callers,
    )


def too_much(doing: str, what: str, where: Whereabouts = NOWHERE) -> Finding:
    """It was stopped since it used too much of something."""
    return Finding(
        message=f"While {doing}, your code was stopped: it used more than {what}.",
        found=where.line,
        advice="Work in batches; keep no array, file or process that you don't need any more.",
        details=where.callers,
    )


def died(doing: str, status: int | None, printed: str, where: Whereabouts = NOWHERE) -> Finding:
    """The worker is gone: it crashed, was killed, or the code ended its own process."""
    why, advice = _status(status, printed)
    return Finding(
        message=f"While {doing}, the process that ran your code ended: {why}.",
        found=where.line,
        advice=advice,
        details=printed[-1500:],
    )


class Garbled(StrEnum):
    """What came in the place of an answer, in words."""

    NO_FRAME = "bytes that are no message"
    OTHER_CALL = "an answer to another call"
    UNASKED = "something before it was asked"
    UNDECIDED = "a message that is both an answer and an error, or neither"
    NO_OBJECT = "an answer that is no object"
    HUNG_UP = "nothing: the line to the grader was closed"


def garbled(doing: str, kind: Garbled, why: str = "") -> Finding:
    """The one finding for all that is no answer. ``why`` says more of the kind."""
    return Finding(
        message=f"While {doing}, your process sent something that is no answer.",
        found=f"{kind} ({plain(why, 200)})." if why else f"{kind}.",
        advice="Don't write to file descriptors that your code didn't open.",
        misconception=NO_ANSWER,
    )


def time_is_up(seconds: float) -> Finding:
    return Finding(
        message=f"The time for grading this submission ({seconds / 60:.0f} minutes) was used up before this check.",
        advice="Make the slow part faster first: see which check took longest.",
    )


def _syntax(error: Mapping[str, Any], kind: str, text: str) -> Finding:
    spot = error.get("syntax")
    spot = spot if isinstance(spot, Mapping) else {}
    why = re.sub(r" \([^()]*, line \d+\)$", "", text)  # which the message begins with
    of_notebook = _text(spot, "code").lstrip()[:1] in ("%", "!", "?")
    return Finding(
        message=f"Python can't read {_text(spot, 'file') or 'your file'}, line {_line(spot)}: {why or kind}",
        advice=OF_A_NOTEBOOK
        if of_notebook
        else "Run `python -m py_compile` on the file; the mistake may be on the line above.",
        details=_text(spot, "code"),
    )


def _status(status: int | None, printed: str) -> tuple[str, str]:
    if status is None:
        return "nobody knows why", ""
    if status >= 0:
        return f"it exited by itself with status {status}", "Remove calls of os._exit() and exit()."
    name = _signal(-status)
    advice = {
        "SIGKILL": "Its own code sent this signal, or the system did, which does so where memory runs out.",
        "SIGABRT": "It needed more memory than it may have: build smaller arrays, work in batches."
        if _NO_MEMORY.search(printed)
        else "A call of os.abort(), or native code that gave up: what it printed last, if anything, stands below.",
        "SIGSEGV": "Native code crashed, or a recursion never ended.",
        "SIGXCPU": "It used more processor time than a submission may.",
        "SIGXFSZ": "It wrote a file that is too large.",
    }.get(name, "")
    return f"it was ended by {name}", advice


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most of the real-time signals have no name
        return f"signal {number}"


def _frames(error: Mapping[str, Any]) -> list[str]:
    """The student's own lines, the outermost first, each once: a recursion and a comprehension repeat them."""
    frames = error.get("frames")
    by_place: dict[str, str] = {}
    for frame in frames[-8:] if isinstance(frames, list) else []:
        if isinstance(frame, Mapping):
            place = f"{_text(frame, 'file')}, line {_line(frame)}"
            by_place.setdefault(place, f"{place}, in {_text(frame, 'function')}\n    {_text(frame, 'code')}")
    return list(by_place.values())


def _facts(error: Mapping[str, Any]) -> dict[str, str]:
    """What an error about devices is about."""
    facts = error.get("device")
    return {str(name): plain(fact, 200) for name, fact in facts.items()} if isinstance(facts, Mapping) else {}


def _line(spot: Mapping[str, Any]) -> str:
    number = spot.get("line")
    return str(number) if isinstance(number, int) else "?"


def _text(error: Mapping[str, Any], key: str) -> str:
    return plain(error.get(key), MOST_TEXT)


def _more_lines(text: str) -> str:
    """What an exception says behind its first line, up to where frameworks begin to teach."""
    lines = text.splitlines()[1:]
    return "\n".join([*lines[:MOST_LINES], *(["..."] if len(lines) > MOST_LINES else [])]).strip()


def _first_line(text: str) -> str:
    line = re.split(r"\n", text.strip(), maxsplit=1)[0]
    return line if len(line) <= 400 else line[:400] + " ..."
