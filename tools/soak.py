"""Grades correct solutions again and again while the processors have other work, and counts lost points: none is right.

Each round grades the solution and every variant of each assignment with another seed, so with other hidden data, other
sizes and other weights. Started by `make soak`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.assignment import load
from autograder.grading.reference import solution_of
from autograder.proving.cases import Case, cases
from autograder.proving.verify import Verdict, cores, verify

TOP = Path(__file__).parents[1]


def main() -> int:
    """Grade until there are enough; 0 if no point was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assignments", nargs="*", help="their names; all without")
    parser.add_argument("--gradings", type=int, default=300, help="how many at least (default 300)")
    parser.add_argument("--jobs", type=int, default=cores(), help="how many at a time (default: one per processor)")
    parser.add_argument("--load", type=int, default=cores(), help="busy processes besides (default: one per processor)")
    parser.add_argument("--seed", type=int, default=1, help="of the first round (default 1)")
    parser.add_argument("--out", type=Path, help="a file to keep each grade in, a line of JSON each")
    options = parser.parse_args()
    names = options.assignments or sorted(path.name for path in (TOP / "assignments").iterdir() if path.is_dir())
    busy = [multiprocessing.Process(target=_work, daemon=True) for _ in range(options.load)]
    for process in busy:
        process.start()
    started, verdicts = time.monotonic(), []
    for seed, verdict in _graded(names, options.seed, options.gradings, options.jobs):
        verdicts.append(verdict)
        _tell(verdict, seed, len(verdicts), options.out)
    for process in busy:
        process.terminate()
    wrong = sum(bool(verdict.problems) for verdict in verdicts)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(verdicts)} gradings of correct submissions in {minutes:.0f} min, {wrong} of them lost points.")
    return 1 if wrong else 0


def _graded(names: list[str], seed: int, gradings: int, jobs: int) -> Iterator[tuple[int, Verdict]]:
    done = 0
    for this in itertools.count(seed):
        for name in names:
            folder = TOP / "assignments" / name
            assignment = load(folder)
            solution = solution_of(assignment)
            correct: list[Case] = [case for case in cases(assignment, solution) if case.kind.is_correct]
            for verdict in verify(folder, solution, correct, None, this, jobs):
                done += 1
                yield this, verdict
        if done >= gradings:
            return


def _tell(verdict: Verdict, seed: int, number: int, out: Path | None) -> None:
    said = f"{verdict.score:g} of {verdict.max_score:g}"
    print(f"{number:4} {'ok ' if not verdict.problems else 'BAD'} {verdict.case.name}, seed {seed}: {said}", flush=True)
    for problem in verdict.problems:
        print(f"     {problem}", flush=True)
    if out is not None:
        line = {"case": verdict.case.name, "seed": seed, "score": verdict.score, "problems": verdict.problems}
        with out.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(line) + "\n")


def _work() -> None:
    while True:
        sum(range(1000))


if __name__ == "__main__":
    sys.exit(main())
