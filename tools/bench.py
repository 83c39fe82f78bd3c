"""What grading costs, beside the bare work: the very calls that a grading makes, replayed in one fresh script.

Gradings and bare runs are interleaved, since machines are noisy; figures are medians, and ratios are what to look at.
The reference's own training, which only the run-time check needs, is left out on both sides and stated apart.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench-output"
SOLUTION = ROOT / "solutions" / "text-cnn"
SEED = 1
DEVICE_ROUNDS = 9  # of device checks: each takes a fraction of a second
START_ROUNDS = 15  # of starts of a worker: each takes some hundredths


def main() -> None:
    """Record one grading, then time gradings and replays in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how many gradings and bare runs (default 3)")
    parser.add_argument("--walls", action="store_true", help="only what confining costs: all layers against none")
    parser.add_argument("--role", help=argparse.SUPPRESS)
    parser.add_argument("--recording", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        roles: dict[str, Callable[[Path], object]] = {
            "record": record,
            "grade": grade,
            "later": later,
            "bare": bare,
            "devices": devices,
            "unconfined": unconfined,
            "starts": starts,
        }
        print(json.dumps(roles[options.role](options.recording)))
        return
    if not options.walls:
        compare(options.rounds)
    walls(options.rounds)


def walls(rounds: int) -> None:
    """Grade within all layers and within none in turn, start workers likewise, and print the table."""
    console = Console()
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "none"
        runs: dict[str, list[dict[str, Any]]] = {"grade": [], "unconfined": []}
        timed("grade", recording)  # not counted: it reads the frameworks from a cold disk
        for turn in range(rounds):
            for role in sorted(runs, reverse=bool(turn % 2)):  # each is first as often: machines warm up and slow down
                runs[role].append(timed(role, recording))
                console.print(f"{role:10} {runs[role][-1]['cpu']:6.1f} CPU s", highlight=False)
        begun = timed("starts", recording)
    (OUT / "walls.json").write_text(json.dumps({**runs, "starts": begun}, indent=1), encoding="utf-8")
    table = Table(title="What confining costs (medians)")
    for column in ("", "all layers", "none", "difference"):
        table.add_column(column, justify="right" if column else "left")
    with_walls, without = (statistics.median(run["cpu"] for run in runs[role]) for role in runs)
    ratios = [one["cpu"] / other["cpu"] for one, other in zip(*runs.values(), strict=True)]
    change = f"{statistics.median(ratios) - 1:+.1%} (of pairs {min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%})"
    table.add_row("grading the reference, CPU s", f"{with_walls:.1f}", f"{without:.1f}", change)
    for framework in ("keras", "torch"):
        one, other = (statistics.median(begun[framework][kind]) * 1000 for kind in ("confined", "unconfined"))
        table.add_row(f"start of a worker ({framework}), ms", f"{one:.0f}", f"{other:.0f}", f"{one - other:+.0f} ms")
    console.print(table)


def compare(rounds: int) -> None:
    """Time both sides in turn, print the table, and leave the figures in bench-output/bench.json."""
    console = Console()
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, console.status("recording one grading ..."):
        recording = Path(folder) / "calls.pickle"
        timed("record", recording)
        runs: dict[str, list[dict[str, Any]]] = {"bare": [], "grade": []}
        for _ in range(rounds):
            for role, found in runs.items():
                found.append(timed(role, recording))
                console.print(f"{role:6} {found[-1]['cpu']:6.1f} CPU s  {found[-1]['wall']:6.1f} s", highlight=False)
        runs["later"] = [timed("later", recording)]
        runs["devices"] = [timed("devices", recording)]
    (OUT / "bench.json").write_text(json.dumps(runs, indent=1), encoding="utf-8")
    show(console, runs)


def show(console: Console, runs: dict[str, list[dict[str, Any]]]) -> None:
    """Medians and ratios."""

    def median(role: str, key: str) -> float:
        return statistics.median(run[key] for run in runs[role])

    bare_cpu, bare_wall = median("bare", "cpu"), median("bare", "wall")
    (later_run,) = runs["later"]
    rows = [
        ("bare script, the same calls", bare_wall, bare_cpu, median("bare", "first")),
        ("autograder, one submission", median("grade", "wall"), median("grade", "cpu"), median("grade", "first")),
        ("autograder, each later submission", later_run["each_wall"], later_run["each_cpu"], later_run["each_first"]),
    ]
    table = Table(title="Grading the reference of text-cnn (medians)")
    for column in ("", "wall s", "CPU s", "CPU over bare", "first verdict s"):
        table.add_column(column, justify="right" if column else "left")
    for name, wall, cpu, first in rows:
        table.add_row(name, f"{wall:.1f}", f"{cpu:.1f}", f"{cpu / bare_cpu:.2f}", f"{first:.1f}")
    console.print(table)
    console.print(device_table(runs["devices"][0]))
    parts = runs["grade"][-1]["parts"]
    console.print("Where a single grading's CPU seconds go: " + ", ".join(f"{k} {v:.1f}" for k, v in parts.items()))
    console.print(f"The reference's own training, counted apart: {later_run['reference_cpu']:.1f} CPU seconds.")


def device_table(found: dict[str, Any]) -> Table:
    """Seconds of PyTorch's device checks, and how many times as long they take as on the CPU itself."""
    table = Table(title="Device checks of the reference in PyTorch (medians)")
    for column in ("", "simulated GPU s", "the CPU itself s", "ratio"):
        table.add_column(column, justify="right" if column else "left")
    for name in ("text-cnn", "text-lstm"):
        simulated, cpu = (statistics.median(found[name][device]) for device in ("simulated", "cpu"))
        table.add_row(name, f"{simulated:.2f}", f"{cpu:.2f}", f"{simulated / cpu:.1f}")
    return table


def timed(role: str, recording: Path) -> dict[str, Any]:
    """Run one role in a fresh process; its wall time and all CPU seconds of it and its children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, __file__, "--role", role, "--recording", str(recording)]
    environment = {**os.environ, **one_thread()}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": time.monotonic() - started, "cpu": cpu, **json.loads(done.stdout.splitlines()[-1])}


def one_thread() -> dict[str, str]:
    """The environment in which workers run, so that both sides have the same threads."""
    from autograder.student.zygotes import worker_environment

    return {k: v for k, v in worker_environment(os.environ["HOME"]).items() if k not in ("PATH", "HOME", "LANG")}


# -- the roles, each in a process of its own


class FirstVerdict:
    """A listener that keeps the moment of the first result."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.seconds = 0.0

    def started(self, check: object) -> None:
        """Nothing to keep."""

    def changed(self, _report: object, latest: object) -> None:
        if latest is not None and not self.seconds:
            self.seconds = time.monotonic() - self.since


def submission(recording: Path) -> Path:
    """The reference as a student would hand it in, in a folder beside the recording."""
    from autograder.assignment import find, load
    from autograder.release import master_sources, write_modules

    folder = recording.with_name("submission")
    if folder.exists():
        return folder
    return write_modules(master_sources(SOLUTION, load(find("text-cnn", start=ROOT)).modules.values()), folder)


def order(recording: Path, solution: Path | None) -> Any:
    from autograder.assignment import find, load
    from autograder.grading.session import Order

    return Order(load(find("text-cnn", start=ROOT)), submission(recording), solution, SEED, hidden=True)


def record(recording: Path) -> dict[str, Any]:
    """Grade once and keep every call that a worker gets."""
    from autograder.student import worker as module

    calls: list[tuple[str, int, str, dict[str, Any], dict[str, Any]]] = []
    plain, with_device = module.Worker.call, set()

    def call(self: Any, method: str, doing: str, seconds: float, arrays: Any = None, **parameters: Any) -> Any:
        if method == "open_device":
            with_device.add(id(self))
        calls.append((self._zygote.framework.value, id(self), method, parameters, dict(arrays or {})))
        return plain(self, method, doing, seconds, arrays, **parameters)

    module.Worker.call = call  # type: ignore[method-assign]
    result = grade(recording)
    # A bare script has no simulated GPU; what that costs is a table of its own.
    recording.write_bytes(pickle.dumps([made for made in calls if made[1] not in with_device]))
    return result


def grade(recording: Path) -> dict[str, Any]:
    """One grading as the command line does it, without the reference's run."""
    from autograder.grading.session import Grader

    first = FirstVerdict()
    with Grader() as grader:
        report = grader.grade(order(recording, None), [first])
        own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "first": first.seconds,
        "score": report.score,
        "parts": {
            "imports and the student's code (workers)": workers.ru_utime + workers.ru_stime,
            "oracle, pytest, reports (grader)": own.ru_utime + own.ru_stime,
        },
    }


def unconfined(recording: Path) -> dict[str, Any]:
    """The same with workers that nothing confines."""
    from autograder.student.zygotes import Zygote

    Zygote._command = lambda _: without_walls()  # type: ignore[method-assign]  # noqa: SLF001
    return grade(recording)


def without_walls() -> list[str]:
    return [sys.executable, "-s", "-P", str(Path(__file__).with_name("unconfined_zygote.py"))]


def starts(_recording: Path) -> dict[str, dict[str, list[float]]]:
    """Seconds from the request for a worker to its greeting, confined and probed, and without; in turn."""
    from autograder.assignment import Limits
    from autograder.blueprint import Framework
    from autograder.student.bench import Bench
    from autograder.student.worker import Worker
    from autograder.student.zygotes import Zygote

    class Open(Zygote):
        def _command(self) -> list[str]:
            return without_walls()

    found: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o711)
        for framework in Framework:
            zygotes = {"confined": Zygote(framework), "unconfined": Open(framework)}
            found[framework.value] = {kind: [] for kind in zygotes}
            bench = Bench(Path(root, framework.value), submission(Path(root, "x")), Limits(), [])
            for _ in range(START_ROUNDS + 1):
                for kind, zygote in zygotes.items():
                    started = time.monotonic()
                    worker = Worker(zygote, bench.policy(), str(bench.code), bench.secrets, 64)
                    found[framework.value][kind].append(time.monotonic() - started)
                    worker.end()
            for zygote in zygotes.values():
                zygote.close()
            bench.close()
    return {name: {kind: times[1:] for kind, times in kinds.items()} for name, kinds in found.items()}


def later(recording: Path) -> dict[str, Any]:
    """The second and third submission of one call, and what the reference's run adds."""
    from autograder.grading.session import Grader

    def spent() -> float:
        import psutil

        processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
        return sum(sum(process.cpu_times()[:4]) for process in processes)

    with Grader() as grader:
        grader.grade(order(recording, None))
        before, started, firsts = spent(), time.monotonic(), []
        for _round in range(2):
            first = FirstVerdict()
            grader.grade(order(recording, None), [first])
            firsts.append(first.seconds)
        each, wall, first_seconds = (spent() - before) / 2, (time.monotonic() - started) / 2, statistics.fmean(firsts)
        before = spent()
        grader.grade(order(recording, SOLUTION))
        return {
            "each_cpu": each,
            "each_wall": wall,
            "each_first": first_seconds,
            "reference_cpu": spent() - before - each,
        }


def bare(recording: Path) -> dict[str, Any]:
    """The recorded calls, one after the other in this process: no sandbox, no protocol, no oracle."""
    started = time.monotonic()
    calls = pickle.loads(recording.read_bytes())
    from autograder.worker import adapters
    from autograder.worker.service import Service, call

    adapters_by: dict[str, Any] = {}
    services: dict[int, Any] = {}
    first = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for framework, worker, method, recorded, arrays in calls:
            parameters = dict(recorded)
            if method == "import_module":
                parameters["path"] = str(submission(recording) / Path(parameters["path"]).name)
                adapter = adapters_by[framework] if framework in adapters_by else adapters.load(framework)
                adapter.prepare()
                adapters_by[framework], services[worker] = adapter, Service(adapter)
            if method in ("save", "load"):
                parameters["path"] = str(Path(folder, framework))
            call(services[worker], method, parameters, arrays)
            first = first or (time.monotonic() - started if method == "build_vocabulary" else 0.0)
    return {"first": first, "calls": len(calls)}


def devices(_recording: Path) -> dict[str, Any]:
    """PyTorch's device checks on the simulated GPU, and the very same checks with the CPU for a device, in turn."""
    from autograder.assignment import find, load
    from autograder.blueprint import Framework
    from autograder.checking import torch_devices
    from autograder.grading.session import Grader, Order
    from autograder.release import master_sources, write_modules

    found: dict[str, dict[str, list[float]]] = {}
    with Grader() as grader, tempfile.TemporaryDirectory() as place:
        for name in ("text-cnn", "text-lstm"):
            assignment = load(find(name, start=ROOT))
            sources = master_sources(ROOT / "solutions" / name, assignment.modules.values())
            folder = write_modules(sources, Path(place, name))
            order = Order(assignment, folder, None, SEED, hidden=False, frameworks=(Framework.TORCH,))
            times = found[name] = {"simulated": [], "cpu": []}
            for _ in range(DEVICE_ROUNDS + 1):
                for device, seconds in times.items():
                    with grader.prepared(order) as grading:
                        grading.device_wanted = device
                        torch_devices.device_module(grading, Framework.TORCH).worker()  # its start is on both sides
                        started = time.monotonic()
                        for check in (torch_devices.model, torch_devices.prediction, torch_devices.training):
                            check(grading)
                        seconds.append(time.monotonic() - started)
    return {name: {device: seconds[1:] for device, seconds in times.items()} for name, times in found.items()}


if __name__ == "__main__":
    main()
