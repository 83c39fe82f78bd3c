"""What the TextCNN's handout says of Keras and PyTorch, tried out again with the installed ones."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from keras import layers
from torch import nn

from autograder.datasets import build_vocabulary

pytestmark = [
    pytest.mark.usefixtures("seeded"),
    # Keras asks its own variables for an array in NumPy 1's way.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    # What `eager` below does on purpose.
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`:UserWarning"),
]

NAME = "text-cnn"
TABLE = "| | Keras | PyTorch |"
SIZES = {
    "vocab_size": 50,
    "embed_dim": 8,
    "num_filters": 6,
    "kernel_sizes": (2, 3),
    "num_classes": 2,
    "dropout": 0.5,
}
FIT = {"epochs": 1, "batch_size": 4, "learning_rate": 0.01, "seed": 3}


@pytest.fixture(scope="module")
def prose(handout):
    return handout.flat


@pytest.fixture
def texts(eager):
    rng = np.random.default_rng(0)
    return rng.integers(0, SIZES["vocab_size"], (8, 10)), rng.integers(0, 2, 8)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_modes(row):
    assert row["training or predicting"][0].endswith("a plain call predicts")
    assert row["training or predicting"][1].endswith("a new model is in training mode")
    ones = np.ones((1, 1000), "float32")
    assert (array(layers.Dropout(0.5)(ones)) == 1).all()
    assert (array(layers.Dropout(0.5)(ones, training=True)) == 0).any()
    dropout = nn.Dropout(0.5)
    assert (dropout(torch.tensor(ones)) == 0).any()
    assert (dropout.eval()(torch.tensor(ones)) == 1).all()


def test_layouts(row, keras_solution, torch_solution):
    sizes = {**SIZES, "kernel_sizes": (3,), "num_classes": 4}
    letters = {3: "width", 8: "in", 6: "out"}
    keras_model, torch_model = keras_solution.build_model(**sizes), torch_solution.build_model(**sizes)
    ours = [keras_model.weights, list(torch_model.parameters())]
    shapes = [next(tuple(w.shape) for w in weights if len(w.shape) == 3) for weights in ours]
    assert row["its kernel"] == [f"`[{', '.join(letters[size] for size in shape)}]`" for shape in shapes]
    shapes = [next(tuple(w.shape) for w in weights if sorted(w.shape) == [4, 6]) for weights in ours]
    assert row["dense kernel"] == [f"`[{', '.join({6: 'in', 4: 'out'}[size] for size in shape)}]`" for shape in shapes]


def test_starts(prose, row):
    keras_start = array(layers.Embedding(2000, 64)(np.arange(2000)))
    torch_start = nn.Embedding(2000, 64).weight.detach().numpy()
    assert row["`Embedding` starts"] == ["uniform, ±0.05", "normal, with standard deviation 1"]
    assert np.abs(keras_start).max() == pytest.approx(0.05, rel=1e-2)
    assert torch_start.std() == pytest.approx(1, rel=1e-2)
    times = round(float(torch_start.std() / keras_start.std()))
    assert f"Left alone, the toolkits start {times}-fold apart" in prose


@pytest.mark.parametrize(("fan_in", "fan_out", "kind"), [(192, 192, "convolution"), (192, 2, "dense")])
def test_starts_of_kernels_and_biases(row, fan_in, fan_out, kind):
    assert row["convolution and dense start"] == ["uniform, ±√(6 / (fan in + fan out))", "uniform, ±1 / √(fan in)"]
    assert row["biases start"] == ["at zero", "uniform, ±1 / √(fan in)"]
    conv = kind == "convolution"
    ours = layers.Conv1D(fan_out // 3, 3) if conv else layers.Dense(fan_out)
    ours(np.zeros((1, 5, fan_in // 3) if conv else (1, fan_in), "float32"))
    theirs = nn.Conv1d(fan_in // 3, fan_out // 3, 3) if conv else nn.Linear(fan_in, fan_out)
    assert np.abs(array(ours.kernel)).max() == pytest.approx((6 / (fan_in + fan_out)) ** 0.5, rel=0.02)
    assert not array(ours.bias).any()
    for parameter in (theirs.weight, theirs.bias):
        assert 0.3 * fan_in**-0.5 < parameter.detach().abs().max() <= fan_in**-0.5


def test_losses(prose, row):
    logits, right, wrong = np.array([[2.0, -1.0]], "float32"), np.array([0]), np.array([1])
    loss = {y: float(nn.functional.cross_entropy(torch.tensor(logits), torch.tensor([y]))) for y in (0, 1)}
    forgotten = keras.losses.SparseCategoricalCrossentropy()
    told = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(told(right, logits)) == pytest.approx(loss[0], abs=1e-6)
    twice = float(nn.functional.cross_entropy(torch.softmax(torch.tensor(logits), 1), torch.tensor([0])))
    assert row["the loss by default"] == ["takes probabilities", "takes logits"]
    assert f"For the logits (2, −1) and class 0 the cross-entropy is {loss[0]:.3f}." in prose
    assert (
        f"says {float(forgotten(right, logits)):.3f} (and for class 1, {float(forgotten(wrong, logits)):.3f}" in prose
    )
    assert f"instead of {loss[1]:.3f})" in prose
    assert f"softmax in front of PyTorch's loss, gives {twice:.3f}." in prose


def test_transposed_and_reshaped(prose):
    x = torch.arange(6).reshape(3, 2)
    forms = [str(form.tolist()) for form in (x, x.T, x.reshape(2, 3))]
    assert "x = {} transposed: {} reshaped: {}".format(*forms) in prose


def start_again(module, model, x, y, dropout):
    """Losses of a second model with the first one's weights and the same seed in fit."""
    other = module.build_model(**{**SIZES, "dropout": dropout})
    if isinstance(model, nn.Module):
        other.load_state_dict(model.state_dict())
    else:
        other.set_weights(model.get_weights())
    return module.fit(other, x, y, **FIT)


@pytest.mark.parametrize(
    ("framework", "dropout", "same"), [("keras", 0.5, False), ("keras", 0.0, True), ("torch", 0.5, True)]
)
def test_where_a_seed_acts(keras_solution, torch_solution, texts, framework, dropout, same):
    module = {"keras": keras_solution, "torch": torch_solution}[framework]
    keras.utils.set_random_seed(1)
    model = module.build_model(**{**SIZES, "dropout": dropout})
    twice = [start_again(module, model, *texts, dropout) for _ in range(2)]
    assert (twice[0] == twice[1]) is same


def test_a_seeded_fit_of_keras_takes_one_order_in_all_epochs():
    class Remembers(keras.Model):
        def __init__(self):
            super().__init__()
            self.seen = []

        def train_step(self, data):
            self.seen += data[0].numpy().ravel().astype(int).tolist()
            return {"loss": 0.0}

    keras.utils.set_random_seed(5)
    model, numbers = Remembers(), np.arange(24.0)[:, None]
    model.compile(run_eagerly=True)
    model.fit(numbers, numbers, batch_size=4, epochs=3, shuffle=True, verbose=0)
    orders = {tuple(model.seen[start : start + 24]) for start in (0, 24, 48)}
    assert [sorted(order) for order in orders] == [list(range(24))]
    assert orders != {tuple(range(24))}


def test_keras_repeats_when_seeded_before_the_model_is_built(keras_solution, texts):
    losses = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        losses.append(keras_solution.fit(keras_solution.build_model(**SIZES), *texts, **FIT))
    assert losses[0] == losses[1]


def adapted(texts, **options):
    vectorize = layers.TextVectorization(**options)
    vectorize.adapt(texts)
    return [str(word) for word in vectorize.get_vocabulary()[2:]]


def fitted(texts):
    tokenizer = tf.keras.preprocessing.text.Tokenizer(oov_token="[UNK]")
    tokenizer.fit_on_texts(texts)
    return list(tokenizer.word_index)[1:]


@pytest.mark.parametrize("text", ["pear apple fig", "Don't", "well-made", "CAFÉ"])
def test_tokenizers(prose, text):
    label = re.search(rf"\| `{text}`(?:, once each)? \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", prose)
    assert label[1].split(", ") == build_vocabulary([text], max_tokens=99)[2:]
    assert label[2].split(", ") == adapted([text])
    assert label[3].split(", ") == fitted([text])


def test_tokenizers_with_a_limit(prose):
    text = ["a a a b b c d e"]
    tokenizer = tf.keras.preprocessing.text.Tokenizer(num_words=4, oov_token="[UNK]")
    tokenizer.fit_on_texts(text)
    known = {word for word in "abcde" if tokenizer.texts_to_sequences([word]) != [[1]]}
    assert known == set(adapted(text, max_tokens=4)) == {"a", "b"}
    assert "| limit of 4 entries or words keeps | 2 words | 2 words | 2 words |" in prose


@pytest.mark.parametrize(("times", "says"), [(2, "√2 times as much in Keras"), (16, "with 16, four times as much")])
def test_adam_on_a_word_that_occurs_often(prose, eager, times, says):
    ids, rate = np.zeros((1, times), "int64"), 0.1
    ours = keras.Sequential(
        [keras.Input((times,), dtype="int64"), layers.Embedding(3, 1), layers.GlobalAveragePooling1D()]
    )
    ours.compile(keras.optimizers.Adam(rate), loss=lambda _, y: times * keras.ops.mean(y), jit_compile=False)
    before = ours.get_weights()[0]
    ours.fit(ids, np.zeros((1, 1)), verbose=0)
    theirs = nn.Embedding(3, 1)
    start = theirs.weight.detach().clone()
    theirs(torch.tensor(ids)).sum().backward()
    torch.optim.Adam(theirs.parameters(), lr=rate).step()
    assert float((start - theirs.weight.detach())[0, 0]) == pytest.approx(rate, rel=1e-4)
    assert float((before - ours.get_weights()[0])[0, 0]) == pytest.approx(rate * times**0.5, rel=1e-3)
    assert says in prose


def test_adam_s_epsilon(row):
    defaults = [keras.optimizers.Adam().epsilon, inspect.signature(torch.optim.Adam).parameters["eps"].default]
    assert [float(cell) for cell in row["Adam's epsilon"]] == defaults


def test_keras_saves_the_optimizer_too(prose, keras_solution, texts, tmp_path):
    assert "so the file is three times as large as the parameters" in prose
    model = keras_solution.build_model(**{**SIZES, "vocab_size": 20_000})
    keras_solution.fit(model, *texts, **FIT)
    model.save_weights(tmp_path / "model.weights.h5")
    model.save(tmp_path / "model.keras")
    parameters = sum(w.nbytes for w in model.get_weights())
    for file in tmp_path.iterdir():
        assert file.stat().st_size / parameters == pytest.approx(3, rel=0.05)


def test_a_state_dict_is_parameters_alone(torch_solution):
    model = torch_solution.build_model(**SIZES)
    assert list(model.state_dict()) == [name for name, _ in model.named_parameters()]


def test_torch_load_refuses_code_by_default(tmp_path):
    torch.save(Path("not a tensor"), tmp_path / "file")
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(tmp_path / "file")


def test_xla_is_off_without_a_gpu(keras_solution):
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU")
    model = keras_solution.build_model(**SIZES)
    model.compile(loss="mse")
    assert model.jit_compile is False
