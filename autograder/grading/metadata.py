"""Gradescope's ``submission_metadata.json``: who handed in, when, and what earlier submissions got.

Nobody's grade may hang on one odd field, so each is read by itself: what can't be read is missing, and is named in
``problems``. Times are as Gradescope writes them, with the course's time zone; the clock of the machine has no say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, ValidationInfo, WrapValidator

YEARS: Final = range(2000, 2200)  # of a time that can be meant; also keeps arithmetic with it in datetime's bounds
LARGEST: Final = 2**25  # bytes; it holds the whole results of the latest submission


def _or_none(value: Any, read: Callable[[Any], Any], info: ValidationInfo) -> Any:
    """None for what can't be read; the validation's context, a list, gets the field's name."""
    if value is None:
        return None
    try:
        return read(value)
    except ValidationError:
        if isinstance(info.context, list) and info.field_name is not None:
            info.context.append(info.field_name)
        return None


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time is text")  # noqa: TRY004 - what pydantic asks for
    read = datetime.fromisoformat(value)
    if read.year not in YEARS:
        raise ValueError(f"nobody hands in in the year {read.year}")
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _score(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("a score is a number")  # noqa: TRY004 - likewise
    try:
        read = float(value)
    except OverflowError as error:
        raise ValueError("a score is a number") from error
    if not math.isfinite(read):
        raise ValueError("a score is finite")
    return max(read, 0.0)


Field_ = TypeVar("Field_")
Maybe = Annotated[Field_ | None, WrapValidator(_or_none)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Score = Annotated[float, BeforeValidator(_score)]


class Entry(BaseModel):
    """Unknown fields are Gradescope's business."""

    model_config = {"frozen": True, "extra": "ignore"}


class Dates(Entry):
    """Of the assignment; of a user, with an extension."""

    due_date: Maybe[Moment] = None


class User(Entry):
    name: Maybe[str] = None
    assignment: Maybe[Dates] = None


class Previous(Entry):
    """An earlier submission."""

    submission_time: Maybe[Moment] = None
    score: Maybe[Score] = None
    autograder_error: Maybe[bool] = None
    results: Maybe[dict[str, Any]] = None  # of the latest alone

    @property
    def graded(self) -> bool:
        """Whether it has points that count: neither Gradescope nor the grader says that something broke."""
        extra = (self.results or {}).get("extra_data")
        broke = isinstance(extra, dict) and extra.get("needs_regrading") is True
        return self.score is not None and not self.autograder_error and not broke


class Metadata(Entry):
    """What is known of a hand-in; everything may be missing.

    Attributes:
        problems: Names of fields that can't be read, or why nothing can.
    """

    created_at: Maybe[Moment] = None
    assignment: Maybe[Dates] = None
    users: Maybe[tuple[Maybe[User], ...]] = None
    previous_submissions: Maybe[tuple[Maybe[Previous], ...]] = None
    problems: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def due(self) -> datetime | None:
        """When it was due: of a group, the latest of its members' own dates, where these have extensions."""
        own = [user.assignment.due_date for user in self.users or () if user and user.assignment]
        dates = [date for date in own if date is not None]
        return max(dates, default=self.assignment.due_date if self.assignment else None)

    @property
    def names(self) -> tuple[str, ...]:
        """Of those who handed in, as they are written there."""
        return tuple(user.name for user in self.users or () if user and user.name)

    @property
    def earlier(self) -> tuple[Previous, ...]:
        """Earlier submissions that were graded."""
        return tuple(entry for entry in self.previous_submissions or () if entry and entry.graded)


def read_metadata(file: Path) -> Metadata:
    """Read the file; never raises for what is in it, nor for there being none."""
    try:
        if file.stat().st_size > LARGEST:
            return Metadata(problems=(f"{file.name} is too large",))
        return parse_metadata(file.read_bytes())
    except OSError as error:
        return Metadata(problems=(f"{file.name} can't be read: {error.strerror}",))


def parse_metadata(text: bytes) -> Metadata:
    """What the text says; never raises for what is in it."""
    try:
        raw = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return Metadata(problems=(f"not JSON: {type(error).__name__}",))
    if not isinstance(raw, dict):
        return Metadata(problems=("not an object",))
    unread: list[str] = []
    raw.pop("problems", None)
    read = Metadata.model_validate(raw, context=unread)
    return read.model_copy(update={"problems": tuple(dict.fromkeys(unread))})
