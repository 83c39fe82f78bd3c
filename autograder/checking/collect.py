"""Reads what gradescope-utils' decorators and ours say of a check, and refuses nonsense before anything is graded."""

from __future__ import annotations

import difflib
import inspect
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from autograder.assignment import Assignment, checks_must_add_up
from autograder.blueprint import Framework
from autograder.errors import AssignmentError
from autograder.report import CheckResult, Evidence, Visibility

NUMBER = re.compile(r"[1-9]\d*(\.[1-9]\d*)+")


@dataclass(frozen=True)
class Check:
    """One check of one case, ready to run.

    Attributes:
        item: pytest's item.
        pending: Its result as long as it has not run.
        framework: The one that it is about; None where it is about both, or neither.
        hidden_message: What to say instead of the finding (gradescope-utils' ``hide_errors``); empty to say it.
    """

    item: pytest.Item
    pending: CheckResult
    framework: Framework | None = None
    hidden_message: str = ""


def collect(items: Iterable[pytest.Item], assignment: Assignment, *, whole: bool = True) -> list[Check]:
    """The checks of an assignment, in the rubric's order.

    Args:
        items: What pytest found.
        assignment: Whose checks they are.
        whole: Whether these are all of them, so that weights have to add up.

    Raises:
        AssignmentError: Naming every check that has no number, no name, an unknown visibility, a weight that is none,
            a number that another has too, and every task whose weights don't add up.
    """
    functions: dict[Any, list[pytest.Item]] = defaultdict(list)
    for item in items:
        functions[_function(item)].append(item)
    mistakes = [mistake for function in functions for mistake in _mistakes(function)]
    mistakes += _shared_numbers(functions)
    if mistakes:
        raise AssignmentError("\n".join(mistakes))
    weights = {f.__number__: float(f.__weight__) for f in functions}
    if whole:
        checks_must_add_up(assignment, weights)
    checks = [_check(item, f, len(cases), assignment) for f, cases in functions.items() for item in cases]
    return sorted(checks, key=lambda check: (order(check.pending.number), check.pending.case))


def order(number: str) -> list[int]:
    """Sorting key: ``2.10`` comes after ``2.9``."""
    return [int(part) for part in number.split(".")]


def by_framework(checks: Iterable[Check]) -> list[Check]:
    """The checks of one framework after those of the other, then those of both; each in the order given."""
    frameworks = list(Framework)
    return sorted(checks, key=lambda c: len(frameworks) if c.framework is None else frameworks.index(c.framework))


def select(checks: Sequence[Check], only: Sequence[str]) -> list[Check]:
    """The checks whose number is one of ``only``, or begins with it (``2`` selects all of task 2).

    Raises:
        AssignmentError: A number that selects nothing.
    """
    if not only:
        return list(checks)
    _must_be_known(only, [check.pending.number for check in checks])
    return [check for check in checks if any(_selects(wanted, check.pending.number) for wanted in only)]


def select_results(results: Iterable[CheckResult], wanted: str) -> list[CheckResult]:
    """The results of the check ``wanted``, or of all checks of that task.

    Raises:
        AssignmentError: There are none.
    """
    results = list(results)
    _must_be_known([wanted], [result.number for result in results])
    return [result for result in results if _selects(wanted, result.number)]


def _must_be_known(only: Iterable[str], numbers: Iterable[str]) -> None:
    known = sorted(set(numbers), key=order)
    for wanted in only:
        if not any(_selects(wanted, number) for number in known):
            digits = ".".join(re.findall(r"\d+", wanted))
            near = difflib.get_close_matches(digits, known, n=1, cutoff=0.8)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise AssignmentError(f"there is no check {wanted}{meant or ';'} there are {', '.join(known)}")


def _selects(wanted: str, number: str) -> bool:
    return number == wanted or number.startswith(wanted.rstrip(".") + ".")


def _function(item: pytest.Item) -> Any:
    return item.function if isinstance(item, pytest.Function) else item


def _mistakes(function: Any) -> list[str]:
    where = f"{getattr(function, '__module__', '?')}.{getattr(function, '__name__', function)}"
    number, weight = getattr(function, "__number__", None), getattr(function, "__weight__", None)
    visibility = getattr(function, "__visibility__", Visibility.VISIBLE.value)
    found = []
    if not (isinstance(number, str) and NUMBER.fullmatch(number)):
        found.append(f'{where}: give the check a number, as in @number("2.3")')
    if not (isinstance(weight, (int, float)) and math.isfinite(weight) and weight >= 0):
        found.append(f"{where}: give the check its points, as in @weight(6)")
    if visibility not in list(Visibility):
        found.append(f"{where}: visibility {visibility!r} is none of {', '.join(Visibility)}")
    if not inspect.getdoc(function):
        found.append(f"{where}: its docstring's first line is the check's name; write one")
    return found


def _shared_numbers(functions: Mapping[Any, object]) -> list[str]:
    by_number: dict[str, list[str]] = defaultdict(list)
    for function in functions:
        by_number[str(getattr(function, "__number__", ""))].append(getattr(function, "__name__", "?"))
    return [f"number {n} stands on {' and '.join(names)}" for n, names in by_number.items() if n and len(names) > 1]


def _check(item: pytest.Item, function: Any, cases: int, assignment: Assignment) -> Check:
    number: str = function.__number__
    declared = getattr(function, "__visibility__", Visibility.VISIBLE.value)
    pending = CheckResult(
        number=number,
        name=(inspect.getdoc(function) or "").splitlines()[0],
        case=_case(item),
        max_score=assignment.weight_of(number, float(function.__weight__)) / cases,
        evidence=getattr(function, "__evidence__", Evidence.VERIFIED),
        visibility=Visibility(assignment.visibility.get(number, declared)),
        tags=tuple(getattr(function, "__tags__", ())),
        needs=getattr(function, "__needs__", ()),
    )
    return Check(item, pending, _framework(item), getattr(function, "__hide_errors__", ""))


def _framework(item: pytest.Item) -> Framework | None:
    framework = _parameters(item).get("framework")
    if framework is not None and framework not in list(Framework):
        raise AssignmentError(f"{item.nodeid}: framework {framework!r} is none of {', '.join(Framework)}")
    return None if framework is None else Framework(framework)


def _case(item: pytest.Item) -> str:
    framework = _framework(item)
    rest = [str(value) for name, value in _parameters(item).items() if name != "framework"]
    return "-".join([framework.value, *rest] if framework else rest)


def _parameters(item: pytest.Item) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    return dict(callspec.params) if callspec else {}
