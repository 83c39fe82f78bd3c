"""``autograder doctor``: what holds on this machine, and what whoever grades can do about the rest."""

from __future__ import annotations

import json
import os
import platform

import pytest

from autograder.blueprint import Framework
from autograder.cli import doctor
from autograder.errors import InternalError
from autograder.report import SandboxLayer
from autograder.sandbox import host
from autograder.sandbox.host import MEANING, Host, Kind, remedy, this_host
from autograder.sandbox.probe import HIDDEN_DATA, RESTS_ON

LINUX = pytest.mark.skipif(platform.system() != "Linux", reason="the walls are Linux's")
ALL_ON = tuple(SandboxLayer(name, on=True) for name in RESTS_ON)


@pytest.fixture
def walls(grader, monkeypatch):
    """Makes the workers of both frameworks find these layers; an error is raised."""

    def walls(keras, torch=ALL_ON, kind=Kind.USER):
        found = {Framework.KERAS: keras, Framework.TORCH: torch}

        def ask(framework, secrets):
            if isinstance(found[framework], Exception):
                raise found[framework]
            return found[framework]

        monkeypatch.setattr(grader, "walls", ask)
        monkeypatch.setattr(grader, "versions_of", lambda framework: {framework.value: "1.2.3"})
        monkeypatch.setattr(doctor, "this_host", lambda: Host(kind, "Linux 6.1"))

    return walls


def off(name: str, why: str = "") -> tuple[SandboxLayer, ...]:
    return tuple(SandboxLayer(x.name, x.name != name, why if x.name == name else "") for x in ALL_ON)


def test_where_all_holds_it_is_ready(autograder, walls, tmp_path):
    walls(ALL_ON)
    done = autograder("doctor", cwd=tmp_path)
    assert done.code == 0
    assert "This is an ordinary user on Linux (Linux 6.1)." in done.out
    assert "OFF" not in done.out
    assert "PyTorch: workers start (torch 1.2.3)" in done.out
    assert done.out.endswith("Ready to grade.")
    assert "Tried to read no solutions" in done.out


def test_a_layer_that_is_off_comes_with_the_reason_and_what_to_do(autograder, walls, tmp_path):
    walls(off("no network", "system calls: needs libseccomp"))
    done = autograder("doctor", cwd=tmp_path)
    assert done.code == 0, "a grade doesn't hang on it"
    told = json.loads(_raw(autograder, "doctor", "--json", cwd=tmp_path))
    (layer,) = (layer for layer in told["layers"] if not layer["on"])
    assert layer["name"] == "no network"
    assert layer["why"] == "system calls: needs libseccomp"
    assert "apt-get install libseccomp2" in layer["do"]
    assert told["ready"] is True


def test_hidden_data_that_can_be_read_is_said_to_stop_grading(autograder, walls, tmp_path):
    walls(off(HIDDEN_DATA, "other user: not asked for"), kind=Kind.MACOS)
    done = autograder("doctor", cwd=tmp_path)
    assert done.code == 1
    assert "unless --unprotected says that the submission is trusted" in done.out
    assert "Ready to grade" not in done.out


def test_a_layer_is_off_when_it_is_off_in_one_framework(autograder, walls, tmp_path):
    walls(ALL_ON, off(HIDDEN_DATA))
    assert autograder("doctor", cwd=tmp_path).code == 1
    walls(off(HIDDEN_DATA), ALL_ON)
    assert autograder("doctor", cwd=tmp_path).code == 1


def test_a_framework_that_does_not_start_is_told(autograder, walls, tmp_path):
    walls(InternalError("it ended\nImportError: no such file"))
    done = autograder("doctor", cwd=tmp_path)
    assert done.code == 1
    assert "Keras's workers don't start: it ended ImportError: no such file" in done.out


@LINUX
def test_on_this_machine_it_asks_real_workers(autograder, cnn, tmp_path):
    """And has them try to read the solutions of the course around this folder."""
    told = json.loads(_raw(autograder, "doctor", "--json", cwd=cnn.assignment))
    assert {layer["name"] for layer in told["layers"]} == set(RESTS_ON)
    assert all(worker["starts"] for worker in told["workers"].values())
    assert told["tried"] == [str(cnn.solution.parent.resolve())]
    assert told["ready"] is not any(layer["name"] == HIDDEN_DATA and not layer["on"] for layer in told["layers"])


def _raw(autograder, *arguments, cwd) -> str:
    done = autograder(*arguments, cwd=cwd)
    assert done.code in (0, 1), done.err
    return done.out


def test_each_layer_has_a_meaning_and_on_each_machine_something_to_do_or_nothing_known():
    assert set(MEANING) == set(RESTS_ON)
    for kind in (Kind.MACOS, Kind.OTHER):
        assert all("the project's image" in remedy(name, kind) for name in RESTS_ON)
    assert "as root" in remedy("other user", Kind.USER)
    assert "/opt" in remedy("other user", Kind.ROOT)
    assert remedy("dies with the grader", Kind.ROOT) == ""


@pytest.mark.parametrize(
    ("system", "uid", "mark", "kind"),
    [
        ("Darwin", 501, "", Kind.MACOS),
        ("Windows", 0, "", Kind.OTHER),
        ("Linux", 1000, ".dockerenv", Kind.USER),
        ("Linux", 0, "", Kind.ROOT),
        ("Linux", 0, ".dockerenv", Kind.ROOT_IN_CONTAINER),
        ("Linux", 0, "run/.containerenv", Kind.ROOT_IN_CONTAINER),
    ],
)
def test_kinds_of_machines(monkeypatch, tmp_path, system, uid, mark, kind):
    monkeypatch.setattr(host.platform, "system", lambda: system)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    if mark:
        (tmp_path / mark).parent.mkdir(exist_ok=True)
        (tmp_path / mark).touch()
    assert this_host(tmp_path).kind is kind
