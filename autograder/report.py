"""The Report: everything that one grading found, without a word on how it is shown.

Reporters (terminal, Gradescope, HTML) render it; none decides anything. Its JSON form is versioned by ``SCHEMA`` and
documented in ``docs/report.md``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from autograder.errors import Finding, InternalError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = "autograder-report/1"
_MOST_SHOWN = 2000  # characters of what is wrong with a report


class Outcome(StrEnum):
    """What became of one check."""

    PENDING = "pending"  # not run yet: what a results file says while grading goes on, or after it was killed
    PASSED = "passed"
    FAILED = "failed"  # the student's mistake; a score above zero is partial credit
    SKIPPED = "skipped"  # rests on something that failed: no points, but told apart from a failure
    UNGRADED = "ungraded"  # can't be graded here (no hidden reference, no such device): no points lost, none to win
    ERROR = "error"  # the grader's own mistake: no points lost, the run is marked for regrading


class Evidence(StrEnum):
    """What a verdict rests on."""

    VERIFIED = "verified"  # the grader recomputed the fact from data
    ATTESTED = "attested"  # the confined worker said so


class Visibility(StrEnum):
    """Gradescope's four visibilities."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"


@dataclass(frozen=True)
class Task:
    """A heading of the rubric. ``graded`` is False for one whose checks are not there yet."""

    number: str
    title: str
    points: float
    graded: bool = True


@dataclass(frozen=True)
class CheckResult:
    """One check (of one framework, where it runs for each).

    Attributes:
        number: The rubric's number, such as ``2.3``; its first part is the task.
        name: First line of the check's docstring, a statement of what holds.
        case: ``keras``, ``torch`` or empty.
        score, max_score: Points; ``0 <= score <= max_score``.
        finding: What to tell the student (failed and partly passed checks).
        note: A sentence that is shown whatever the outcome: the measured figure, or why it was skipped.
        seconds: Wall time.
        needs: Tags of what it can't be graded without, such as ``cuda``.
    """

    number: str
    name: str
    case: str = ""
    outcome: Outcome = Outcome.PENDING
    score: float = 0.0
    max_score: float = 0.0
    evidence: Evidence = Evidence.VERIFIED
    visibility: Visibility = Visibility.VISIBLE
    tags: tuple[str, ...] = ()
    finding: Finding | None = None
    note: str = ""
    seconds: float = 0.0
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.score) and 0 <= self.score <= self.max_score + 1e-9):
            raise InternalError(f"check {self.number}: a score of {self.score} out of {self.max_score}")

    @property
    def task(self) -> str:
        return self.number.split(".")[0]


@dataclass(frozen=True)
class Curve:
    """Mean training loss after each epoch. ``case`` is the framework, ``reference`` the course's own run."""

    case: str
    losses: tuple[float, ...]
    reference: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a :class:`Table`; ``mark`` is ``ok``, ``bad`` or empty."""

    cells: tuple[str, ...]
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """A small table, such as the layers wanted against those found."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Gap:
    """How far apart two models are, under the same weights on the same inputs.

    Attributes:
        one, other: ``keras``, ``torch`` or ``oracle``, the grader's own forward pass.
        difference: The largest absolute difference of their outputs; None where they can't be compared.
        agrees: Whether that is within the tolerance.
        why: Why they can't be compared, or what else has to be said of the comparison.
    """

    one: str
    other: str
    difference: float | None = None
    agrees: bool = False
    why: str = ""


@dataclass(frozen=True)
class TwinLayer:
    """The trainable numbers of one layer in both frameworks.

    Attributes:
        layer: The handout's name for it; of a layer that the handout doesn't have, the student's own.
        keras, torch: What the student's models have; None where that isn't known.
        wanted_keras, wanted_torch: What they should have.
        mark: ``ok``, ``bad`` or, where nothing is known, empty.
        why: Why the two differ, by nature or by mistake.
    """

    layer: str
    keras: int | None
    torch: int | None
    wanted_keras: int
    wanted_torch: int
    mark: str = ""
    why: str = ""


@dataclass(frozen=True)
class Parity:
    """The student's two models and the grader's own, side by side.

    Attributes:
        outputs: What is compared: ``logits``, or ``probabilities`` where the models end in different functions.
        summary: What comes out, in a sentence or two.
        gaps: Keras and the oracle, PyTorch and the oracle, Keras and PyTorch.
        layers: At the handout's sizes, in the handout's order; then what the handout doesn't have.
        remarks: What differs between the two by the handout's own wish.
    """

    outputs: str
    summary: str
    gaps: tuple[Gap, ...]
    layers: tuple[TwinLayer, ...]
    remarks: tuple[str, ...] = ()

    @property
    def totals(self) -> TwinLayer:
        """All layers together, marked as the worst of them."""
        keras, torch = (None if None in found else sum(n for n in found if n is not None) for found in self._columns())
        marks = {layer.mark for layer in self.layers}
        mark = next((mark for mark in ("bad", "") if mark in marks), "ok")
        wanted = sum(x.wanted_keras for x in self.layers), sum(x.wanted_torch for x in self.layers)
        return TwinLayer("total", keras, torch, *wanted, mark)

    def _columns(self) -> tuple[list[int | None], list[int | None]]:
        return [layer.keras for layer in self.layers], [layer.torch for layer in self.layers]


@dataclass(frozen=True)
class DeviceUse:
    """What the device checks of one framework ran on.

    Attributes:
        case: ``keras`` or ``torch``.
        kind: ``cuda``, ``mps`` or ``gpu``, which are real; ``simulated``; ``shapes``, which computes nothing.
        label: For people, such as the card's name.
        why: Why it is no better one; empty when no better one was there, or asked for.
    """

    case: str
    kind: str
    label: str
    why: str = ""


@dataclass(frozen=True)
class SandboxLayer:
    """One layer of confinement, as probed at start."""

    name: str
    on: bool
    why: str = ""


def in_all(layers: Iterable[SandboxLayer]) -> tuple[SandboxLayer, ...]:
    """The layers of several workers as those of one: a layer is on only if it is on in each."""
    found: dict[str, SandboxLayer] = {}
    for layer in layers:
        if found.setdefault(layer.name, layer).on:
            found[layer.name] = layer
    return tuple(found.values())


@dataclass(frozen=True)
class LeaderboardEntry:
    """A column of Gradescope's leaderboard."""

    name: str
    value: float
    ascending: bool = False


@dataclass(frozen=True)
class HandIn:
    """What follows from when, by whom and how often was handed in.

    Attributes:
        counted: The points that count, after lateness and earlier submissions.
        days_late: Days after the due date; a day that has begun is a day.
        penalty: Points that lateness cost.
        group: Names of those who handed in together.
        remarks: For students, in whole sentences; without figures that would tell the total of hidden checks.
    """

    counted: float
    days_late: int = 0
    penalty: float = 0.0
    group: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Basis:
    """What a grade rests on: an order with the same basis, under the same versions, comes to the same grade.

    Attributes:
        seed: Everything random follows from it; hidden data too, where ``data_seed`` is None.
        data_seed: Of generated hidden data, where that is the same for a whole course.
        hidden: Whether it was graded with hidden data.
        device: What device checks were to run on: ``real``, where there is one, or ``simulated``.
        only: Numbers of the checks and tasks that were asked for; empty for all.
        frameworks: Those whose checks were asked for.
        taken_as: A module's file, and the file of the submission that was taken as it, where that has another name.
        submission: SHA-256 of the files that were graded, the same for a folder and a zip of it; empty before the
            submission has been opened, and where it can't be.
        assignment: SHA-256 of the assignment's folder, the course's solution and the data.
        grader: SHA-256 of the framework package.
    """

    seed: int
    data_seed: int | None = None
    hidden: bool = False
    device: str = ""
    only: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    taken_as: Mapping[str, str] = field(default_factory=dict)
    submission: str = ""
    assignment: str = ""
    grader: str = ""


@dataclass(frozen=True)
class Report:
    """All that one grading of one submission found.

    Attributes:
        assignment, title: Name and heading of the assignment.
        submission: What was graded, as the person who started the grading named it.
        checks: In the rubric's order; those that have not run are ``pending``.
        parity: The twins and the grader's own model side by side; None before that was looked at.
        data: One sentence on the data that was trained and tested on.
        devices: What device checks ran on; empty where none ran.
        sandbox: Layers of confinement, as probed.
        versions: Versions of what grading depends on.
        student_output: Per framework, what the student's code printed (capped).
        staff_notes: For staff only; never shown to students.
        hand_in: What follows from when and how often was handed in; None where nobody asked.
        complete: False until the last check that was asked for has reported; see :attr:`partial`.
        basis: What the grade rests on; None in early reports.
    """

    assignment: str
    title: str = ""
    submission: str = ""
    tasks: tuple[Task, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    curves: tuple[Curve, ...] = ()
    tables: tuple[Table, ...] = ()
    parity: Parity | None = None
    leaderboard: tuple[LeaderboardEntry, ...] = ()
    data: str = ""
    devices: tuple[DeviceUse, ...] = ()
    sandbox: tuple[SandboxLayer, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    student_output: Mapping[str, str] = field(default_factory=dict)
    staff_notes: tuple[str, ...] = ()
    hand_in: HandIn | None = None
    started: str = ""
    seconds: float = 0.0
    complete: bool = False
    basis: Basis | None = None
    schema: str = SCHEMA

    @property
    def score(self) -> float:
        return round(sum(check.score for check in self.checks), 4)

    @property
    def counted(self) -> float:
        """The points that count: those of the checks, unless the hand-in's time or earlier ones change them."""
        return self.score if self.hand_in is None else self.hand_in.counted

    @property
    def max_score(self) -> float:
        """Points that could be won here: what can't be graded here is left out."""
        return round(sum(c.max_score for c in self.checks if c.outcome is not Outcome.UNGRADED), 4)

    @property
    def partial(self) -> bool:
        """Whether only a part of the assignment was to be graded: then no total is the submission's grade."""
        return self.basis is not None and bool(self.basis.only or len(self.basis.frameworks) == 1)

    @property
    def needs_regrading(self) -> bool:
        """True when the grader itself failed somewhere, or never got to the end."""
        return not self.complete or any(c.outcome is Outcome.ERROR for c in self.checks)

    @property
    def verified_share(self) -> float:
        """Share of the points whose verdict the grader recomputed from data (0 to 1)."""
        total = sum(c.max_score for c in self.checks)
        verified = sum(c.max_score for c in self.checks if c.evidence is Evidence.VERIFIED)
        return verified / total if total else 0.0

    def of_task(self, number: str) -> tuple[CheckResult, ...]:
        return tuple(c for c in self.checks if c.task == number)

    def with_check(self, result: CheckResult) -> Self:
        """A copy in which ``result`` takes the place of the entry with the same number and case, or comes last."""
        same = [(c.number, c.case) == (result.number, result.case) for c in self.checks]
        if not any(same):
            return replace(self, checks=(*self.checks, result))
        return replace(self, checks=tuple(result if s else c for s, c in zip(same, self.checks, strict=True)))

    def to_json(self) -> str:
        """Strict JSON (a loss that is not a finite number becomes null), with the derived totals beside the facts."""
        totals = {
            "score": self.score,
            "counted": self.counted,
            "max_score": self.max_score,
            "partial": self.partial,
            "verified_share": round(self.verified_share, 4),
            "needs_regrading": self.needs_regrading,
        }
        curves = [{**vars(curve), "losses": [_finite(loss) for loss in curve.losses]} for curve in self.curves]
        raw = {**vars(self), "curves": curves, "totals": totals}
        # vars() and not asdict(): no deep copies, since this runs after every single check.
        return json.dumps(raw, default=vars, indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Read back what :meth:`to_json` wrote.

        Raises:
            InternalError: The text is not a report of this schema.
        """
        try:
            raw = json.loads(text, parse_constant=_no_number)
            if raw.get("schema") != SCHEMA:
                raise InternalError(f"not a report of schema {SCHEMA}: {raw.get('schema')!r}"[:_MOST_SHOWN])
            report = _reader().validate_python({**raw, "curves": [_with_nan(curve) for curve in raw["curves"]]})
            report.to_json()  # which it came from: a score beyond all numbers can't be written
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise InternalError(f"not a report: {error}"[:_MOST_SHOWN]) from error
        return report


@cache
def _reader() -> TypeAdapter[Report]:
    """Checks the type of every field; it knows nothing of what a later version may say besides, and passes it over."""
    from pydantic import TypeAdapter  # here, since it takes a tenth of a second, and workers import this module, too

    return TypeAdapter(Report)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _with_nan(curve: dict[str, Any]) -> dict[str, Any]:
    return {**curve, "losses": [math.nan if loss is None else loss for loss in curve["losses"]]}


def _finite(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None
