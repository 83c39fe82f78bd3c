"""What the time of a hand-in, its authors and earlier submissions mean for the points.

Everything is decided from what the metadata says, so that a regrading weeks later comes to the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from autograder.assignment import Assignment
from autograder.grading.metadata import Metadata
from autograder.report import HandIn

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """The assignment's rules, applied to one hand-in."""

    assignment: Assignment
    metadata: Metadata

    @property
    def days_late(self) -> int:
        """Days after the due date, of which one that has begun is one; 0 where a date is missing."""
        created, due = self.metadata.created_at, self.metadata.due
        if created is None or due is None or created <= due:
            return 0
        return math.ceil((created - due) / DAY)

    @property
    def refusal(self) -> str:
        """Why this one isn't graded, in words for students; empty if it is.

        A day is a calendar day of the time zone in which Gradescope gives the time of this hand-in.
        """
        most, created = self.assignment.limits.per_day, self.metadata.created_at
        if most is None or created is None:
            return ""
        times = [entry.submission_time for entry in self.metadata.earlier]
        today = [time for time in times if time and time.astimezone(created.tzinfo).date() == created.date()]
        if len(today) < most:
            return ""
        graded = "One submission is" if most == 1 else f"{most} submissions are"
        return (
            f"Not graded. {graded} graded a day, and there was as much on {created:%d %B} already: what counted before "
            f"counts still. Hand in again on {created + DAY:%d %B}; `autograder check` checks your work at any time."
        )

    @property
    def earlier_points(self) -> float:
        """What counted before this hand-in: the best or the latest of those that were graded; 0 without any."""
        earlier = [entry for entry in self.metadata.earlier if entry.score is not None]
        if not earlier:
            return 0.0
        if self.assignment.counts == "best":
            return self._capped(max(entry.score or 0.0 for entry in earlier))
        dated = [entry for entry in earlier if entry.submission_time is not None]
        latest = max(dated, key=lambda entry: entry.submission_time.timestamp()) if dated else earlier[-1]  # type: ignore[union-attr]  # dated
        return self._capped(latest.score or 0.0)

    def settle(self, score: float) -> HandIn:
        """What a grading that has come to ``score`` points counts for."""
        late = self.assignment.late
        penalty = late.penalty(self.days_late, score) if late else 0.0
        counted = score - penalty
        if self.assignment.counts == "best":
            counted = max(counted, self.earlier_points)
        return HandIn(round(counted, 4), self.days_late, round(penalty, 4), self.metadata.names, self._remarks())

    @property
    def staff_notes(self) -> tuple[str, ...]:
        """What couldn't be read, and what therefore wasn't judged."""
        said = [f"submission_metadata.json: {problem} could not be read" for problem in self.metadata.problems]
        if self.assignment.late and self.metadata.created_at is None:
            said.append("Whether it was late was not judged: submission_metadata.json has no created_at.")
        return tuple(said)

    def _capped(self, score: float) -> float:
        return min(score, self.assignment.points)

    def _remarks(self) -> tuple[str, ...]:
        said = [f"Handed in together by {', '.join(self.metadata.names)}."] if len(self.metadata.names) > 1 else []
        said += [self._lateness()] if self.days_late and self.assignment.late else []
        if self.assignment.counts == "best" and self.metadata.earlier:
            said.append("Of all your submissions, the one with the most points counts.")
        return tuple(said)

    def _lateness(self) -> str:
        late, days = self.assignment.late, self.days_late
        assert late is not None  # noqa: S101 - for the type checker
        since = f"Handed in {days} {'day' if days == 1 else 'days'} after the due date"
        if late.latest is not None and days > late.latest:
            return f"{since}; after {late.latest}, nothing counts."
        charged = max(days - late.free_days, 0)
        if not charged or not (late.points or late.share):
            return f"{since}, which costs nothing."
        price = f"{late.points:g} points" if late.points else f"{100 * (late.share or 0):g} % of what was earned"
        return f"{since}; {charged} of them {'costs' if charged == 1 else 'cost'} {price} each."
