"""A short run of what ``make fuzz`` does for long: every seed, all that a fuzzer found, and some mutations of them."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import corpus
import pytest
from targets import TARGETS, answers, frames
from targets.mutation import flipped, mutated
from targets.target import Form, framed

from autograder.blueprint import Framework
from autograder.errors import SubmissionError

MUTATIONS = {"frames": 1500, "answers": 400, "models": 8, "archives": 250, "metadata": 300, "reports": 400,
             "declarations": 40, "tables": 60}  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_known_inputs(name):
    for data in corpus.inputs(name):
        TARGETS[name].run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_mutations(name):
    """The same ones each time: a run that fails can be repeated."""
    target, rng = TARGETS[name], random.Random(name)
    known = corpus.inputs(name)
    for number in range(MUTATIONS[name]):
        data = mutated(target, rng.choice(known), number, flipped)
        try:
            target.run(data)
        except Exception as error:
            raise AssertionError(f"{name} breaks a promise on {data!r}") from error


def test_the_fuzzer_itself_where_it_is_installed():
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is an extra that is not installed here")
    command = [sys.executable, str(Path(corpus.__file__).parent), "frames", "--runs", "2000"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "every promise held" in ran.stdout


# -- the targets can fail, and their good inputs are good


def test_a_good_answer_comes_through():
    """Else the fuzzer would look at refusals alone."""
    for name, use in answers.USES.items():
        number = 2 * answers.NAMES.index(name)
        data = next(seed for seed in answers.seeds() if seed and seed[0] == number and b'"error"' not in seed)
        with answers.student(framed(data[1:]), Framework.KERAS) as model:
            use(model)


def test_an_answer_of_another_form_does_not():
    frame = framed(b'{"body":{"id":1,"ok":{}},"arrays":[]}')
    with answers.student(frame, Framework.KERAS) as model, pytest.raises(SubmissionError):
        answers.USES["predict"](model)


def test_a_crash_of_the_grader_is_seen(monkeypatch):
    monkeypatch.setitem(answers.USES, "build_model", lambda model: {}["nothing"])
    with pytest.raises(KeyError):
        answers.run(answers.seeds()[0])


def test_a_frame_that_changes_on_its_way_is_seen(monkeypatch):
    data = frames.seeds()[0]
    monkeypatch.setattr(frames, "encode", lambda message: frames.PREFIX.pack(23, 23) + b'{"body":{},"arrays":[]}')
    with pytest.raises(AssertionError, match="what was read can be sent on"):
        frames.run(data)


def test_an_archive_that_gets_out_is_seen(monkeypatch):
    from targets import archives

    def careless(handed_in, clean, **_):
        (clean.parent / "outside.py").write_text("x")
        clean.mkdir()
        return archives.Submission(handed_in, clean, ())

    monkeypatch.setattr(archives, "open_submission", careless)
    with pytest.raises(AssertionError, match="nothing outside the target"):
        archives.run(archives.seeds()[0])


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.form is not Form.BYTES])
def test_mutations_keep_to_the_form(name):
    """Most of them get past the parser, or there would be little behind it to test."""
    import json

    target, rng = TARGETS[name], random.Random(1)
    good = [seed for seed in target.seeds() if len(seed) > 50]
    found = [mutated(target, rng.choice(good), number, flipped) for number in range(200)]

    def parses(data: bytes) -> bool:
        text = data[1:].split(b"\xff")[0] if target.form is Form.FRAME else data
        try:
            json.loads(text)
        except ValueError:
            return False
        return True

    assert sum(map(parses, found)) > 100
    assert len(set(found)) > 100
