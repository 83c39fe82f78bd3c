"""Coverage-guided fuzzing with atheris: ``python tests/fuzz [NAME ...] [--runs N]``; ``make fuzz`` does all of it.

Each target runs in a process of its own, since a fuzzer ends its process. What it finds on its way lies in
``build/fuzz/NAME/``; an input that breaks a promise in ``build/fuzz/broken/``: ``--try FILE`` runs that alone.
``--keep`` renews the corpus that the tests start from, by the shortest of them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import corpus

WORK = Path(__file__).parents[2] / "build" / "fuzz"
RUNS = {"frames": 1_000_000, "answers": 100_000, "models": 3_000, "archives": 100_000, "metadata": 100_000,
        "reports": 100_000, "declarations": 10_000, "tables": 10_000}  # fmt: skip
FOLLOWED = ["autograder", "zipfile", "gzip"]
SECONDS_PER_INPUT = 20  # then it hangs
MEMORY_MB = 2048
NOISE = re.compile(r"INFO: |WARNING: |#\d+\t|stat::")
INSTALL = """atheris, the fuzzer, is not in this environment: it is an extra, and has no build for some systems.
  .venv/bin/python -m pip install 'atheris>=3'"""


@dataclass(frozen=True)
class Outcome:
    """What one target's run came to; ``edges`` is the fuzzer's own count of places reached."""

    name: str
    code: int
    runs: int
    seconds: float
    edges: int


def main() -> int:
    """Entry point: 0 if every promise held, 1 if one was broken, 2 if there is no fuzzer."""
    options = _options()
    if options.inner:
        return _fuzz(options.names[0], options.rest)
    if options.attempt:
        return _attempt(options.names[0], options.attempt)
    try:
        import atheris  # noqa: F401
    except ImportError:
        print(INSTALL, file=sys.stderr)
        return 2
    outcomes = [_run(name, options.runs or RUNS[name]) for name in options.names or RUNS]
    if options.keep:
        for name in options.names or RUNS:
            _keep(name)
    print(f"\n{'target':<14}{'inputs':>10}{'seconds':>9}{'a second':>10}{'edges':>8}  outcome")
    for one in outcomes:
        end = "every promise held" if one.code == 0 else "BROKEN: see above"
        print(f"{one.name:<14}{one.runs:>10,}{one.seconds:>9.0f}{one.runs / one.seconds:>10,.0f}{one.edges:>8,}  {end}")
    return int(any(one.code for one in outcomes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RUNS))
    parser.add_argument("--runs", type=int, help="inputs to try with each target")
    parser.add_argument("--keep", action="store_true", help="renew the corpus")
    parser.add_argument("--try", dest="attempt", type=Path, metavar="FILE", help="run a target on this input alone")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options, options.rest = parser.parse_known_args()
    unknown = [name for name in options.names if name not in RUNS]
    if unknown or (options.attempt and len(options.names) != 1):
        parser.error(f"no target {unknown[0]!r}" if unknown else "--try needs the name of one target")
    return options


def _fuzz(name: str, arguments: list[str]) -> int:
    """In a process of its own: import what is followed, and hand over to the fuzzer, which doesn't come back."""
    import atheris

    with atheris.instrument_imports(include=FOLLOWED, enable_loader_override=False):
        from targets import TARGETS
        from targets.mutation import mutated
        from targets.target import Form
    target = TARGETS[name]

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        return mutated(target, data, seed, lambda plain, _: bytes(atheris.Mutate(plain, most)))[:most]

    # A form to keep to needs a mutator of its own; bytes are the fuzzer's business, which knows more ways.
    own = None if target.form is Form.BYTES else mutator
    atheris.Setup([sys.argv[0], *arguments], target.run, custom_mutator=own)
    atheris.Fuzz()
    return 0


def _attempt(name: str, file: Path) -> int:
    from targets import TARGETS

    TARGETS[name].run(file.read_bytes())
    print("Every promise held.")
    return 0


def _run(name: str, runs: int) -> Outcome:
    found, begin = _prepared(name)
    (WORK / "broken").mkdir(exist_ok=True)
    from targets import TARGETS

    arguments = [
        f"-runs={runs}",
        f"-max_len={TARGETS[name].most}",
        f"-dict={_dictionary(name)}",
        f"-timeout={SECONDS_PER_INPUT}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={WORK / 'broken'}/{name}-",
        *("-print_final_stats=1", "-verbosity=1"),
    ]
    started = time.monotonic()
    ran = _started(name, *arguments, str(found), str(begin))
    seconds = time.monotonic() - started
    edges = [int(count) for count in re.findall(r"\bcov: (\d+)", ran.stderr)]
    done = re.findall(r"stat::number_of_executed_units: (\d+)", ran.stderr)
    if ran.returncode:
        said = "\n".join(line for line in f"{ran.stdout}\n{ran.stderr}".splitlines() if not NOISE.match(line))
        print(f"{name}: a promise is broken\n{said[-4000:]}")
    return Outcome(name, ran.returncode, int(done[-1]) if done else 0, seconds, max(edges, default=0))


def _started(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path(__file__).parent), name, "--inner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)


def _prepared(name: str) -> tuple[Path, Path]:
    """Folders of what the fuzzer finds, and of what it begins with."""
    found, begin = WORK / name, WORK / f"{name}-begin"
    for folder in (found, begin):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus.inputs(name)):
        (begin / f"{number:04}").write_bytes(data)
    return found, begin


def _dictionary(name: str) -> Path:
    from targets import TARGETS

    file = WORK / f"{name}.dict"
    entries = ("".join(f"\\x{byte:02x}" for byte in word) for word in TARGETS[name].words)
    file.write_text("".join(f'"{entry}"\n' for entry in entries), encoding="ascii")
    return file


def _keep(name: str) -> None:
    """Keep the shortest of what the fuzzer kept: each of them reached something that none before it did."""
    corpus.write(name, [file.read_bytes() for file in (WORK / name).iterdir()])


if __name__ == "__main__":
    sys.exit(main())
