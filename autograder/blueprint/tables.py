"""Tables of a model: for the report (wanted against found) and for the handout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.blueprint.alignment import Pair, align
from autograder.blueprint.diagnosis import counted
from autograder.blueprint.differences import in_words
from autograder.blueprint.framework import Framework
from autograder.report import Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.blueprint.matching import StudentParameter
    from autograder.blueprint.model import Blueprint, LayerRow

_MOST_EXTRA = 20


def parameter_table(
    blueprint: Blueprint, framework: Framework, student_parameters: Sequence[StudentParameter]
) -> Table:
    """The handout's parameters beside the student's arrays; rows are marked ``ok`` or ``bad``."""
    alignment = align(blueprint, framework, student_parameters)
    rows = [_row(pair, framework) for pair in alignment.pairs]
    rows += [Row((s.name[:60], "", "", in_words(s.shape)), "bad") for s in alignment.extra[:_MOST_EXTRA]]
    wanted, found = blueprint.count(framework), counted(blueprint, framework, student_parameters)
    rows.append(Row(("total", "", f"{wanted:,}", f"{found:,}"), "ok" if wanted == found else "bad"))
    title = f"Parameters of the {framework.label} model"
    return Table(title, ("layer", "parameter", "handout", "yours"), tuple(rows))


def _row(pair: Pair, framework: Framework) -> Row:
    wanted, found = pair.parameter.label(framework), in_words(pair.found.shape) if pair.found else "missing"
    return Row((pair.parameter.layer, pair.parameter.role, wanted, found), "ok" if pair.fits else "bad")


def layer_table_markdown(blueprint: Blueprint) -> str:
    """The handout's table of layers in Markdown; ``n`` is the batch, ``t`` the number of time steps."""
    heads = ["layer", "what it does", "output", *(f"{f.label} parameters" for f in Framework)]
    lines = [_line(heads), _line(["---"] * 3 + ["---:"] * len(Framework))]
    lines += [_line(_cells(row)) for row in blueprint.layers()]
    totals = [f"**{blueprint.count(framework):,}**" for framework in Framework]
    return "\n".join([*lines, _line(["**total**", "", "", *totals])]) + "\n"


def _cells(row: LayerRow) -> list[str]:
    sizes = [sum(parameter.counted for parameter in row.parameters[framework]) for framework in Framework]
    return [f"`{row.name}`" if row.name else "", row.words, f"`{row.output}`", *(f"{s:,}" if s else "" for s in sizes)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
