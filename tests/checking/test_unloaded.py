"""A model that doesn't come back: the framework is quoted, and a cause is named only where a second model proves it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.checking.grading import Grading
from autograder.checking.recorder import Recorder
from autograder.checking.saving import round_trip
from autograder.datasets import builtin
from autograder.errors import Finding, SubmissionError
from autograder.proving.cases import cases
from autograder.report import Report

ROOT = Path(__file__).parents[2]
CNN = load(ROOT / "assignments" / "text-cnn")
RIGHT = cases(CNN, ROOT / "solutions" / "text-cnn")[0].files["torch_text_cnn.py"]
WEIGHTS = 'torch.load(Path(path) / "weights.pt", map_location="cpu", weights_only=True)'
SIZES = 'json.loads((Path(path) / "sizes.json").read_text())'
LOADS = {
    "hard-coded": (
        "sizes = {'vocab_size': 20000, 'embed_dim': 128, 'num_filters': 100, 'kernel_sizes': [2, 3, 4],\n"
        f"             'num_classes': 6, 'dropout': 0.5}}\n    weights = {WEIGHTS}",
        "sizes-hard-coded", "size mismatch for"),
    "one hard-coded": (
        f"sizes = {{**{SIZES}, 'num_classes': 77}}\n    weights = {WEIGHTS}", "sizes-hard-coded", "size mismatch for"),
    "mixed up": (
        f"sizes = {SIZES}\n    sizes['num_classes'], sizes['embed_dim'] = sizes['embed_dim'], sizes['num_classes']\n"
        f"    weights = {WEIGHTS}", "", "size mismatch for"),
    "transposed weights": (
        f"sizes = {SIZES}\n    weights = {{k: v.T if v.dim() == 2 else v for k, v in {WEIGHTS}.items()}}",
        "", "size mismatch for"),
    "other names": (
        f"sizes = {SIZES}\n    weights = {{f'model.{{k}}': v for k, v in {WEIGHTS}.items()}}", "", "Missing key"),
}  # fmt: skip


@pytest.mark.parametrize("how", LOADS)
def test_a_cause_is_named_only_where_it_is_proved(torch_student, how):
    body, misconception, said = LOADS[how]
    own = f"{RIGHT}\n\n\ndef load(path):\n    {body}\n    model = build_model(**sizes)\n"
    student = torch_student(f"{own}    model.load_state_dict(weights)\n    return model\n")
    data = partial(builtin, train=40, test=20, seed=1)
    grading = Grading(CNN, student, Recorder(Report("text-cnn")), seed=1, dataset=data)
    with pytest.raises(SubmissionError) as caught:
        round_trip(grading, Framework.TORCH)
    finding: Finding = caught.value.finding
    assert finding.misconception == misconception
    assert said in "\n".join((finding.message, finding.found, finding.details))
