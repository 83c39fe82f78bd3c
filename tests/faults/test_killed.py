"""A grader that is killed at any moment leaves valid results, nothing that runs, and nothing that stays."""

from __future__ import annotations

import fcntl
import os
import random
import re
import signal
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from autograder.sandbox import places

KILLS = int(os.environ.get("AUTOGRADER_KILLS", "4"))
WHOLE_AFTER = 10  # kills, and after the last one
PATIENCE = 120.0


def places_in(folder: Path) -> list[Path]:
    return [*folder.glob(f"{places.PREFIX}*"), *folder.glob(f".{places.PREFIX}*")]


def family_of(grader: psutil.Process) -> list[psutil.Process]:
    """All that it has started, while it can start nothing more."""
    grader.suspend()
    return grader.children(recursive=True)


def test_killed_at_random_moments(world, told):
    temporary = world.top / "tmp"
    temporary.mkdir()
    world.submit(
        "import time\n\n\ndef build_vocabulary(texts, max_tokens):\n    time.sleep(0.03)\n    return ['right']\n"
    )
    environment = {"TMPDIR": str(temporary)}
    started = time.monotonic()
    done = world.run(environment=environment)
    seconds, states = time.monotonic() - started, []
    assert (done.code, world.results()["score"]) == (0, 20)
    for number in range(KILLS):
        between_checks = bool(number % 2)  # else at any moment, and over the results of the one before
        if between_checks:
            (world.out / "results.json").unlink(missing_ok=True)
        process = world.start(environment=environment)
        while between_checks and process.poll() is None and not (world.out / "results.json").exists():
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.4 if between_checks else seconds))
        if process.poll() is None:
            family = family_of(psutil.Process(process.pid))
            process.kill()
            process.wait(PATIENCE)
            assert not psutil.wait_procs(family, timeout=PATIENCE)[1]
        states.append(_state(world))
        if number % WHOLE_AFTER == WHOLE_AFTER - 1 or number == KILLS - 1:
            done = world.run(environment=environment)
            assert done.code == 0, done.said
            assert world.results()["score"] == 20
            assert not places_in(temporary)  # it removed what the killed ones left
            assert {file.name for file in world.out.iterdir()} - {"earlier"} == RESULTS
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    told(type(done)(-signal.SIGKILL, f"{KILLS} kills: {counts}"), ".*")


RESULTS = {"report.html", "report.json", "results.json"}


def _state(world) -> str:
    """What the results are, which are valid in any case."""
    if not (world.out / "results.json").exists():
        return "without results"
    found = world.results()
    outcomes = [test["extra_data"]["outcome"] for test in found["tests"]]
    assert found["score"] == 2 * outcomes.count("passed")
    assert outcomes == ["passed"] * outcomes.count("passed") + ["pending"] * outcomes.count("pending")
    if found["extra_data"]["complete"]:
        return "complete"
    assert found["extra_data"]["needs_regrading"]
    return "in the middle"


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ended_in_the_middle(world, told, way):
    world.check(f"    os.kill(os.getpid(), signal.{way.name})\n    time.sleep(60)")
    done = world.run()
    told(done, "Interrupted.*so far")
    assert done.code == -way
    assert "Traceback" not in done.said
    found = world.results()
    assert (found["score"], found["extra_data"]["complete"]) == (20, False)


# -- what dead graders leave in the folder for temporary files


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def leave(name: str, folder: Path) -> Path:
    """A place whose grader is dead."""
    left = folder / f"{places.PREFIX}{name}"
    (left / "inner").mkdir(parents=True)
    (left / "inner" / "file").write_text("x")
    return left


def test_places_of_the_dead_are_removed(temporary):
    left = leave("dead", temporary)
    assert places.sweep() == [left]
    assert not left.exists()


def test_a_place_in_use_is_not(temporary):
    with places.Place("living") as place:
        assert places.sweep() == []
        assert place.path.exists()
        assert re.fullmatch(f"{places.PREFIX}living-.*", place.path.name)
    assert list(temporary.iterdir()) == []


def test_a_place_in_use_by_another_process_is_not(temporary):
    left = leave("elsewhere", temporary)
    opened = os.open(left, os.O_RDONLY)
    fcntl.flock(opened, fcntl.LOCK_SH)
    assert places.sweep() == []
    os.close(opened)
    assert places.sweep() == [left]


def test_nothing_else_is_touched(temporary):
    for name in ("autograder-users", "autograder-pack-1", "other"):
        (temporary / name).mkdir()
    (temporary / f"{places.PREFIX}file").write_text("x")
    kept = temporary / "kept"
    kept.mkdir()
    (temporary / f"{places.PREFIX}link").symlink_to(kept)
    before = sorted(temporary.iterdir())
    assert places.sweep() == []
    assert sorted(temporary.iterdir()) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root, to be two users")
def test_what_another_user_left_stays(temporary):
    left = leave("stranger", temporary)
    os.chown(left, 47_111, 47_111)
    assert places.sweep() == []
    assert left.exists()
