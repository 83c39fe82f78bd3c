"""Python's own "Did you mean", which it adds where it prints an error, and keeps in no attribute."""

from __future__ import annotations

import builtins
import difflib
from types import TracebackType


def did_you_mean(error: BaseException) -> str:
    """The name that was probably meant, of a NameError, an AttributeError or an ImportError; empty without one."""
    name = getattr(error, "name", None)
    if not isinstance(name, str) or len(name) > 80:
        return ""
    if isinstance(error, NameError):
        known = _in_scope(error.__traceback__)
    elif isinstance(error, AttributeError) and error.obj is not None:
        known = [entry for entry in dir(error.obj) if not entry.startswith("_") or name.startswith("_")]
    else:
        return ""
    close = difflib.get_close_matches(name, [entry for entry in known if entry != name], 1, 0.7)
    return str(close[0])[:80] if close else ""


def _in_scope(traceback: TracebackType | None) -> list[str]:
    """Names that the innermost frame could have used."""
    if traceback is None:
        return []
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    frame = traceback.tb_frame
    return [name for name in (*frame.f_locals, *frame.f_globals, *vars(builtins)) if isinstance(name, str)]
