"""Functions of the student's without a `return`, which give None wherever somebody asks for a value.

Only what is certain is told: a function that nothing decorates, that yields nothing, and none of whose ways ends in a
value.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import TracebackType
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef
_OWN_SCOPE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_CALLED_BY_FRAMEWORKS: Final = ("forward", "call")
_MOST_SOURCE: Final = 2**20


def used_without_return(file: str) -> list[str]:
    """Names of functions in a file of the student's that give None, though their value is used somewhere in it."""
    tree = _parsed(file)
    silent = {function.name for function in _functions(tree) if _gives_none(function)}
    return sorted(name for name in _values_asked(tree) if name in silent)


def gave_none(traceback: TracebackType | None, folder: str) -> str:
    """The function that gave None to the student's innermost frame of a traceback; empty where that isn't certain."""
    frame = _innermost(traceback, folder)
    if frame is None:
        return ""
    tree = _parsed(frame.tb_frame.f_code.co_filename)
    functions = list(_functions(tree))
    silent = {function.name for function in functions if _gives_none(function)}
    around = [f for f in functions if f.lineno <= frame.tb_lineno <= (f.end_lineno or f.lineno)]
    asked = [name for name in _values_asked(around[-1] if around else tree) if name in silent]
    return (asked or _silent_layers(tree) or [""])[0]


def _innermost(traceback: TracebackType | None, folder: str) -> TracebackType | None:
    found = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.startswith(folder):
            found = traceback
        traceback = traceback.tb_next
    return found


def _parsed(file: str) -> ast.Module:
    source = "".join(linecache.getlines(file))
    try:
        return ast.parse(source if len(source) <= _MOST_SOURCE else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _gives_none(function: Function) -> bool:
    own = list(_own_nodes(function))
    returns = any(isinstance(node, ast.Return) and node.value is not None for node in own)
    yields = any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own)
    only_raises = isinstance(function.body[-1], ast.Raise)
    return not (returns or yields or only_raises or function.decorator_list)


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """What belongs to the function itself, and not to one within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _OWN_SCOPE):
            waiting.extend(ast.iter_child_nodes(node))


def _values_asked(tree: ast.AST) -> list[str]:
    """Names of functions whose value somebody uses: all calls but those that are a statement of their own."""
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in statements)
    names = (call.func.id for call in calls if isinstance(call.func, ast.Name))
    return list(dict.fromkeys(names))


def _silent_layers(tree: ast.AST) -> list[str]:
    """Classes whose forward pass gives None, with that method's name."""
    return [
        f"{node.name}.{method.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in _CALLED_BY_FRAMEWORKS and _gives_none(method)
    ]
