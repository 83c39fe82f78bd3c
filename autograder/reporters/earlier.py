"""A results folder belongs to one submission, and what was graded there before is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autograder.errors import AssignmentError, InternalError, what_to_do
from autograder.intake.find import ARCHIVES
from autograder.intake.platforms import who
from autograder.report import Outcome, Report
from autograder.reporters.write import FILES

if TYPE_CHECKING:
    from pathlib import Path

EARLIER: Final = "earlier"  # beside the results, with folders 1, 2, ... in the order of their gradings


def must_fit(report: Report, folder: Path, *, replace_other: bool = False) -> None:
    """See that these results may lie in this folder, before anything is graded.

    Args:
        report: The grading that begins, which says what it is going to grade.
        folder: Where its results go; claimed.
        replace_other: Also where another submission's results lie.

    Raises:
        AssignmentError: Another submission's results lie there, or a part would take the place of a whole grading.
    """
    earlier = _read(folder)
    if earlier is not None:
        _must_fit(earlier, report, folder, replace_other=replace_other)


def make_room(report: Report, folder: Path) -> Path | None:
    """Move earlier results out of the way of those that are about to be written.

    A grading of the same submission that broke off is written over; whatever else was there is kept.

    Args:
        report: The grading that begins, which says what it is going to grade.
        folder: Where its results go; claimed.

    Returns:
        Where the earlier results are now; None where there are none to keep.

    Raises:
        InternalError: They can't be moved.
    """
    if not any((folder / name).exists() for name in FILES):
        return None
    earlier = _read(folder)
    if earlier is not None and not earlier.complete and _same(earlier, report) and _asked(earlier) == _asked(report):
        return None
    try:
        return _moved(folder)
    except OSError as error:
        raise InternalError(f"Can't keep the earlier results of {folder}: {what_to_do(error)}") from error


def _must_fit(earlier: Report, report: Report, folder: Path, *, replace_other: bool) -> None:
    graded = any(check.outcome is not Outcome.PENDING for check in earlier.checks)
    if report.partial and not earlier.partial and graded:
        raise AssignmentError(
            f"{folder} holds a grading of all checks, of {_named(earlier)}: a part (--only) doesn't take its place. "
            f"Choose another results folder with --out."
        )
    if not _same(earlier, report) and not replace_other:
        raise AssignmentError(
            f"{folder} holds the results of another submission, {_named(earlier)}, and this is {_named(report)}. "
            f"Choose another results folder with --out; or call it with --replace, which keeps those in "
            f"{folder / EARLIER}."
        )


def _same(one: Report, other: Report) -> bool:
    """Whether they are of one submission: of the same files, or of what the same student has handed in anew."""
    if one.assignment != other.assignment:
        return False
    hashes = {report.basis.submission if report.basis else "" for report in (one, other)}
    names = {_whose(report.submission) for report in (one, other)}
    return (len(hashes) == 1 and "" not in hashes) or (len(names) == 1 and "" not in names)


def _whose(name: str) -> str:
    plain = next((name[: -len(end)] for end in (*ARCHIVES, ".py") if name.casefold().endswith(end)), name)
    return who(name) or who(plain) or plain


def _asked(report: Report) -> tuple[str, ...]:
    return report.basis.only if report.basis else ()


def _named(report: Report) -> str:
    when = f", graded {report.started}" if report.complete else ""
    return f"{report.submission or 'one without a name'} ({report.assignment}{when})"


def _read(folder: Path) -> Report | None:
    try:
        return Report.from_json((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, InternalError):  # none, or of another version: kept whatever it is
        return None


def _moved(folder: Path) -> Path:
    shelf = folder / EARLIER
    shelf.mkdir(exist_ok=True)
    numbers = [int(path.name) for path in shelf.iterdir() if path.name.isdecimal()]
    place = shelf / str(max(numbers, default=0) + 1)
    place.mkdir()
    for name in ("report.html", "results.json", "report.json"):  # the last one tells what the others are
        if (folder / name).exists():
            (folder / name).rename(place / name)
    return place
