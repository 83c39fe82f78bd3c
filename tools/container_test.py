"""Builds the image and tries it for real: started by `make container`, wherever a Docker engine is found.

1. The TA's image grades the solution of text-cnn and one known mistake, without network and with default capabilities.
2. Gradescope's zip of the same assignment is rehearsed at Gradescope's sizes.

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

from autograder.assignment import load
from autograder.grading.reference import find_solution
from autograder.release import master_sources

TOP = Path(__file__).parents[1]
IMAGE = "autograder-container-test"
BASE = os.environ.get("AUTOGRADER_BASE", "python:3.11-slim-bookworm")
NETWORK = os.environ.get("AUTOGRADER_BUILD_NETWORK", "default")
NAME, MISTAKE = "text-cnn", "average-pooling"
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
        build()
        right = [grade(path, work, points) for path, points in submissions]
        right.append(rehearse(gradescope_zip(work), submissions[0][0]))
    return 0 if all(right) else 1


def run(*command: object, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=quiet, text=True, check=False)


def write_submissions(folder: Path) -> list[tuple[Path, bool]]:
    """Zips of the solution and of a mistake; True for all points."""
    folder.mkdir()
    assignment = load(TOP / "assignments" / NAME)
    solution = find_solution(assignment)
    assert solution is not None
    sources = master_sources(solution, assignment.modules.values())
    wrong = dict(sources)
    for framework, module in assignment.modules.items():
        overlay = solution / "mutants" / MISTAKE / f"{framework}.py"
        if overlay.is_file():
            wrong[f"{module}.py"] += "\n" + overlay.read_text(encoding="utf-8")
    return [(archive(folder / "solution.zip", sources), True), (archive(folder / f"{MISTAKE}.zip", wrong), False)]


def archive(path: Path, texts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in texts.items():
            made.writestr(name, text)
    return path


def build() -> None:
    started = time.monotonic()
    index = os.environ.get("AUTOGRADER_TORCH_INDEX", "")
    arguments = ("--network", NETWORK, "--build-arg", f"BASE={BASE}", "--build-arg", f"TORCH_INDEX={index}")
    done = run("docker", "build", *arguments, "--tag", IMAGE, TOP, quiet=True)
    if done.returncode:
        sys.exit(f"The image can't be built:\n{done.stderr[-3000:]}")
    size = int(run("docker", "image", "inspect", "--format", "{{.Size}}", IMAGE, quiet=True).stdout)
    print(f"Image: {size / 1e9:.2f} GB, built in {time.monotonic() - started:.0f} s (what was cached counts nothing).")


def grade(path: Path, work: Path, everything: bool) -> bool:
    """Grade one submission in the TA's image, and say what it took."""
    out = work / path.stem
    out.mkdir()
    started = time.monotonic()
    done = run(
        *("docker", "run", "--rm", "--network=none", "--volume", f"{path.parent}:/submissions:ro"),
        *("--volume", f"{out}:/out", "--volume", f"{WATCH}:/watch_memory.sh:ro", "--entrypoint", "/watch_memory.sh"),
        *(IMAGE, "/out/memory", "autograder", "grade", f"/submissions/{path.name}", "--out", "/out"),
        quiet=True,
    )
    seconds = time.monotonic() - started
    if not (out / "report.json").is_file():
        print(f"{path.name}: no report, exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return False
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    totals = report["totals"]
    memory = (out / "memory").read_text().split()[0] if (out / "memory").is_file() else ""
    shown = f", {int(memory) / 2**20:,.0f} MiB at most" if memory else ""
    print(f"{path.name}: {totals['score']:g} of {totals['max_score']:g} points in {seconds:.0f} s{shown}.")
    on = [layer["name"] for layer in report["sandbox"] if layer["on"]]
    off = [f"{layer['name']} ({layer['why']})" for layer in report["sandbox"] if not layer["on"]]
    print(f"  Confinement that holds: {', '.join(on)}. Not: {', '.join(off) or 'nothing is missing'}.")
    return as_expected(report, everything)


def as_expected(report: dict, everything: bool) -> bool:
    if report["totals"]["needs_regrading"]:
        print("  The grader itself failed.", *report["staff_notes"], sep="\n  ")
        return False
    named = {check["finding"]["misconception"] for check in report["checks"] if check["finding"]}
    lost = report["totals"]["score"] < report["totals"]["max_score"]
    right = not lost if everything else lost and named == {MISTAKE}
    print(f"  {'As it should be' if right else 'NOT as it should be'}; named: {', '.join(sorted(named)) or 'nothing'}.")
    return right


def gradescope_zip(work: Path) -> Path:
    """What an instructor uploads."""
    done = run(Path(sys.executable).parent / "autograder", "release", NAME, "--out", work / "dist", quiet=True)
    if done.returncode:
        sys.exit(f"The release can't be made:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return work / "dist" / f"{NAME}-gradescope.zip"


def rehearse(zip_file: Path, submission: Path) -> bool:
    command = (Path(sys.executable).parent / "autograder", "rehearse", zip_file, submission)
    # The smallest size and a middle one: the others take long, and say the same.
    return run(*command, "--size", "0.75", "--size", "3", "--base", BASE, "--network", NETWORK).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
