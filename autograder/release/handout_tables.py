"""The single tables of a handout, in Markdown, from what ``assignment.toml`` and the checks declare."""

from __future__ import annotations

import inspect
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograder.assignment import Assignment, Late
from autograder.blueprint import Blueprint, Framework
from autograder.report import CheckResult, Task, Visibility

_WIDTH = 110  # of a line of code

_LIMITS = (
    ("import_seconds", "to import your module (the framework's own import not counted)", "{} s"),
    ("call_seconds", "for one call of a function, such as `build_model` or `predict`", "{} s"),
    ("fit_seconds", "for one call of `fit`", "{} s"),
    ("total_seconds", "for the whole grading", "{} s"),
    ("memory_mb", "memory of the process that runs your code", "{} MB"),
    ("scratch_mb", "files that your code writes", "{} MB"),
    ("output_kb", "printed text that is kept", "{} kB"),
    ("submission_mb", "what you hand in, unpacked", "{} MB"),
    ("submission_files", "files that you hand in", "{}"),
    ("per_day", "submissions that are graded on one day", "{}"),
)

_SHOWN = {
    Visibility.VISIBLE: "",
    Visibility.HIDDEN: ", result not shown",
    Visibility.AFTER_DUE_DATE: ", shown after the due date",
    Visibility.AFTER_PUBLISHED: ", shown with the grades",
}


def call(function: Callable[..., Any], sizes: Mapping[str, Any]) -> str:
    """The call of ``build_model`` at the handout's sizes, in the order of the blueprint's own arguments."""
    arguments = ", ".join(f"{name}={sizes[name]!r}" for name in inspect.signature(function).parameters)
    one_line = f"build_model({arguments})"
    if len(one_line) > _WIDTH:
        wrapped = textwrap.fill(arguments, _WIDTH, initial_indent="    ", subsequent_indent="    ")
        one_line = f"build_model(\n{wrapped}\n)"
    return f"```python\n{one_line}\n```\n"


def count(blueprint: Blueprint) -> str:
    """How each layer's number of parameters comes about; once where both frameworks have the same."""
    sums = {framework: _sums(blueprint, framework) for framework in Framework}
    if len(set(sums.values())) == 1:
        return _code(sums[Framework.KERAS])
    return "\n".join(f"{framework.label}:\n\n{_code(text)}" for framework, text in sums.items())


def _code(text: str) -> str:
    return f"```text\n{text}\n```\n"


def _sums(blueprint: Blueprint, framework: Framework) -> str:
    terms: dict[str, list[str]] = defaultdict(list)
    totals: dict[str, int] = defaultdict(int)
    for parameter in blueprint.parameters(framework):
        terms[parameter.layer].append(" × ".join(f"{size:,}" for size in parameter.shape))
        totals[parameter.layer] += parameter.size
    rows = [(layer, " + ".join(parts), f"{totals[layer]:,}") for layer, parts in terms.items()]
    rows.append(("total", "", f"{blueprint.count(framework):,}"))
    name, product, result = (max(len(row[column]) for row in rows) for column in range(3))
    return "\n".join(f"{row[0]:<{name}}  {row[1]:<{product}}  = {row[2]:>{result}}" for row in rows)


def settings(assignment: Assignment) -> str:
    """On what and how the model is trained."""
    rows = []
    if (data := assignment.data) is not None:
        rows += [("texts to train on", _number(data.train)), ("other texts to test on", _number(data.test))]
    if (text := assignment.text) is not None:
        rows += [("`max_tokens` of `build_vocabulary`", _number(text.max_tokens))]
        rows += [("`length` of `encode`", _number(text.length))]
    if (training := assignment.training) is not None:
        rows += [(f"`{name}` of `fit`", _number(value)) for name, value in training.model_dump().items()]
    return _table(("what", "value"), rows)


def _number(value: float | None) -> str:
    if value is None:
        return "all that there are"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def checks(assignment: Assignment, results: Sequence[CheckResult]) -> str:
    """Every task with its checks: number, what holds, points, evidence."""
    cases: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        cases[result.number].append(result)
    rows: list[Sequence[str]] = []
    for task in assignment.rubric:
        rows.append((f"**{task.number}**", f"**{task.title}**", f"**{task.points:g}**", _about(task)))
        rows += [_check(own) for number, own in cases.items() if number.split(".")[0] == task.number]
    total = sum(result.max_score for result in results)
    return _table(("check", "what holds", "points", "evidence"), [*rows, ("", "**all**", f"**{total:g}**", "")])


def _about(task: Task) -> str:
    return "" if task.graded else "not graded yet"


def _check(cases: Sequence[CheckResult]) -> tuple[str, ...]:
    one = cases[0]
    points = f"{one.max_score * len(cases):g}"
    if len(cases) > 1:
        points = f"{len(cases)} × {one.max_score:g}"
    elif one.case in list(Framework):
        points += f" ({Framework(one.case).label} alone)"
    return one.number, one.name, points, one.evidence.value + _SHOWN[one.visibility]


def thresholds(assignment: Assignment) -> str:
    """Between which bounds accuracy and run time earn a part of the points.

    Raises:
        AssignmentError: There are no bounds for the data in use.
    """
    bounds = {framework: assignment.thresholds_for(framework.value) for framework in Framework}
    rows = []
    for framework, its in bounds.items():
        none, full = _share(its.accuracy.none), _share(its.accuracy.full)
        rows.append((f"accuracy, {framework.label}", f"up to {none}", f"from {full} on"))
    for framework, its in bounds.items():
        name = f"CPU seconds over the reference's, {framework.label}"
        rows.append((name, f"from {its.cpu_ratio.none:g} times on", f"up to {its.cpu_ratio.full:g} times"))
    return _table(("what", "no points", "all points"), rows)


def _share(value: float) -> str:
    """Two decimals, or three where two would round: the words of the feedback say 0.70."""
    return f"{value:.2f}" if round(value, 2) == value else f"{value:.3f}"


def limits(assignment: Assignment) -> str:
    """What a submission may use, and what the solution takes of it; nothing of training where nothing is trained."""
    values, used = assignment.limits.model_dump(), assignment.limits.used.model_dump()
    if assignment.training is None:
        del values["fit_seconds"]
    rows = [(name, words, unit.format) for name, words, unit in _LIMITS if values.get(name) is not None]
    shown = [(words, say(f"{values[name]:,g}")) for name, words, say in rows]
    late = list(_late(assignment.late))
    if all(value is None for value in used.values()):
        return _table(("limit", "value"), [*shown, *late])
    taken = ["" if used.get(name) is None else say(f"{used[name]:,g}") for name, _, say in rows]
    beside = [(*row, ours) for row, ours in zip(shown, taken, strict=True)]
    return _table(("limit", "value", "ours takes"), [*beside, *((*row, "") for row in late)])


def _late(late: Late | None) -> Iterable[Sequence[str]]:
    """What handing in late costs, where the assignment says something about it."""
    if late is None:
        return
    if late.free_days:
        yield "days after the due date that cost nothing", f"{late.free_days}"
    price = "" if late.points is None else f"{late.points:g} points"
    price = price if late.share is None else f"{100 * late.share:g} % of what you earned"
    if price:
        yield f"each {'further ' if late.free_days else ''}day late costs", price
    if late.latest is not None:
        yield "days after the due date from whose end on nothing is earned", f"{late.latest}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(_line(cells) for cells in lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"
