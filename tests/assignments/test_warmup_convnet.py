"""The warm-up's handout against the assignment: what students read is what is declared and computed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from autograder.assignment import load
from autograder.blueprint import Framework, LogSoftmax, Softmax
from autograder.grading.handout import handout_facts
from autograder.release.handout import renew

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "assignments/warmup-convnet"
MOST_WORDS = 1100  # read in 5 minutes, at 240 a minute


@pytest.fixture(scope="module")
def handout():
    return (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def prose(handout):
    """Without tables, and with all white space alike."""
    return " ".join(re.sub(r"^\|.*$", "", handout, flags=re.MULTILINE).split())


@pytest.fixture(scope="module")
def assignment():
    return load(FOLDER)


@pytest.fixture(scope="module")
def convnet(assignment):
    return assignment.blueprint_function()


def test_tables_are_up_to_date(handout, assignment):
    renewed = renew(handout, handout_facts(assignment, ROOT / "solutions/warmup-convnet"))
    assert handout == renewed, "renew the handout's tables with `autograder stubs warmup-convnet`"


def test_the_readings_model_has_11290_parameters_in_both_frameworks(handout, assignment, convnet):
    blueprint = convnet(**assignment.sizes)
    assert blueprint == convnet()  # the stubs' defaults are the handout's sizes
    assert [blueprint.count(framework) for framework in Framework] == [11_290, 11_290]
    assert "| **total** |  |  | **11,290** | **11,290** |" in handout
    assert "`fit`" not in handout


def test_sides_that_the_prose_follows(prose, convnet):
    sides = [int(side) for side in re.findall(r"\[n, (\d+), \d+, \d+\]", " ".join(_outputs(convnet())))]
    assert list(dict.fromkeys(sides)) == [30, 15, 13, 6]
    assert "fits into 30 places, pooling leaves 15; the next filter fits into 13, and pooling leaves 6" in prose
    assert "`[n, 576]`" not in prose  # it stands in the table
    assert "576 in all" in prose
    assert "[n, 576]" in _outputs(convnet())
    assert "For an image of 20 × 27 it is 3 × 5 places" in prose
    assert "[n, 3, 5, 16]" in _outputs(convnet(height=20, width=27))


def _outputs(blueprint):
    return [row.output for row in blueprint.layers()]


def test_the_end_by_hand(handout):
    logits = np.array([[2.0, 1.0, 0.0]])
    for name, layer in (("softmax", Softmax()), ("log_softmax", LogSoftmax())):
        stated = re.search(rf"^{name} +([-\d.]+) +([-\d.]+) +([-\d.]+) ", handout, re.MULTILINE).groups()
        assert [f"{number:.4f}" for number in layer.apply(logits)[0]] == list(stated)


def test_the_feedback_that_is_quoted(prose, convnet):
    (quoted,) = re.findall(r"> Your PyTorch model (.*?)\. Import", prose.replace("; > ", "; "))
    assert quoted in {variant.says for variant in convnet().of(Framework.TORCH).variants(1)}


def test_headings_are_the_tasks(handout, assignment):
    headings = re.findall(r"^## Task (\d+): (.*)$", handout, re.MULTILINE)
    assert headings == [(task.number, task.title) for task in assignment.rubric]
    assert handout.startswith(f"# {assignment.title}\n")


def test_drawn_sizes_tell_arrays_apart_and_round_both_ways(assignment, convnet):
    draw = assignment.blueprint_function("draw_sizes")
    draws = [draw(np.random.default_rng(seed)) for seed in range(40)]
    for sizes in draws:
        flat = [*sizes["filters"], *(value for name, value in sizes.items() if name != "filters")]
        assert len(set(flat)) == len(flat)
        assert sizes["num_classes"] >= 3
        assert re.search(r"\[n, (2, 3|3, 2), \d+\]", " ".join(_outputs(convnet(**sizes))))
    assert {sizes["height"] % 2 for sizes in draws} == {sizes["width"] % 2 for sizes in draws} == {0, 1}


def test_it_is_read_in_five_minutes(prose):
    assert len(prose.split()) < MOST_WORDS


def test_students_read_nothing_of_the_instructors_side(handout):
    assert not re.findall(r"mutant|misconception|solutions/|master|verify|instructor", handout, re.IGNORECASE)
