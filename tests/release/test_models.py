"""An assignment about a model of the gallery: written whole, in words of its own, right before anybody edits it."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.assignment import load
from autograder.blueprint import Chain, Dropout, Framework
from autograder.cli.app import app
from autograder.errors import AssignmentError
from autograder.grading.session import Grader, Order
from autograder.proving.cases import Kind, cases
from autograder.release.bundles import below, zipped
from autograder.release.leaks import find_leaks
from autograder.release.models import GALLERY, find_model, known_models
from autograder.release.new import assignment_about
from autograder.release.prose import KINDS, had, of_other_models
from autograder.release.secrets import read_secrets
from autograder.release.student import student_files
from autograder.report import Outcome

ROOT = Path(__file__).parents[2]
FAST = ("2", "3.1", "3.2", "3.3", "4", "5")  # nothing is trained on real texts
BOTH = ("gru", "average_cnn")  # graded in both frameworks; the others in PyTorch alone, which is fast


def gallery():
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "tests" / "blueprint" / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def name_of(model: str) -> str:
    return "about-" + model.replace("_", "-")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The whole course, with an assignment about each model, begun on the command line."""
    place = tmp_path_factory.mktemp("course")
    for folder in ("assignments", "solutions"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for model in GALLERY:
            result = CliRunner().invoke(app, ["new", name_of(model), "--model", model], catch_exceptions=False)
            assert result.exit_code == 0, result.output
    return place


def begun(course: Path, model: str):
    name = name_of(model)
    return load(course / "assignments" / name), course / "solutions" / name


def test_the_models_are_those_of_the_gallery_that_read_text_and_whose_training_is_recomputed():
    texts = {model.__name__ for model in gallery().MODELS} - {"batch_norm_cnn", "batch_norm_convnet"}
    assert set(GALLERY) == texts == set(known_models(ROOT / "solutions"))


@pytest.mark.parametrize("model", GALLERY)
def test_the_blueprint_is_the_gallerys_with_a_range_for_the_embedding_and_dropout(course, model):
    assignment, _ = begun(course, model)
    sizes = {**assignment.sizes, "vocab_size": 50, "num_classes": 2}
    ours = assignment.blueprint_function()(**sizes)
    taken = getattr(gallery(), model)
    wanted = taken(**{name: sizes[name] for name in _arguments(taken)})
    assert _words(ours) == _words(wanted)
    assert any(isinstance(layer, Dropout) for layer in ours.model.walk())


def _arguments(function) -> tuple[str, ...]:
    return function.__code__.co_varnames[: function.__code__.co_kwonlyargcount]


def _words(blueprint) -> list[str]:
    return [layer.words for layer in blueprint.model.walk() if not isinstance(layer, Dropout | Chain)]


@pytest.mark.parametrize("model", GALLERY)
def test_nothing_is_left_to_write_before_it_may_be_released(course, model, monkeypatch):
    assignment, solution = begun(course, model)
    monkeypatch.chdir(course)
    result = CliRunner().invoke(app, ["stubs", assignment.name, "--check"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert of_other_models(assignment) == []
    kinds = {case.kind for case in cases(assignment, solution)}
    assert kinds == set(Kind)  # the shared mistakes and variants among them


@pytest.mark.parametrize("model", GALLERY)
def test_no_file_speaks_of_another_model_or_has_a_place_left_open(course, model):
    assignment, solution = begun(course, model)
    sizes = {**assignment.sizes, "vocab_size": 50, "num_classes": 2}
    foreign = KINDS.keys() - had(assignment.blueprint_function()(**sizes))
    for path in (*assignment.folder.rglob("*"), *solution.rglob("*")):
        if path.is_file() and path.suffix in {".md", ".py", ".toml"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"@[A-Z]+@|text[-_](model|cnn|lstm)\b", text), path
            assert not [kind for kind in foreign if KINDS[kind].search(text)], path
            compile(text, path, "exec") if path.suffix == ".py" else None


@pytest.mark.parametrize("model", GALLERY)
def test_each_line_of_the_forward_pass_says_its_shape(course, model):
    _, solution = begun(course, model)
    (master,) = solution.glob("torch_*.py")
    body = master.read_text().split("def forward", 1)[1].split("### STUB", 1)[1].split("### END SOLUTION", 1)[0]
    lines = [line for line in body.split("\n")[1:] if line.strip()]
    silent = [line for line in lines if "# " not in line]
    assert all(re.match(r"\s+packed = ", line) for line in silent)


@pytest.mark.parametrize("model", GALLERY)
def test_the_templates_are_secrets(course, model):
    assignment, solution = begun(course, model)
    secrets = read_secrets(course / "solutions")
    handed_out = dict(student_files(assignment, solution))
    assert find_leaks(zipped(below(assignment.name, handed_out)), secrets) == []
    for framework in Framework:
        template = ROOT / "solutions" / "models" / model / f"{framework.value}.py"
        planted = {"notes.py": type(next(iter(handed_out.values())))(template.read_bytes())}
        places = find_leaks(zipped(below("x", planted)), secrets)
        assert places


@pytest.mark.parametrize("model", GALLERY)
def test_the_solution_gets_all_points_and_the_stub_none(course, model, tmp_path):
    assignment, solution = begun(course, model)
    frameworks = tuple(Framework) if model in BOTH else (Framework.TORCH,)
    reports = {}
    with Grader() as grader:
        for case in cases(assignment, solution)[:2]:
            place = tmp_path / case.name
            place.mkdir()
            for name, text in case.files.items():
                (place / name).write_text(text, encoding="utf-8")
            order = Order(assignment, place, solution, 1, hidden=True, only=FAST, frameworks=frameworks)
            reports[case.kind] = grader.grade(order)
    wrong = [c for c in reports[Kind.SOLUTION].checks if c.outcome in (Outcome.FAILED, Outcome.SKIPPED)]
    assert wrong == []
    assert reports[Kind.STUB].score == 0


def test_a_model_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(AssignmentError) as raised:
        find_model(ROOT / "solutions", "grru")
    assert "did you mean 'gru'" in str(raised.value)
    assert all(model in str(raised.value) for model in GALLERY)


def test_the_help_lists_the_models():
    shown = CliRunner().invoke(app, ["new", "--help"], env={"COLUMNS": "400"}).output
    assert all(model in shown for model in GALLERY)


@pytest.mark.parametrize("more", [[], ["--model", "gru", "--from", "text-cnn"]])
def test_one_thing_alone_is_begun_with(more, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(AssignmentError, match=r"one thing alone.*gru"):
        CliRunner().invoke(app, ["new", "x-y", *more], catch_exceptions=False, standalone_mode=False)


def test_a_name_that_is_taken_is_refused(course):
    before = sorted(course.rglob("*"))
    with pytest.raises(AssignmentError, match="is there already"):
        assignment_about(course, find_model(course / "solutions", "gru"), "text-cnn")
    assert sorted(course.rglob("*")) == before
