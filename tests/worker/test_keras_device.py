"""A second processor in a GPU's place, in real workers with Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from autograder.assignment import Limits
from autograder.blueprint import Framework
from autograder.errors import SubmissionError
from autograder.student.handle import Module, Student, Submission
from autograder.student.zygotes import Zygote

SIZES = {"words": 9, "num_classes": 3}
IDS = np.arange(12).reshape(3, 4) % 9
LABELS = np.array([0, 1, 2])
HEAD = """\
import keras
import numpy as np
import tensorflow as tf
"""
BUILD = """
def build_model(*, words, num_classes):
    token_ids = keras.Input((None,), dtype="int64")
    x = keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(words, 4)(token_ids))
    return keras.Model(token_ids, keras.layers.Dense(num_classes)(x))
"""
USE = """
def predict(model, token_ids):
    return keras.ops.convert_to_numpy(model(token_ids, training=False))

def fit(model, token_ids, labels, *, epochs):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    return model.fit(token_ids, labels, epochs=epochs, verbose=0).history["loss"]
"""
IN_CALL = """
class Last(keras.layers.Layer):
    def call(self, x):
        {call}

def build_model(*, words, num_classes):
    token_ids = keras.Input((None,), dtype="int64")
    x = keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(words, 4)(token_ids))
    return keras.Model(token_ids, Last()(keras.layers.Dense(num_classes)(x)))
"""
Submit = Callable[..., Module]


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote(Framework.KERAS)
    yield made
    made.close()


@pytest.fixture
def submit(zygote: Zygote, tmp_path: Path) -> Iterator[Submit]:
    """A Keras file, served with a second processor (or as ``device`` says)."""
    students: list[Student] = []

    def submit(*parts: str, device: str = "simulated") -> Module:
        folder = tmp_path / f"submission-{len(students)}"
        folder.mkdir()
        (folder / "work.py").write_text(HEAD + "".join(map(dedent, parts)), encoding="utf-8")
        submission = Submission(folder, {Framework.KERAS: "work"})
        students.append(Student(submission, {Framework.KERAS: zygote}, Limits()))
        module = students[-1].module(Framework.KERAS)
        return module.another(device) if device else module

    yield submit
    for student in students:
        student.close()


def test_all_is_where_the_scope_says(submit: Submit) -> None:
    module = submit(BUILD, USE)
    model = module.build(SIZES)
    assert (module.device.kind, module.device.name) == ("simulated", "/CPU:1")
    model.forward_on_device(IDS)
    model.fit_on_device(IDS, LABELS, epochs=1)
    assert model.placement() == ["CPU:1"] * 3
    assert module.take_trace() == {"requests": [], "graph": [], "traced": True}


def test_outputs_and_losses_are_those_of_the_usual_worker(submit: Submit) -> None:
    there, here = submit(BUILD, USE).build(SIZES, seed=1), submit(BUILD, USE, device="").build(SIZES, seed=1)
    assert np.array_equal(there.forward_on_device(IDS), here.forward(IDS, training=False))
    assert np.array_equal(there.predict_on_device(IDS)[0], here.predict(IDS))
    lost = [model.losses for model in (there.fit_on_device(IDS, LABELS, epochs=3), here.fit(IDS, LABELS, epochs=3))]
    assert np.allclose(*lost, rtol=1e-6)


def test_a_worker_without_a_device_has_one_processor(submit: Submit) -> None:
    file = "print(len(tf.config.list_logical_devices()), tf.config.get_soft_device_placement())"
    for device, printed in (("", "1 True\n"), ("simulated", "2 False\n")):
        module = submit(file, device=device)
        module.worker()
        module.end()
        assert module.printed() == printed


def test_a_real_device_is_simulated_where_there_is_none(submit: Submit) -> None:
    assert submit(BUILD, device="real").device.kind == "simulated"


def test_predict_may_leave_its_outputs_on_the_device(submit: Submit) -> None:
    for returned, left in (("logits", True), ("keras.ops.convert_to_numpy(logits)", False)):
        use = f"def predict(model, token_ids):\n    logits = model(token_ids)\n    return {returned}\n"
        assert submit(BUILD, use).build(SIZES).predict_on_device(IDS)[1] is left


def test_weights_of_layers_made_elsewhere_stay_there(submit: Submit) -> None:
    model = submit(BUILD.replace("    return", '    with tf.device("/CPU:0"):\n        return')).build(SIZES)
    assert model.placement() == ["CPU:1", "CPU:0", "CPU:0"]
    assert model.module.take_trace()["requests"] == [
        {"kind": "names", "what": "tf.device", "value": "/CPU:0", "line": "work.py, line 8"}
    ]


def test_a_graph_tells_of_requests_that_no_call_showed(submit: Submit) -> None:
    hidden = "\nfrom tensorflow.python.framework.ops import device as somewhere\n"
    call = 'with somewhere("/CPU:0"):\n            return tf.identity(x)'
    model = submit(hidden, IN_CALL.format(call=call), USE).build(SIZES)
    model.forward_on_device(IDS)
    trace = model.module.take_trace()
    assert trace["requests"] == []
    assert trace["graph"] == [{"what": "Identity", "value": "CPU:0", "line": "work.py, line 10"}]
    assert model.module.take_trace()["graph"] == []


def test_layers_that_keras_itself_puts_on_the_cpu_are_no_requests(submit: Submit) -> None:
    text = 'keras.layers.TextVectorization(vocabulary=["a"])'
    model = submit(IN_CALL.format(call=f'return x + 0 * tf.cast(tf.reduce_sum({text}(["a b"])), "float32")')).build(
        SIZES
    )
    model.forward_on_device(IDS)
    assert model.module.take_trace() == {"requests": [], "graph": [], "traced": True}


def test_a_model_that_works_on_values_has_no_graph(submit: Submit) -> None:
    build = """
    class Table(keras.Model):
        def __init__(self, words, num_classes):
            super().__init__()
            self.table = self.add_weight(shape=(words, num_classes))
            self.built = True

        def call(self, token_ids):
            return self.table.numpy()[np.asarray(token_ids)].sum(axis=1)

    def build_model(*, words, num_classes):
        return Table(words, num_classes)
    """
    model = submit(build).build(SIZES)
    assert np.allclose(model.forward_on_device(IDS), model.weights()[0][IDS].sum(axis=1), atol=1e-6)
    assert model.module.take_trace() == {"requests": [], "graph": [], "traced": False}
    assert model.module.take_trace()["traced"]


def test_a_gpu_that_is_not_there_is_refused(submit: Submit) -> None:
    use = 'def predict(model, token_ids):\n    with tf.device("/GPU:0"):\n        return model(token_ids)\n'
    assert submit(BUILD, use, device="").build(SIZES).predict(IDS).shape == (3, 3)  # soft placement takes the CPU
    with pytest.raises(SubmissionError) as caught:
        submit(BUILD, use).build(SIZES).predict_on_device(IDS)
    finding = caught.value.finding
    assert "your code asked for the device GPU:0 by name, and there is none here" in finding.message
    assert finding.found.startswith("work.py, line 11, in predict")
    assert finding.misconception == "hard-coded-device"


def test_a_device_that_is_read_off_a_weight_is_no_request(submit: Submit) -> None:
    use = """
    def predict(model, token_ids):
        with tf.device(model.weights[0].value.device):
            return keras.ops.convert_to_numpy(model(token_ids))
    """
    model = submit(BUILD, use).build(SIZES)
    model.predict_on_device(IDS)
    assert model.module.take_trace()["requests"] == []


def test_a_rewritten_function_is_told_with_the_line_that_was_written(submit: Submit) -> None:
    use = """
    @tf.function
    def step(x):
        with tf.device("/CPU:0"):
            return x + 1

    def fit(model, token_ids, labels, *, epochs):
        return [float(step(tf.constant(1.0)))]
    """
    model = submit(BUILD, use).build(SIZES)
    model.fit_on_device(IDS, LABELS, epochs=1)
    assert [request["line"] for request in model.module.take_trace()["requests"]] == ["work.py, line 12"]


def test_the_usual_ways_to_set_up_gpus_are_no_requests(submit: Submit) -> None:
    lines = """
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.set_visible_devices(tf.config.list_physical_devices("GPU"), "GPU")
    tf.config.set_soft_device_placement(True)
    """
    module = submit(lines, BUILD)
    assert module.build(SIZES).placement() == ["CPU:1"] * 3
    assert module.take_trace()["requests"] == []
