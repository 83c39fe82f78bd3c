"""Verdicts that stay: a case is graded again only when something that its grade rests on has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from autograder.assignment import Assignment
from autograder.errors import InternalError
from autograder.grading.fingerprints import VERDICTS, sources
from autograder.proving.calibration import here
from autograder.proving.cases import Case
from autograder.proving.record import OF_ONE_CASE, fingerprint
from autograder.proving.verify import Verdict
from autograder.report import Outcome

NAME: Final = VERDICTS  # beside the solution


class KeptVerdicts:
    """Right verdicts of earlier verifications, in a file with a line of JSON each, which may be removed at any time.

    A line that can't be read, such as the half one that a killed call leaves, is no verdict.
    """

    def __init__(self, path: Path, *rests_on: object) -> None:
        """Read the file, if there is one.

        Args:
            path: The file.
            rests_on: All that any case's grade rests on besides the case itself, as what gives a text: fingerprints,
                the seed. Versions of the frameworks and the machine are added.
        """
        self._path = path
        self._rests_on = [str(part) for part in (*rests_on, *here())]
        self._lines = dict(_lines(path))

    def of(self, case: Case) -> Verdict | None:
        """Its verdict, if one was kept for exactly what would be graded now."""
        try:
            return _read(case, self._lines[self._digest(case)])
        except (KeyError, TypeError, ValueError):
            return None

    def keep(self, verdict: Verdict) -> None:
        """Add a verdict, if it is right: what was wrong once is to be seen again.

        Raises:
            InternalError: The file can't be written.
        """
        if verdict.problems:
            return
        told = {"digest": self._digest(verdict.case), "name": verdict.case.name, **_told(verdict)}
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"\n{json.dumps(told, allow_nan=False)}")  # begun anew, whatever the last line ended with
        except OSError as error:
            raise InternalError(f"can't write {self._path}: {error.strerror}") from error

    def _digest(self, case: Case) -> str:
        return hashlib.sha256(json.dumps([self._rests_on, asdict(case)]).encode()).hexdigest()


def verdicts_of(assignment: Assignment, solution: Path, seed: int) -> KeptVerdicts:
    """Verdicts of earlier calls, of which those count that rest on the very same files, outside of cases' own."""
    data = [Path(assignment.data.path)] if assignment.data and assignment.data.path else []
    common = fingerprint([*sources(assignment.folder, solution), *data], OF_ONE_CASE)
    return KeptVerdicts(solution / NAME, common, assignment.data, seed)


def _lines(path: Path) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            told = json.loads(line)
            yield told["digest"], told
        except (ValueError, TypeError, KeyError):
            continue


def _told(verdict: Verdict) -> dict[str, Any]:
    return {name: value for name, value in asdict(verdict).items() if name not in ("case", "problems")}


def _read(case: Case, told: Mapping[str, Any]) -> Verdict:
    return Verdict(
        case,
        float(told["score"]),
        float(told["max_score"]),
        float(told["verified_share"]),
        tuple(told["named"]),
        tuple(told["lost"]),
        float(told["seconds"]),
        (),
        tuple((number, framework, Outcome(outcome)) for number, framework, outcome in told["outcomes"]),
        float(told["own"]),
    )
