"""Keras models of every make: their weights come out, others go in, and the outputs are those of the weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from autograder.assignment import Limits
from autograder.errors import InternalError, SubmissionError
from autograder.student.handle import Module, Student, Submission
from autograder.student.model import Model

SOURCE = '''
import keras
import numpy as np
from keras import layers

def functional(v, n):
    ids = keras.Input((None,), dtype="int64")
    x = layers.Embedding(v, 4)(ids)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.5)(x)
    return keras.Model(ids, layers.Dense(n)(x))

def sequential(v, n):
    """Without an input: its weights wait for a first call."""
    return keras.Sequential([layers.Embedding(v, 4), layers.GlobalAveragePooling1D(), layers.Dense(n)])

class Subclassed(keras.Model):
    """Its weights wait for a first call, too."""
    def __init__(self, v, n):
        super().__init__()
        self.embedding = layers.Embedding(v, 4)
        self.mean = layers.GlobalAveragePooling1D()
        self.dropout = layers.Dropout(0.5)
        self.out = layers.Dense(n)
    def call(self, ids, training=False):
        return self.out(self.dropout(self.mean(self.embedding(ids)), training=training))

class Built(Subclassed):
    def build(self, input_shape):
        self.embedding.build(input_shape)
        self.out.build((None, 4))
        self.built = True

class Own(keras.Model):
    """Weights of its own; one that nothing uses, one that is frozen."""
    def __init__(self, v, n):
        super().__init__()
        self.table = self.add_weight(shape=(v, n), name="table")
        self.unused = self.add_weight(shape=(), name="unused")
        self.frozen = self.add_weight(shape=(n,), initializer="ones", trainable=False, name="frozen")
    def call(self, ids):
        return keras.ops.mean(keras.ops.take(self.table, ids, axis=0), axis=1) * self.frozen

class Nested(keras.Model):
    def __init__(self, v, n):
        super().__init__()
        self.words = keras.Sequential([layers.Embedding(v, 4), layers.GlobalAveragePooling1D()])
        self.head = keras.Sequential([layers.Dense(n)])
    def call(self, ids):
        return self.head(self.words(ids))

def normed(v, n):
    ids = keras.Input((None,), dtype="int64")
    x = layers.GlobalAveragePooling1D()(layers.Embedding(v, 4)(ids))
    return keras.Model(ids, layers.BatchNormalization()(layers.Dense(n)(x)))

def frozen(v, n):
    model = functional(v, n)
    model.layers[1].trainable = False
    return model

def compiled(v, n):
    model = functional(v, n)
    model.compile("adam", "mse", metrics=["accuracy"])
    return model

KINDS = {
    "functional": functional, "sequential": sequential, "subclassed": Subclassed, "built": Built, "own": Own,
    "nested": Nested, "normed": normed, "frozen": frozen, "compiled": compiled,
    "no model": lambda v, n: layers.Dense(n), "nothing": lambda v, n: None,
    "crash at first call": lambda v, n: keras.Sequential([layers.Embedding(v, 4), layers.Conv2D(n, 3)]),
}
OUTPUTS = {
    "tensor": lambda m, x: m(x, training=False),
    "predict": lambda m, x: m.predict(x, verbose=0),
    "array": lambda m, x: m(x).numpy(),
    "variable": lambda m, x: keras.Variable(m(x)),
    "float64": lambda m, x: np.asarray(m(x), np.float64),
    "list": lambda m, x: m(x).numpy().tolist(),
    "classes": lambda m, x: keras.ops.argmax(m(x), axis=1),
    "symbol": lambda m, x: keras.Input((2,)),
    "NaN": lambda m, x: m(x) * float("nan"),
    "transposed": lambda m, x: keras.ops.transpose(m(x)),
}
shown = "tensor"

def build_model(*, kind, vocab_size, num_classes):
    return KINDS[kind](vocab_size, num_classes)

def predict(model, token_ids):
    return OUTPUTS[shown](model, token_ids)

def fit(model, token_ids, labels, *, epochs, history=False):
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    found = model.fit(token_ids, labels, epochs=epochs, verbose=0)
    return found if history else found.history["loss"]

def encode(texts, vocabulary, length):
    global shown
    shown = texts[0]
    return np.zeros((1, length), np.int64)

def save(model, path):
    model.save(path + "/model.keras")

def load(path):
    return keras.saving.load_model(path + "/model.keras")
'''
IDS = np.array([[1, 2, 3], [4, 5, 6], [1, 1, 0], [0, 0, 0]])
LABELS = np.array([0, 1, 1, 0])
EVERYWHERE = ["functional", "sequential", "subclassed", "built", "nested", "frozen", "compiled"]


@pytest.fixture(scope="module")
def served(keras_zygote, tmp_path_factory) -> Iterator[Module]:
    folder = tmp_path_factory.mktemp("keras")
    (folder / "work.py").write_text(SOURCE)
    framework = keras_zygote.framework
    student = Student(Submission(folder, {framework: "work"}), {framework: keras_zygote}, Limits())
    yield student.module(framework)
    student.close()


def build(served: Module, kind: str = "functional") -> Model:
    return served.build({"kind": kind, "vocab_size": 7, "num_classes": 2}, seed=3)


def show(served: Module, what: str) -> None:
    served.encode([what], [], 1)


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_parameters_are_found_before_any_call_of_the_students(served, kind):
    found = [(p.shape, p.layer) for p in build(served, kind).parameters]
    assert found == [((7, 4), "Embedding"), ((4, 2), "Dense"), ((2,), "Dense")]


def test_moving_averages_and_weights_of_ones_own_are_found_too(served):
    assert [(p.name.split("/")[-1], p.shape, p.layer) for p in build(served, "normed").parameters][3:] == [
        ("gamma", (2,), "BatchNormalization"),
        ("beta", (2,), "BatchNormalization"),
        ("moving_mean", (2,), "BatchNormalization"),
        ("moving_variance", (2,), "BatchNormalization"),
    ]
    assert {(p.name.split("/")[-1], p.shape, p.layer) for p in build(served, "own").parameters} == {
        ("table", (7, 2), "Own"),
        ("unused", (), "Own"),
        ("frozen", (2,), "Own"),
    }


@pytest.mark.parametrize("kind", [*EVERYWHERE, "own", "normed"])
def test_weights_go_in_and_come_out_bit_for_bit(served, kind):
    rng = np.random.default_rng(0)
    model = build(served, kind)
    sent = [rng.standard_normal(p.shape).astype(np.float32) for p in model.parameters]
    model.set_weights(sent)
    for found, wanted in zip(model.weights(), sent, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_outputs_are_those_of_the_weights_that_went_in(served, kind):
    show(served, "tensor")
    rng = np.random.default_rng(1)
    model = build(served, kind)
    table, kernel, bias = (rng.standard_normal(p.shape).astype(np.float32) for p in model.parameters)
    model.set_weights([table, kernel, bias])
    wanted = table[IDS].mean(axis=1) @ kernel + bias
    np.testing.assert_allclose(model.predict(IDS), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.forward(IDS, training=False), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["functional", "subclassed"])
def test_dropout_is_on_or_off_as_asked(served, kind):
    model = build(served, kind)
    many = np.repeat(IDS, 20, axis=0)
    off = model.forward(many, training=False)
    assert not np.array_equal(model.forward(many, training=True, seed=1), off)
    np.testing.assert_array_equal(model.forward(many, training=False), off)
    assert model.is_training() is None


def test_the_seed_decides_the_first_weights(served):
    first, again = build(served).weights(), build(served).weights()
    other = served.build({"kind": "functional", "vocab_size": 7, "num_classes": 2}, seed=4).weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("kind", ["functional", "subclassed", "frozen"])
def test_gradients_are_those_of_the_mean_cross_entropy(served, kind):
    model = build(served, kind)
    table, kernel, _ = model.weights()
    logits = model.forward(IDS, training=False)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    of_logits = (p - np.eye(2)[LABELS]) / 4
    found = model.gradients(IDS, LABELS)
    np.testing.assert_allclose(found[2], of_logits.sum(axis=0), atol=1e-6)
    np.testing.assert_allclose(found[1], table[IDS].mean(axis=1).T @ of_logits, atol=1e-6)
    wanted = np.zeros_like(table)
    np.add.at(wanted, IDS, (of_logits @ kernel.T / 3)[:, None, :])
    np.testing.assert_allclose(found[0], 0 if kind == "frozen" else wanted, atol=1e-6)


def test_where_no_gradient_arrives_it_is_zero(served):
    model = build(served, "own")
    names = [p.name.split("/")[-1] for p in model.parameters]
    gradients = dict(zip(names, model.gradients(IDS, LABELS), strict=True))
    assert not gradients["unused"].any()
    assert gradients["table"].any()


@pytest.mark.parametrize("what", ["tensor", "predict", "array", "variable", "float64"])
def test_predict_may_return_any_real_array(served, what):
    model = build(served)
    show(served, what)
    np.testing.assert_allclose(model.predict(IDS), model.forward(IDS, training=False), atol=1e-6)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("list", "an array was expected, not list"),
        ("classes", "wrong shape: one number for each example, not one for each class"),
        ("symbol", "an array was expected, not KerasTensor"),
        ("NaN", "holds NaN or infinity in 8 of its 8 numbers"),
        ("transposed", "has the wrong shape"),
    ],
)
def test_other_outputs_are_refused_in_words(served, what, words):
    model = build(served)
    show(served, what)
    with pytest.raises(SubmissionError, match=words):
        model.predict(IDS)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no model", "a keras.Model was expected, not Dense"),
        ("nothing", r"build_model returned None \(has it a `return`\?\), and a model was expected"),
        ("crash at first call", "your code raised"),
    ],
)
def test_what_is_no_model_is_refused_in_words(served, kind, words):
    with pytest.raises(SubmissionError, match=words):
        build(served, kind)


def test_weights_of_other_shapes_do_not_go_in(served):
    model = build(served)
    with pytest.raises(InternalError, match="weights of the shapes"):  # the grader's own mistake
        model.set_weights([np.zeros((3, 3), np.float32)] * 3)


def test_fit_trains_in_place_and_returns_its_losses(served):
    model = build(served, "subclassed")
    before = model.weights()
    fitted = model.fit(IDS, LABELS, epochs=2)
    assert fitted.losses.shape == (2,)
    assert not np.array_equal(before[1], model.weights()[1])
    with pytest.raises(SubmissionError, match="a list of losses, one per epoch, was expected, not History"):
        model.fit(IDS, LABELS, epochs=2, history=True)


def test_saved_in_one_process_and_loaded_in_another(served):
    model = build(served)
    sent = [np.full(p.shape, 0.25 + p.index, np.float32) for p in model.parameters]
    model.set_weights(sent)
    other = served.another()
    try:
        loaded = other.load(model.save(), {"vocab_size": 7, "num_classes": 2})
        assert all(np.array_equal(a, b) for a, b in zip(loaded.weights(), sent, strict=True))
    finally:
        other.end()
