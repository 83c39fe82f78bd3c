"""What the worker does with a module, without a framework."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from autograder.worker.adapter import WrongKind
from autograder.worker.service import Service


class Plain:
    """As much of an adapter as arrays need."""

    def seed(self, seed: int) -> None:
        self.seeded = seed

    def check_model(self, model, example) -> None:
        self.example = example

    def parameters(self, model):
        return [{"name": name} for name in model]

    def unregistered(self, model):
        return []

    def keeps_gradient(self, value):
        return False

    def from_student(self, value):
        if not isinstance(value, np.ndarray):
            raise WrongKind("no array")
        return value


@pytest.fixture
def service(tmp_path, monkeypatch):
    """A service whose module is the text that a test writes."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    def make(source: str) -> Service:
        (tmp_path / "student_work.py").write_text(source)
        made = Service(Plain())  # type: ignore[arg-type]  # as much of it as these tests need
        made.import_module("student_work", str(tmp_path / "student_work.py"))
        return made

    return make


def test_the_submissions_folder_is_last_on_the_path(service, tmp_path):
    service("import student_work")
    assert sys.path[-1] == str(tmp_path)
    assert sys.path.count(str(tmp_path)) == 1


def test_a_module_knows_itself_by_its_name(service):
    service("import sys\nassert __name__ == 'student_work'\nassert sys.modules[__name__].__file__.endswith('_work.py')")


def test_a_model_is_built_after_seeding_and_shown_an_example(service):
    made = service("def build_model(*, a, b): return {'w': a, 'v': b}")
    found, _ = made.build_model({"a": 1, "b": 2}, seed=5, example=np.ones((1, 8)))
    assert found == {"model": 0, "parameters": [{"name": "w"}, {"name": "v"}], "unregistered": [], "switches": []}
    assert made._adapter.seeded == 5
    assert made._adapter.example.shape == (1, 8)
    assert made.build_model({"a": 1, "b": 2}, 5, np.ones(1))[0]["model"] == 1


def test_students_get_arrays_of_their_own(service):
    made = service("def build_model(): return {}\ndef predict(model, x):\n    x[:] = 9\n    return x.astype('float64')")
    made.build_model({}, 0, np.ones(1))
    sent = np.zeros((2, 1), np.int64)
    sent.flags.writeable = False
    outputs = made.predict(0, sent)[1]["logits"]
    assert outputs.dtype == np.float32
    assert outputs.tolist() == [[9], [9]]
    assert sent.tolist() == [[0], [0]]


def test_ids_become_int64_whatever_kind_of_whole_number_they_are(service):
    made = service("import numpy as np\ndef encode(texts, vocabulary, length): return np.array([[1, 2]], texts[0])")
    for dtype in ("int32", "uint8", "int64"):
        values, arrays = made.encode([dtype], [], 2)
        assert values == {"dtype": dtype}
        assert arrays["token_ids"].dtype == np.int64
    with pytest.raises(WrongKind, match="whole numbers"):
        made.encode(["float32"], [], 2)


def test_save_gets_a_new_folder(service, tmp_path):
    made = service("import os\ndef build_model(): return {}\ndef save(model, path): open(path + '/x', 'w').close()")
    made.build_model({}, 0, np.ones(1))
    made.save(0, str(tmp_path / "new"))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x"]
    with pytest.raises(FileExistsError):
        made.save(0, str(tmp_path / "new"))


def test_a_missing_function_is_named(service, tmp_path):
    made = service("build_vocabulary = 5")
    made._models.append({})
    for ask in (
        lambda: made.build_vocabulary([], 3),
        lambda: made.encode([], [], 3),
        lambda: made.load("/x", np.ones(1)),
        lambda: made.save(0, str(tmp_path / "new")),
    ):
        with pytest.raises(AttributeError, match=r"student_work\.py has no function"):
            ask()
