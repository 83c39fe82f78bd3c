"""PyTorch's device checks on this machine's own GPU, confined as in any grading. They run wherever there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.grading.session import Grader, Order
from autograder.proving.cases import Case, cases
from autograder.proving.verify import judge
from autograder.report import Outcome, Report
from autograder.sandbox.accelerators import REAL, may_have_gpu

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not may_have_gpu(), reason="needs a GPU: CUDA's or Apple's")]
ROOT = Path(__file__).parents[2]
DEVICES = "4"


def torch_cases() -> list[object]:
    """What is right, and every mistake with devices: those of the other tasks are the same on any device."""
    return [
        pytest.param(name, case, id=f"{name}-{case.name}")
        for name in ("text-cnn", "text-lstm")
        for case in cases(load(ROOT / "assignments" / name), ROOT / "solutions" / name)
        if Framework.TORCH in case.frameworks and (case.kind.is_correct or case.task == DEVICES)
    ]


@pytest.fixture(scope="module")
def grade(tmp_path_factory):
    with Grader() as grader:

        def grade(name: str, case: Case) -> Report:
            folder = tmp_path_factory.mktemp(case.name)
            for file, text in case.files.items():
                (folder / file).write_text(text, encoding="utf-8")
            assignment = load(ROOT / "assignments" / name)
            order = Order(
                assignment,
                folder,
                None,
                seed=1,
                hidden=False,
                only=(DEVICES,),
                frameworks=(Framework.TORCH,),
                device=REAL,
            )
            return grader.grade(order)

        yield grade


@pytest.mark.parametrize(("name", "case"), torch_cases())
def test_a_real_gpu_tells_right_from_wrong(grade, name, case):
    report = grade(name, case)
    used = {device.kind: device.label for device in report.devices}
    assert used.keys() & {"cuda", "mps"}, f"the checks ran on {', '.join(used.values())}"
    assert judge(case, report).problems == ()
    # In a grading that costs nothing; here it is what has to be found out.
    assert [check.note for check in report.checks if check.outcome is Outcome.UNGRADED] == []
