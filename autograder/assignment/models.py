"""The tables of ``assignment.toml``, each a frozen model. Rules that span several tables are in ``rules``."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from autograder.report import Task, Visibility

Framework = Literal["keras", "torch"]
Source = Literal["builtin", "trec", "csv", "folders"]
Counts = Literal["latest", "best"]
Size = int | float | tuple[int, ...]

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(gt=0)]
Positive = Annotated[float, Field(gt=0)]
AtLeastZero = Annotated[float, Field(ge=0)]

Share = Annotated[float, Field(ge=0, le=1)]

TIMES_AWAY = 2  # how far a limit is from what the course's own solution takes, at least


class Section(BaseModel):
    """Strict: TOML has types, so ``"5"`` is not 5; unknown keys and nan are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise ValueError(f"must be the name of a Python module without .py, not {value!r}")
    return value


def _package(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", value):
        raise ValueError(f"must be a package's name alone, such as 'tqdm' (the lock has its version), not {value!r}")
    return re.sub(r"[-_.]+", "-", value).lower()  # as package indexes compare names


def _size(value: Any) -> Size:
    if isinstance(value, (list, tuple)) and value and all(_is_count(v) for v in value):
        return tuple(value)
    if _is_count(value) or (isinstance(value, float) and math.isfinite(value) and value >= 0):
        return value  # type: ignore[no-any-return]  # one of the two numbers, by the line above
    raise ValueError(f"must be a whole number above 0, a list of them, or a decimal number, not {value!r}")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


class TaskEntry(Section):
    """A task of the rubric. ``graded = false``: its checks are not there yet."""

    number: Count
    title: Text
    points: Positive
    graded: bool = True

    def as_task(self) -> Task:
        return Task(str(self.number), self.title, self.points, self.graded)


class TextSizes(Section):
    """How texts become ids: at most ``max_tokens`` vocabulary entries, ``length`` ids a text."""

    max_tokens: Annotated[int, Field(ge=3)]  # padding, unknown, and at least one word
    length: Count


class Training(Section):
    """Arguments of the student's ``fit``."""

    epochs: Count
    batch_size: Count
    learning_rate: Positive


class Data(Section):
    """What the model is trained and tested on.

    Attributes:
        source: Who reads it.
        path: File or folder, relative to the assignment's folder; none for the built-in data.
        train, test: How many examples, at most; none means all that there are.
        public_seed: Seed of the data that students see; the hidden data has another.
        sha256: Checksums, by file name relative to ``path``.
    """

    source: Source
    path: Text | None = None
    train: Count | None = None
    test: Count | None = None
    public_seed: Annotated[int, Field(ge=0)] = 0
    sha256: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=dict)


class OtherText(Section):
    """What differs in :class:`TextSizes`."""

    max_tokens: Annotated[int, Field(ge=3)] | None = None
    length: Count | None = None


class OtherTraining(Section):
    """What differs in :class:`Training`."""

    epochs: Count | None = None
    batch_size: Count | None = None
    learning_rate: Positive | None = None


class Used(Section):
    """What the course's own solution takes of its limits, at most, in either framework; see tools/reference_use.py.

    Seconds are of processor time: those of the wall would tell of the machine's other work, too.
    """

    import_seconds: AtLeastZero | None = None
    call_seconds: AtLeastZero | None = None
    fit_seconds: AtLeastZero | None = None
    total_seconds: AtLeastZero | None = None
    memory_mb: AtLeastZero | None = None
    output_kb: AtLeastZero | None = None
    scratch_mb: AtLeastZero | None = None


class Limits(Section):
    """What a submission may use. Seconds are wall time; memory is of all the worker's processes together."""

    import_seconds: Positive = 60
    call_seconds: Positive = 60
    fit_seconds: Positive = 240
    total_seconds: Positive = 540
    memory_mb: Count = 3000
    output_kb: Count = 64
    scratch_mb: Count = 200
    submission_mb: Count = 20
    submission_files: Count = 200
    per_day: Count | None = None  # graded submissions; none for any number
    run_minutes: Annotated[float, Field(ge=2, le=40)] = 10  # after these Gradescope ends a run, and shows nothing of it
    used: Used = Used()

    @model_validator(mode="after")
    def _far_away(self) -> Self:
        for name, used in self.used.model_dump(exclude_none=True).items():
            if TIMES_AWAY * used > (limit := getattr(self, name)):
                raise ValueError(
                    f"{name} ({limit:g}) is less than {TIMES_AWAY} times what the solution takes ({used:g}, see used): "
                    "correct work would meet it"
                )
        return self


class Late(Section):
    """What handing in late costs. A day that has begun is a day.

    Attributes:
        free_days: Days that cost nothing.
        points, share: What each later day costs: points, or a share of what was earned; at most one of them.
        latest: Days after the due date from whose end on nothing is earned; none for no such end.
    """

    free_days: Annotated[int, Field(ge=0)] = 0
    points: Positive | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    latest: Count | None = None

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if self.points is not None and self.share is not None:
            raise ValueError("points and share are both given: a day costs the one or the other")
        if self.points is None and self.share is None and self.latest is None:
            raise ValueError("without points, share or latest it changes nothing: give one, or leave the table out")
        if self.latest is not None and self.latest <= self.free_days:
            raise ValueError(f"latest ({self.latest}) must be more than free_days ({self.free_days})")
        return self

    def penalty(self, days: int, score: float) -> float:
        """Points that a hand-in of ``score`` points loses, ``days`` days after the due date; at most all of them."""
        if self.latest is not None and days > self.latest:
            return score
        charged = max(days - self.free_days, 0)
        return min(charged * (self.points or 0.0) + charged * (self.share or 0.0) * score, score)


Measure = Literal["accuracy", "parameters", "cpu seconds"]


class Leaderboard(Section):
    """What Gradescope's leaderboard compares; for each framework a column."""

    show: Annotated[tuple[Measure, ...], Field(strict=False, min_length=1)]


class Bounds(Section):
    """Partial credit between two values: nothing at ``none``, everything at ``full``, linear between."""

    none: AtLeastZero
    full: AtLeastZero

    def credit(self, value: float) -> float:
        """Share of the points for ``value``, 0 to 1; 0 for nan."""
        share = (value - self.none) / (self.full - self.none)
        return 0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)


class Accuracy(Bounds):
    """Bounds of a share, 0 to 1: more is better."""

    none: Share
    full: Share

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.none >= self.full:
            raise ValueError(f"none ({self.none:g}) must lie below full ({self.full:g})")
        return self


class CpuRatio(Bounds):
    """Bounds of the student's CPU seconds over the reference's: less is better."""

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.none <= self.full:
            raise ValueError(f"none ({self.none:g}) must lie above full ({self.full:g}): less time earns more")
        return self


class Thresholds(Section):
    """Bounds of one framework on one source of data.

    Attributes:
        accuracy: Of the hidden labels, 0 to 1.
        cpu_ratio: CPU seconds of the student's training over those of the reference's.
    """

    accuracy: Accuracy
    cpu_ratio: CpuRatio


class SourceThresholds(Section):
    """Thresholds on one source of data; ``calibrated`` says which runs they came from."""

    calibrated: Text
    keras: Thresholds
    torch: Thresholds


Sizes = dict[str, Annotated[Size, PlainValidator(_size)]]


class Settings(Section):
    """What other data is graded with, where that differs from the tables of the same names."""

    text: OtherText = Field(default_factory=OtherText)
    sizes: Sizes = Field(default_factory=dict)
    training: OtherTraining = Field(default_factory=OtherTraining)


def _helpers(value: Any) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    if isinstance(value, (list, tuple)) and value:
        return tuple(map(_identifier, value))
    raise ValueError(f"must be true, false or a list of names of Python modules without .py, not {value!r}")


Helpers = Annotated[bool | tuple[str, ...], PlainValidator(_helpers)]
Modules = dict[Framework, Annotated[str, PlainValidator(_identifier)]]
Packages = Annotated[tuple[Annotated[str, PlainValidator(_package)], ...], Field(strict=False)]
Weights = dict[str, AtLeastZero]
# Lax here alone: TOML has no enumerations, the text becomes the member.
Visibilities = dict[str, Annotated[Visibility, Field(strict=False)]]
Tasks = Annotated[tuple[TaskEntry, ...], Field(strict=False)]
AllThresholds = dict[Source, SourceThresholds]
AllSettings = dict[Source, Settings]
