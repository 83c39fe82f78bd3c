"""Grades hostile submissions and says what became of each: started by `make attacks`.

tools/run_attacks.py                         all attacks, with all layers
tools/run_attacks.py --prove                 each attack without the layers that stop it: it has to get through
tools/run_attacks.py --without "file system" all attacks without this layer
tools/run_attacks.py NAME ...                these attacks
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

TESTS = Path(__file__).parents[1] / "tests"
sys.path.append(str(TESTS))  # last: folders in there have the names of our packages

from attacks import layers  # noqa: E402
from attacks.declared import Attack  # noqa: E402
from attacks.judge import Judge, Result  # noqa: E402
from attacks.scene import Scene  # noqa: E402
from attacks.suite import all_attacks, by_layers  # noqa: E402

from autograder.reporters.text import line  # noqa: E402


def main() -> int:
    """0 if every attack was held (with ``--prove``: if every one got through)."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 170)
    chosen = [attack for attack in all_attacks() if not options.names or attack.name in options.names]
    if missing := set(options.names) - {attack.name for attack in chosen}:
        console.print(f"There is no attack {', '.join(sorted(missing))}.")
        return 2
    user = "root" if os.geteuid() == 0 else f"user {os.geteuid()}"
    with tempfile.TemporaryDirectory(prefix="attacks-") as place:
        Path(place).chmod(0o755)
        with Scene(Path(place) / "scene") as scene:
            if options.prove:
                return prove(chosen, scene, console, user)
            return hold(chosen, scene, options.without, console, user)


def hold(chosen: Sequence[Attack], scene: Scene, without: Sequence[str], console: Console, user: str) -> int:
    """Grade each attack, and the solution after each."""
    started, results = time.monotonic(), []
    with Judge(scene, without) as judge:
        expected = judge.honest()
        if expected.alarms or expected.score < expected.max_score:
            console.print(f"The solution itself isn't graded rightly: {expected.alarms or expected.outcomes}")
            console.print((scene.place / "grader.log").read_text(errors="replace")[-3000:], markup=False)
            return 2
        for attack in chosen:
            results.append(judge.judge(attack, then=True))
            _progress(console, results[-1])
    console.print(table(results))
    through = [result for result in results if not result.held and is_promised(result.attack)]
    open_ = [result for result in results if not is_promised(result.attack)]
    said = f"As {user}{', without ' + ', '.join(without) if without else ''}: {len(through)} of "
    said += f"{len(results) - len(open_)} attacks succeeded"
    said += f", and {sum(not r.held for r in open_)} of {len(open_)} that are promised to root alone" if open_ else ""
    console.print(f"{said}; {time.monotonic() - started:.0f} s.", highlight=False)
    return 1 if through else 0


def prove(chosen: Sequence[Attack], scene: Scene, console: Console, user: str) -> int:
    """Grade each attack without the layers that stop it."""
    results: list[Result] = []
    for missing, attacks in by_layers([attack for attack in chosen if attack.layers]):
        with Judge(scene, missing) as judge:
            for attack in attacks:
                results.append(judge.judge(attack))
                _progress(console, results[-1])
    console.print(table(results))
    through = sum(got_through(result) for result in results)
    console.print(f"As {user}, without their layers: {through} of {len(results)} attacks got through.", highlight=False)
    return 0 if through == len(results) else 1


def got_through(result: Result) -> bool:
    """Whether an attack succeeded in something, and didn't just stop the bare grader."""
    return any(not alarm.startswith(("the grader failed", "in the results", "is no attack")) for alarm in result.alarms)


def table(results: Sequence[Result]) -> Table:
    """One line for each attack, by what stops it."""
    made = Table(show_lines=False, pad_edge=False, expand=True)
    for name, ratio in (("attack", 3), ("when", 1), ("goes for", 4), ("met", 5), ("points", 1), ("s", 1), ("", 3)):
        made.add_column(name, ratio=ratio, overflow="fold")
    for stop, attacks in _grouped(results):
        made.add_row(Text(stop, style="bold"))
        for result in attacks:
            verdict = _verdict(result)
            points = f"{result.score:g}/{result.max_score:g}"
            made.add_row(
                result.attack.name, result.attack.when, result.attack.goal, Text(line(result.said, 150)), points,
                f"{result.seconds:.1f}", verdict,
            )  # fmt: skip
    return made


def _verdict(result: Result) -> Text:
    if result.held:
        return Text("held", "green")
    return Text(
        f"{'' if is_promised(result.attack) else 'not promised here: '}{'; '.join(result.alarms)[:300]}", "bold red"
    )


def is_promised(attack: Attack) -> bool:
    """Whether SECURITY.md promises, to a grader with our rights, that this attack is held."""
    return attack.promised == "everybody" or os.geteuid() == 0


def _grouped(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(" and ".join(result.attack.layers) or "how grading works", []).append(result)
    return list(groups.items())


def _progress(console: Console, result: Result) -> None:
    if not result.held or console.is_terminal:
        console.print(
            f"{result.attack.name}: {'; '.join(result.alarms)[:300] or 'held'}", highlight=False, markup=False
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--prove", action="store_true", help="each attack without the layers that stop it")
    parser.add_argument("--without", action="append", default=[], choices=layers.known(), metavar="LAYER")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
