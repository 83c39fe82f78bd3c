"""Builds the image and tries it for real: started by `make container`, wherever a Docker engine is found.

1. The TA's image grades the solution of text-cnn and one known mistake, without network and with default capabilities.
2. So does the image that is made of a release's Docker context, with the mistake.
3. Gradescope's zip of the same release, laid out as Gradescope does, grades both to the same scores: the solution in
   the smallest size, the mistake in a middle one. (`autograder rehearse` tries all sizes.)

    AUTOGRADER_BASE           the image to start from; python:3.11-slim-bookworm without it
    AUTOGRADER_BUILD_NETWORK  Docker's network while images are built
    AUTOGRADER_TORCH_INDEX    an additional package index, such as PyTorch's own one of CPU builds
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from rich.console import Console

from autograder.assignment import load
from autograder.cli.rehearse import render
from autograder.grading.reference import solution_of
from autograder.proving.cases import cases
from autograder.release.rehearsal import MINUTES, SIZES, Image

TOP = Path(__file__).parents[1]
IMAGE = "autograder-container-test"
BASE = os.environ.get("AUTOGRADER_BASE", "python:3.11-slim-bookworm")
NETWORK = os.environ.get("AUTOGRADER_BUILD_NETWORK", "default")
NAME, MISTAKE, NONE = "text-cnn", "average-pooling", ""
SIZE_OF = {NONE: SIZES[0], MISTAKE: SIZES[2]}
FAULTS: list[str] = []
WATCH = TOP / "autograder" / "release" / "templates" / "watch_memory.sh"


def main() -> int:
    """Run all of it; 0 if everything is as it should be, or if there is no engine."""
    if shutil.which("docker") is None or run("docker", "version", quiet=True).returncode:
        print("No Docker engine is found here: the container tests are skipped.")
        return 0
    with tempfile.TemporaryDirectory(prefix="autograder-container-") as folder:
        work = Path(folder)
        work.chmod(0o755)
        submissions = write_submissions(work / "submissions")
        build(TOP, IMAGE)
        reports = {mistake: grade(IMAGE, path, work, mistake) for mistake, path in submissions.items()}
        dist = release(work)
        build(dist / f"{NAME}-docker", f"{IMAGE}-released")
        grade(f"{IMAGE}-released", submissions[MISTAKE], work, MISTAKE)
        rehearse(dist / f"{NAME}-gradescope.zip", submissions, reports)
    print("NOT all is as it should be." if FAULTS else "All is as it should be.", *FAULTS, sep="\n  ")
    return 1 if FAULTS else 0


def run(*command: object, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=quiet, text=True, check=False)


def expect(holds: bool, fault: str) -> None:
    """Say it at once when something isn't as it should be, and go on: one run shows all of it."""
    if not holds:
        FAULTS.append(fault)
        print(f"  NOT as it should be: {fault}")


def write_submissions(folder: Path) -> dict[str, Path]:
    """Zips of the solution and of a mistake, by the mistake that has to be named."""
    folder.mkdir()
    assignment = load(TOP / "assignments" / NAME)
    solution = solution_of(assignment)
    files = {case.name: case.files for case in cases(assignment, solution)}
    return {
        NONE: archive(folder / "solution.zip", files["solution"]),
        MISTAKE: archive(folder / f"{MISTAKE}.zip", files[MISTAKE]),
    }


def archive(path: Path, texts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in texts.items():
            made.writestr(name, text)
    return path


def build(context: Path, tag: str) -> None:
    started = time.monotonic()
    index = os.environ.get("AUTOGRADER_TORCH_INDEX", "")
    arguments = ("--network", NETWORK, "--build-arg", f"BASE={BASE}", "--build-arg", f"TORCH_INDEX={index}")
    done = run("docker", "build", *arguments, "--tag", tag, context, quiet=True)
    if done.returncode:
        sys.exit(f"The image can't be built:\n{done.stderr[-3000:]}")
    size = int(run("docker", "image", "inspect", "--format", "{{.Size}}", tag, quiet=True).stdout)
    print(f"Image {tag}: {size / 1e9:.2f} GB, built in {time.monotonic() - started:.0f} s (but for what was cached).")


def grade(image: str, path: Path, work: Path, mistake: str) -> dict:
    """Grade one submission in a TA's image, say what it took, and return the report."""
    out = Path(tempfile.mkdtemp(dir=work, prefix="out-"))
    started = time.monotonic()
    done = run(
        *("docker", "run", "--rm", "--network=none", "--volume", f"{path.parent}:/submissions:ro"),
        *("--volume", f"{out}:/out", "--volume", f"{WATCH}:/watch_memory.sh:ro", "--entrypoint", "/watch_memory.sh"),
        *(image, "/out/memory", "autograder", "grade", f"/submissions/{path.name}", "--out", "/out"),
        quiet=True,
    )
    seconds = time.monotonic() - started
    if not (out / "report.json").is_file():
        sys.exit(f"{path.name}: no report, exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    totals = report["totals"]
    watched = (out / "memory").read_text().split() if (out / "memory").is_file() else []
    shown = f", {int(watched[0]) / 2**20:,.0f} MiB at most" if watched else ""
    print(f"{path.name}: {totals['score']:g} of {totals['max_score']:g} points in {seconds:.0f} s{shown}.")
    on = [layer["name"] for layer in report["sandbox"] if layer["on"]]
    off = [f"{layer['name']} ({layer['why']})" for layer in report["sandbox"] if not layer["on"]]
    print(f"  Confinement that holds: {', '.join(on)}. Not: {', '.join(off) or 'nothing is missing'}.")
    expect(not totals["needs_regrading"], f"the grader itself failed: {' '.join(report['staff_notes'])}")
    expect(not off, f"layers of confinement are off: {', '.join(off)}")
    named = {check["finding"]["misconception"] for check in report["checks"] if check["finding"]}
    lost = totals["score"] < totals["max_score"]
    expect(lost == bool(mistake), f"{path.name} got {totals['score']:g} of {totals['max_score']:g} points")
    expect(named == ({mistake} if mistake else set()), f"{path.name}: named {', '.join(sorted(named)) or 'nothing'}")
    return report


def release(work: Path) -> Path:
    """What an instructor uploads and hands out."""
    done = run(Path(sys.executable).parent / "autograder", "release", NAME, "--out", work / "dist", quiet=True)
    if done.returncode:
        sys.exit(f"The release can't be made:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return work / "dist"


def rehearse(zip_file: Path, submissions: dict[str, Path], reports: dict[str, dict]) -> None:
    """Grade both as Gradescope does; the scores are those of the TA's image."""
    trials = []
    with Image(zip_file, BASE, NETWORK) as image:
        for mistake, path in submissions.items():
            trial = image.grade(path, SIZE_OF[mistake], 60 * MINUTES)
            trials.append(trial)
            expect(trial.safe, f"Gradescope, {trial.size}: {path.name}: {trial.verdict}\n{trial.said[-1500:]}")
            wanted, score = reports[mistake]["totals"]["score"], (trial.results or {}).get("score")
            expect(score == wanted, f"Gradescope, {trial.size}: {path.name} got {score}, not {wanted:g}")
    render(trials, Console())


if __name__ == "__main__":
    sys.exit(main())
