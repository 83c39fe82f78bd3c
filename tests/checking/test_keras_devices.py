"""Task "devices" for Keras, and the choice of devices in both frameworks: real files in real workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.checking import device_choice, keras_devices
from autograder.checking.grading import Grading
from autograder.checking.verdicts import NotGradable, RestsOn
from autograder.errors import Finding, SubmissionError
from autograder.proving.cases import Kind, cases
from autograder.student.handle import Student, Submission
from autograder.student.zygotes import Zygote

ROOT = Path(__file__).parents[2]
ASSIGNMENT = load(ROOT / "assignments" / "text-cnn")
CASES = {case.name: case.files for case in cases(ASSIGNMENT, ROOT / "solutions" / "text-cnn")}
MISTAKES = {
    case.name: case
    for case in cases(ASSIGNMENT, ROOT / "solutions" / "text-cnn")
    if case.kind is Kind.MUTANT and case.task == "4" and Framework.KERAS in case.frameworks
}
CHECKS = ("model", "prediction", "training", "leaves_choice")
USUAL = """
import os
import tensorflow as tf

usual_build, usual_predict, usual_fit = build_model, predict, fit
"""
Submit = Callable[..., Grading]


@pytest.fixture(scope="module")
def zygotes() -> Iterator[dict[Framework, Zygote]]:
    made = {framework: Zygote(framework) for framework in Framework}
    yield made
    for zygote in made.values():
        zygote.close()


@pytest.fixture
def submit(zygotes: dict[Framework, Zygote], grading_of: Callable[..., Grading], tmp_path: Path) -> Iterator[Submit]:
    """A grading of text-cnn's solution, or of another case, with more lines behind it."""
    students: list[Student] = []

    def submit(more: str = "", case: str = "solution", framework: Framework = Framework.KERAS) -> Grading:
        module = ASSIGNMENT.modules[framework.value]
        folder = tmp_path / f"submission-{len(students)}"
        folder.mkdir()
        text = CASES[case][f"{module}.py"]
        (folder / f"{module}.py").write_text(f"{text}\n{dedent(more)}", encoding="utf-8")
        submission = Submission(folder, {framework: module})
        students.append(Student(submission, {framework: zygotes[framework]}, ASSIGNMENT.limits))
        return grading_of(students[-1])

    yield submit
    for student in students:
        student.close()


def check(name: str, grading: Grading, framework: Framework = Framework.KERAS) -> str:
    if name == "leaves_choice":
        return device_choice.leaves_choice(grading, framework)
    return getattr(keras_devices, name)(grading)


def outcomes(grading: Grading) -> dict[str, str]:
    """What becomes of each check: ``ok``, ``skipped``, ``ungraded``, or the key of the mistake."""
    found = {}
    for name in CHECKS:
        try:
            check(name, grading)
            found[name] = "ok"
        except RestsOn:
            found[name] = "skipped"
        except NotGradable:
            found[name] = "ungraded"
        except SubmissionError as error:
            found[name] = error.finding.misconception or error.finding.message
    return found


def failing(name: str, grading: Grading, framework: Framework = Framework.KERAS) -> Finding:
    with pytest.raises(SubmissionError) as caught:
        check(name, grading, framework)
    return caught.value.finding


OK = dict.fromkeys(CHECKS, "ok")
NAMED_IN_MODEL = {**OK, "model": "hard-coded-device", "prediction": "skipped", "training": "skipped"}


def test_the_solution_passes_and_says_why(submit: Submit) -> None:
    grading = submit()
    assert [check(name, grading) for name in CHECKS] == [
        "All 7 weights are on the device that the model was built on, its outputs there are the same, and its graph "
        "names no device.",
        "predict names no device, and gives the same on another one.",
        "fit names no device, and its losses are the same on another one.",
        "No line hides a GPU, or chooses one for the whole program.",
    ]


@pytest.mark.parametrize("case", ["gradient-tape", "tf-data", "subclassed-unbuilt", "nested-models"])
def test_other_ways_to_write_it_pass(submit: Submit, case: str) -> None:
    assert outcomes(submit(case=case)) == OK


def test_a_stub_passes_nothing(submit: Submit) -> None:
    assert outcomes(submit(case="stub")) == dict.fromkeys(CHECKS, "not-written-yet")


@pytest.mark.parametrize("case", ["predict-returns-probabilities", "seed-ignored", "dropout-hard-coded"])
def test_mistakes_of_other_tasks_cost_nothing_here(submit: Submit, case: str) -> None:
    assert outcomes(submit(case=case)) == OK


@pytest.mark.parametrize(
    ("case", "where", "line"),
    [
        ("device-in-build", "model", "tf.device: /CPU:0"),
        ("device-chosen-in-code", "model", "keras.device: cpu:0"),
        ("gpu-in-call", "model", "tf.device: /GPU:0"),
        ("gpu-in-predict", "prediction", "tf.device: /GPU:0"),
        ("cpu-in-fit", "training", "keras.device: cpu:0"),
        ("gpu-hidden", "leaves_choice", "CUDA_VISIBLE_DEVICES: '-1'"),
        ("gpu-made-invisible", "leaves_choice", "tf.config.set_visible_devices: [], GPU"),
    ],
)
def test_each_known_mistake_is_named_in_its_place(submit: Submit, case: str, where: str, line: str) -> None:
    grading = submit(case=case)
    named = {where: MISTAKES[case].misconception}
    assert outcomes(grading) == ({**NAMED_IN_MODEL, **named} if where == "model" else {**OK, **named})
    assert failing(where, grading).found.startswith(f"{line}, in keras_text_cnn.py, line 2")


def test_every_known_mistake_with_devices_is_tried_above() -> None:
    marks = test_each_known_mistake_is_named_in_its_place.pytestmark  # type: ignore[attr-defined]
    assert {row[0] for row in marks[0].args[1]} == MISTAKES.keys()


def test_a_device_where_the_module_is_imported(submit: Submit) -> None:
    grading = submit(f'{USUAL}\nwith tf.device("/GPU:0"):\n    ONE = tf.constant(1.0)')
    finding = failing("model", grading)
    assert finding.misconception == "hard-coded-device"
    assert "While importing keras_text_cnn.py, your code asked for the device GPU:0" in finding.message


def test_weights_that_no_line_explains_show_where_they_are(submit: Submit) -> None:
    more = """
    from tensorflow.python.framework.ops import device as somewhere

    def build_model(**sizes):
        with somewhere("/CPU:0"):
            return usual_build(**sizes)
    """
    grading = submit(USUAL + dedent(more))
    assert outcomes(grading) == NAMED_IN_MODEL
    finding = failing("model", grading)
    assert finding.message == "build_model puts 7 of 7 weights on a device of its own choice."
    assert finding.found.startswith("embedding/embeddings on CPU:0, ")
    assert finding.expected == "all on CPU:1, where the grader put the model"


def test_a_strategy_that_names_no_device_may_place_the_weights(submit: Submit) -> None:
    more = """
    def build_model(**sizes):
        with tf.distribute.MirroredStrategy().scope():
            return usual_build(**sizes)
    """
    note = check("model", submit(USUAL + dedent(more)))
    assert note.startswith("A strategy that names no device places the weights, its outputs there are the same")


@pytest.mark.parametrize("function", ["predict", "fit"])
def test_another_result_on_another_device(submit: Submit, function: str) -> None:
    """As of code that does something else where there is another device than one CPU."""
    more = f"""
    import numpy as np

    def {function}(*args, **settings):
        return np.array(usual_{function}(*args, **settings)) * len(tf.config.list_logical_devices())
    """
    where = {"predict": "prediction", "fit": "training"}[function]
    finding = failing(where, submit(USUAL + dedent(more)))
    assert "else on another device" in finding.message or "other losses on another device" in finding.message
    assert finding.found.startswith("a difference of up to")


def test_what_fails_elsewhere_too_is_told_there(submit: Submit) -> None:
    more = """
    def predict(model, token_ids):
        return undefined

    def fit(*args, **settings):
        raise NotImplementedError("Task 3.1: train the model")
    """
    assert outcomes(submit(USUAL + dedent(more))) == {**OK, "prediction": "skipped", "training": "skipped"}


def test_what_fails_on_the_stand_in_alone_costs_nothing(submit: Submit) -> None:
    more = """
    def fit(*args, **settings):
        if len(tf.config.list_logical_devices()) > 1:
            raise ValueError("two processors?")
        return usual_fit(*args, **settings)
    """
    grading = submit(USUAL + dedent(more))
    assert outcomes(grading) == {**OK, "training": "ungraded"}
    assert "two processors?" in grading.recorder.report.staff_notes[0]


def test_gpus_hidden_by_a_function_are_found_too(submit: Submit) -> None:
    more = """
    def fit(*args, **settings):
        os.environ["CUDA_VISIBLE_DEVICES"] = "1"
        return usual_fit(*args, **settings)
    """
    grading = submit(USUAL + dedent(more))
    assert outcomes(grading) == {**OK, "leaves_choice": "gpu-hidden"}


@pytest.mark.parametrize(
    "more",
    [
        "",
        'torch.set_default_device("cuda" if torch.cuda.is_available() else "cpu")',
        "if torch.cuda.is_available():\n    torch.cuda.set_device(0)",
        'torch.set_default_device("cuda:1")\ntorch.set_default_device(None)',
    ],
)
def test_pytorch_that_leaves_the_choice(submit: Submit, more: str) -> None:
    grading = submit(more, framework=Framework.TORCH)
    assert (
        check("leaves_choice", grading, Framework.TORCH) == "No line hides a GPU, or chooses one for the whole program."
    )


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ('import os\nos.environ["CUDA_VISIBLE_DEVICES"] = "0"', "CUDA_VISIBLE_DEVICES: '0', in torch_text_cnn.py"),
        ("try:\n    torch.cuda.set_device(0)\nexcept Exception:\n    pass", "torch.cuda.set_device: 0, in torch_text"),
        ('torch.set_default_device("meta")', "torch.set_default_device: meta, in torch_text_cnn.py"),
    ],
)
def test_pytorch_that_takes_the_choice(submit: Submit, more: str, line: str) -> None:
    finding = failing("leaves_choice", submit(more, framework=Framework.TORCH), Framework.TORCH)
    assert finding.misconception == "gpu-hidden"
    assert finding.found.startswith(line)
