"""What the LSTM's handout says of Keras and PyTorch, tried out again with the installed ones."""

from __future__ import annotations

import inspect
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from keras import layers
from keras.src.backend.tensorflow.rnn import _assert_valid_mask
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from autograder.datasets import build_vocabulary, builtin, encode

pytestmark = [
    pytest.mark.usefixtures("seeded"),
    # Keras asks its own variables for an array in NumPy 1's way.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

NAME = "text-lstm"
TABLE = "| | `keras.layers.LSTM` |"
SIZES = {"vocab_size": 20, "embed_dim": 5, "hidden_size": 4, "num_classes": 3, "dropout": 0.5}
IDS = np.array([[3, 4, 5, 0, 0], [6, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
LENGTHS = [1, 3, 2]
REVIEWS = {"not all that bad, it was good": 0.76, "not all that good, it was bad": 0}


@pytest.fixture(scope="module")
def prose(handout):
    return handout.flat


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """So small steps wait for each other's threads more than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def parameters(function):
    return inspect.signature(function).parameters


# -- The cell by hand


def kernel_by_hand():
    """[in, 4 gates of 2 units], [state, 4 gates of 2 units] and the biases, in the order i, f, g, o."""
    kernel, recurrent, bias = np.zeros((3, 4, 2)), np.zeros((2, 4, 2)), np.full((4, 2), 10.0)
    kernel[0, 0, 0], bias[0, 0] = 20, -10
    kernel[1:, 1, 0] = -20
    kernel[2, 0, 1], recurrent[0, 0, 1], bias[0, 1] = 20, 20, -30
    return kernel.reshape(3, 8), recurrent.reshape(2, 8), bias.reshape(8)


def vectors(review):
    known = {"not": (1, 0, 0), "good": (0, 1, 0), "bad": (0, 0, 1)}
    return np.array([[known.get(word, (0, 0, 0)) for word in review.replace(",", "").split()]], "float32")


def torch_lstm(kernel, recurrent, bias):
    lstm = nn.LSTM(len(kernel), len(recurrent), batch_first=True)
    arrays = (kernel.T, recurrent.T, bias, np.zeros_like(bias))
    lstm.load_state_dict({n: torch.tensor(a) for n, a in zip(lstm.state_dict(), arrays, strict=True)})
    return lstm


@pytest.mark.parametrize("review", REVIEWS)
def test_both_toolkits_compute_the_cell_by_hand(prose, review):
    assert "i, f, c, o, PyTorch's i, f, g, o: two names, one order. A transposed kernel fits as it is." in prose
    assert "put Keras's bias into one of them and zeros into the other" in prose
    ours = layers.LSTM(2)
    ours.build((None, None, 3))
    ours.set_weights(kernel_by_hand())
    _, (theirs, _) = torch_lstm(*kernel_by_hand())(torch.tensor(vectors(review)))
    for h in (array(ours(vectors(review)))[0], theirs[0, 0].detach().numpy()):
        assert h == pytest.approx([0, REVIEWS[review]], abs=0.01)


def test_the_gru_s_gates_stand_in_another_order(prose):
    assert "the GRU's blocks are z, r, h in Keras and r, z, n in PyTorch" in prose
    ours, theirs = layers.GRU(4), nn.GRU(3, 4, batch_first=True)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    assert np.shape(ours(x)) == (2, 4)
    assert "its two biases are both needed, so that Keras has both as well" in prose
    assert ours.weights[2].shape == (2, 12)
    blocks = [np.split(p.detach().numpy().T, 3, axis=-1) for p in theirs.parameters()]
    r_and_z_swapped = [np.concatenate([z, r, n], axis=-1) for r, z, n in blocks]
    ours.set_weights([*r_and_z_swapped[:2], np.stack(r_and_z_swapped[2:])])
    assert array(ours(x)) == pytest.approx(theirs(torch.tensor(x))[1][0].detach().numpy(), abs=1e-5)


# -- Ask your model


def asked(handout, module):
    """The four arrays of the handout's own snippet."""
    snippet = re.search(r"With\n`(review = .*?)`:\n\n```python\n(.*?)```", handout.text, re.DOTALL)
    vocabulary = build_vocabulary(["It was not bad"], max_tokens=SIZES["vocab_size"])
    keras.utils.set_random_seed(0)
    names = {**vars(module), "vocabulary": vocabulary, "model": module.build_model(**SIZES)}
    exec(f"{snippet[1]}\n{snippet[2]}", names)
    return [names[name] for name in ("short", "padded", "beside", "turned")]


@pytest.mark.parametrize("framework", ["keras", "torch"])
def test_what_a_right_model_answers(handout, framework):
    short, padded, beside, turned = asked(handout, handout.module(framework))
    assert padded == pytest.approx(short, abs=1e-6)
    assert beside[-1] == pytest.approx(short[0], abs=1e-6)
    assert np.abs(turned - short).max() > 1e-4


class ReadsPadding(nn.Module):
    """What stands around the parts of a right model decides what is wrong."""

    def __init__(self, model, batch_first=True):
        super().__init__()
        self.model = model
        model.lstm.batch_first = batch_first

    def outputs(self, token_ids):
        return self.model.lstm(self.model.embedding(token_ids))[0]

    def forward(self, token_ids):
        return self.model.dense(self.model.dropout(self.outputs(token_ids)[:, -1]))


class LastPosition(ReadsPadding):
    def outputs(self, token_ids):
        lengths = (token_ids != 0).sum(dim=1).clamp(min=1)
        packed = pack_padded_sequence(self.model.embedding(token_ids), lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.model.lstm(packed)[0], batch_first=True)[0]


class FirstOfLayers(ReadsPadding):
    def forward(self, token_ids):
        return self.model.dense(self.model.lstm(self.model.embedding(token_ids))[1][0])


class Unpacked(ReadsPadding):
    """Right without packing: the state at each text's last word, picked out of the outputs."""

    def forward(self, token_ids):
        lengths = (token_ids != 0).sum(dim=1)
        h = self.outputs(token_ids)[torch.arange(len(token_ids)), lengths - 1] * (lengths > 0).unsqueeze(1)
        return self.model.dense(self.model.dropout(h))


def instead(module, wrong, **options):
    """The solution with another model."""
    build = module.build_model
    module.build_model = lambda **sizes: wrong(build(**sizes), **options)
    return module


def test_what_wrong_models_answer(handout):
    seen = [line[0] for line in handout.rows("| what you see |")]
    assert seen[:4] == [
        "`padded` differs from `short`",
        "`beside` differs",
        "`turned` is the same",
        "logits `[1, n, num_classes]`",
    ]
    short, padded, *_ = asked(handout, instead(handout.module("torch"), ReadsPadding))
    assert np.abs(padded - short).max() > 1e-4
    for wrong, options in ((LastPosition, {}), (ReadsPadding, {"batch_first": False})):
        short, padded, beside, _ = asked(handout, instead(handout.module("torch"), wrong, **options))
        assert np.abs(beside[-1] - short[0]).max() > 1e-4
    short, *_ = asked(handout, instead(handout.module("torch"), FirstOfLayers))
    assert short.shape == (1, 1, SIZES["num_classes"])


# -- Padding that is read


def test_a_model_that_reads_padding_learns_next_to_nothing(handout, prose):
    """Half of the training tells: with the padding skipped it is right by then."""
    data = builtin(train=4000, test=400, seed=1)
    vocabulary = build_vocabulary(data.train.texts, 2000)
    x, x_test = (encode(split.texts, vocabulary, 30) for split in (data.train, data.test))
    sizes = {"vocab_size": len(vocabulary), "embed_dim": 64, "hidden_size": 64, "num_classes": 2, "dropout": 0.5}
    accuracy = {}
    for wrong in (ReadsPadding, Unpacked):
        module = instead(handout.module("torch"), wrong)
        torch.manual_seed(0)
        model = module.build_model(**sizes)
        module.fit(model, x, np.array(data.train.labels), epochs=3, batch_size=50, learning_rate=0.003, seed=1)
        accuracy[wrong] = (module.predict(model, x_test).argmax(axis=1) == data.test.labels).mean()
    assert accuracy[ReadsPadding] < 0.65
    assert accuracy[Unpacked] > 0.8
    assert "PyTorch was right about 50, 60 and 56 % of the test texts (a coin gets 50)" in prose


def test_it_learns_the_same_without_packing(handout, prose):
    losses = []
    rng = np.random.default_rng(0)
    x = rng.integers(1, SIZES["vocab_size"], (40, 9)) * (np.arange(9) < rng.integers(1, 10, (40, 1)))
    for module in (handout.module("torch"), instead(handout.module("torch"), Unpacked)):
        torch.manual_seed(0)
        model = module.build_model(**SIZES)
        y = rng.permutation(40) % 3 if not losses else y  # noqa: F821 - of the first round
        losses.append(module.fit(model, x, y, epochs=3, batch_size=10, learning_rate=0.01, seed=1))
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)
    assert "It gave the same losses to three decimals." in prose


# -- The table


@pytest.mark.parametrize(
    ("what", "ours", "theirs"),
    [
        ("features of the state", ["units"], ["hidden_size"]),
        ("features of the words", [], ["input_size"]),
        ("all states", ["return_sequences"], []),
        ("bias", ["use_bias"], ["bias"]),
        ("several layers", ["return_sequences"], ["num_layers"]),
        ("both directions", [], ["bidirectional"]),
        ("*h* made smaller by a matrix", [], ["proj_size"]),
        ("from the end to the beginning", ["go_backwards"], []),
        ("dropout on *h* inside the loop", ["recurrent_dropout"], []),
        ("goes on where the last batch ended", ["stateful"], []),
        ("other functions than tanh and sigmoid", ["activation", "recurrent_activation"], []),
    ],
)
def test_names_of_arguments(row, what, ours, theirs):
    torch_names = parameters(nn.LSTM.__base__.__init__)
    for names, own, others, cell in (
        (ours, parameters(layers.LSTM.__init__), torch_names, row[what][0]),
        (theirs, torch_names, parameters(layers.LSTM.__init__), row[what][1]),
    ):
        for name in names:
            assert name in own or name in {"input_size", "hidden_size"}
            assert name not in others
            assert f"`{name}" in cell


def test_default_axes_and_what_is_given(row):
    x = np.zeros((2, 5, 3), "float32")
    assert row["axes of the input"] == ["`[n, words, features]`", "`[words, n, features]`, unless `batch_first=True`"]
    assert row["gives by default"] == [
        "*h* after the last word",
        "the *h* of all words, and *h* and *c* after the last",
    ]
    assert layers.LSTM(4)(x).shape == (2, 4)
    for options, n in (({}, 5), ({"batch_first": True}, 2)):
        outputs, (h, c) = nn.LSTM(3, 4, num_layers=2, bidirectional=True, **options)(torch.tensor(x))
        assert outputs.shape == (2, 5, 8)
        assert h.shape == c.shape == (4, n, 4)  # [layers x directions, n, hidden_size], whatever batch_first says
    outputs, h, c = layers.LSTM(4, return_sequences=True, return_state=True)(x)
    assert [outputs.shape, h.shape, c.shape] == [(2, 5, 4), (2, 4), (2, 4)]


def test_dropout_of_one_layer(row):
    assert row["`dropout`"] == ["on the input's features", "between the layers: none, with one layer"]
    x = np.ones((1, 4, 200), "float32")
    dropping, twin = layers.LSTM(3, dropout=0.5), layers.LSTM(3)
    twin.build(x.shape)
    dropping.build(x.shape)
    dropping.set_weights(twin.get_weights())
    assert np.abs(array(dropping(x, training=True)) - array(twin(x))).max() > 1e-3
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        alone = nn.LSTM(200, 3, dropout=0.5)
    assert torch.equal(*(alone(torch.tensor(x))[0] for _ in range(2)))


def test_starts(row):
    ours, theirs = layers.LSTM(100), nn.LSTM(60, 100)
    ours.build((None, None, 60))
    kernel, recurrent, bias = ours.get_weights()
    assert row["*W* starts"] == ["uniform, ±√(6 / (fan in + fan out))", "uniform, ±1 / √hidden_size"]
    assert np.abs(kernel).max() == pytest.approx((6 / (60 + 400)) ** 0.5, rel=1e-2)
    assert row["*U* starts"] == ["orthogonal", "uniform, ±1 / √hidden_size"]
    assert recurrent @ recurrent.T == pytest.approx(np.eye(100), abs=1e-4)
    assert row["biases start"][0] == "at 0, those of the forget gate at 1 (`unit_forget_bias`)"
    assert bias.reshape(4, 100).tolist() == [[value] * 100 for value in (0, 1, 0, 0)]
    for parameter in theirs.parameters():
        assert parameter.abs().max().item() == pytest.approx(0.1, rel=0.02)
    assert row["`Embedding` starts"] == ["uniform, ±0.05", "normal, with standard deviation 1"]  # as in text-cnn


# -- Biases, masks, packed texts


def test_two_biases_move_side_by_side(prose):
    assert "They get the same gradient at every step" in prose
    assert "so their sum, which is all that the model sees, moves by twice as much as Keras's one" in prose
    lstm = nn.LSTM(3, 4)
    lstm(torch.randn(5, 2, 3))[0].sum().backward()
    assert torch.equal(lstm.bias_ih_l0.grad, lstm.bias_hh_l0.grad)
    before = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach()
    torch.optim.Adam(lstm.parameters(), lr=0.01).step()
    moved = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach() - before
    assert moved.abs().numpy() == pytest.approx(0.02, rel=1e-3)


def masked():
    return layers.Embedding(10, 4, mask_zero=True)(IDS)


def has_mask(tensor):
    return getattr(tensor, "_keras_mask", None) is not None


@pytest.mark.parametrize("layer", [layers.Dropout(0.5), layers.Dense(3), layers.LayerNormalization()])
def test_layers_that_hand_the_mask_on(prose, layer):
    assert f"`{type(layer).__name__}`" in prose.partition("layer after layer hands it on")[2][:60]
    assert has_mask(layer(masked()))


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv1D(3, 2, padding="same"),
        layers.Reshape((5, 4)),
        layers.Flatten(),
        layers.MaxPooling1D(),
        layers.Lambda(lambda x: x * 2),
    ],
)
def test_layers_that_lose_the_mask(prose, layer):
    assert f"`{type(layer).__name__}`" in prose.partition("Others lose it")[2][:70]
    said = "does not support masking and will therefore destroy the mask information"
    assert f'Keras then warns, "{said}"' in prose
    with pytest.warns(UserWarning, match=said):
        assert not has_mask(layer(masked()))


@pytest.mark.parametrize("compute", [lambda x: x * 2, lambda x: keras.ops.multiply(x, 2)])
def test_computations_that_lose_the_mask_without_a_word(prose, compute):
    assert "`x * 2` or `keras.ops.multiply(x, 2)`, loses the mask without a word" in prose
    assert has_mask(masked())
    assert not has_mask(compute(masked()))


def test_a_layer_of_your_own_may_keep_the_mask():
    class Twice(layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x):
            return x * 2

    assert has_mask(Twice()(masked()))


def test_a_mask_goes_by_the_id(prose, keras_solution):
    assert "it would skip a 0 between two words, too" in prose
    model = keras_solution.build_model(**SIZES)
    with_gap, without = (keras_solution.predict(model, np.array([ids])) for ids in ([3, 0, 4], [3, 4, 0]))
    assert with_gap == pytest.approx(without, abs=1e-6)


def pack(lengths=LENGTHS, **options):
    return pack_padded_sequence(torch.randn(3, 5, 4), lengths, batch_first=True, **{"enforce_sorted": False, **options})


def test_a_packed_batch(prose):
    assert "Texts of 1, 3 and 2 words become six vectors, in steps of 3, 2 and 1." in prose
    packed = pack()
    assert packed.data.shape == (6, 4)
    assert packed.batch_sizes.tolist() == [3, 2, 1]


def test_what_packing_demands(prose):
    with pytest.raises(RuntimeError, match="greater than 0"):
        pack([1, 3, 0])
    with pytest.raises(RuntimeError, match="must be sorted in decreasing order when `enforce_sorted` is True"):
        pack(enforce_sorted=True)
    assert "a tensor of lengths has to be on the CPU" in prose
    assert "must be on the CPU if provided as a tensor" in " ".join(pack_padded_sequence.__doc__.split())


def test_what_comes_out_of_packed_texts(prose):
    assert "to the length of the *longest text of the batch*" in prose
    lstm, x = nn.LSTM(4, 3, batch_first=True), torch.randn(3, 5, 4)
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    outputs, (h, _) = lstm(packed)
    outputs, lengths = pad_packed_sequence(outputs, batch_first=True)
    assert lengths.tolist() == LENGTHS  # in the order in which they came
    assert outputs.shape == (3, 3, 3)
    assert torch.equal(outputs[torch.arange(3), lengths - 1], h[0])
    assert outputs[:, -1].any(dim=1).tolist() == [False, True, False]
    assert pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=5)[0].shape == (3, 5, 3)


def test_what_comes_out_of_masked_texts(prose):
    assert "Keras repeats the last state there. So `outputs[:, -1]` is right in Keras" in prose
    outputs, h, _ = map(array, layers.LSTM(3, return_sequences=True, return_state=True)(masked()))
    assert (outputs[:, -1] == h).all()
    assert (outputs[0, 2:] == outputs[0, 2]).all()
    assert (outputs[1] == outputs[1, 0]).all()
    assert not outputs[2].any()


# -- Lengths, graphs


class Speaks(layers.Layer):
    """Counts how often Python comes by."""

    times = 0

    def call(self, x):
        self.times += 1
        return x


@pytest.fixture
def speaking():
    layer = Speaks()
    inputs = keras.Input((None,), dtype="int64")
    outputs = layers.Dense(2)(layers.LSTM(3)(layer(layers.Embedding(10, 4)(inputs))))
    return layer, keras.Model(inputs, outputs)


def run(model, lengths, epochs=1):
    for length in lengths:
        model.fit(np.ones((10, length), int), np.ones((10, 2)), batch_size=5, epochs=epochs, verbose=0)


def test_a_graph_for_each_length_and_then_one_for_all(prose, speaking):
    assert "once more for the second one, and that one then serves for all" in prose
    layer, model = speaking
    model.compile(loss="mse", jit_compile=False)
    for use in (lambda length: run(model, [length]), lambda length: model.predict(np.ones((4, length)), verbose=0)):
        layer.times, traced = 0, []
        for length in (4, 5, 6, 7):
            use(length)
            traced.append(layer.times)
        assert [later - traced[0] for later in traced] == [0, 1, 1, 1]


def test_python_runs_for_each_batch_only_when_told(prose, speaking):
    assert "With `compile(..., run_eagerly=True)` it is called for each batch" in prose
    layer, model = speaking
    for eagerly, times in ((False, 0), (True, 12)):
        model.compile(loss="mse", jit_compile=False, run_eagerly=eagerly)
        run(model, [4])
        layer.times = 0
        run(model, [4], epochs=6)
        assert layer.times == times


def test_lengths_that_are_fixed(prose):
    assert "With `(30,)` a functional model stops at any other, and a `Sequential` one takes it all the same." in prose
    shorter, inputs = np.ones((1, 12), int), keras.Input((30,), dtype="int64")
    model = keras.Model(inputs, layers.LSTM(3)(layers.Embedding(10, 4)(inputs)))
    with pytest.raises(ValueError, match="incompatible"):
        model(shorter)
    assert keras.Sequential([inputs, *model.layers[1:]])(shorter).shape == (1, 3)


def test_a_second_model_to_look_at_one_layer(prose, keras_solution):
    names = {"keras": keras, "model": keras_solution.build_model(**SIZES)}
    (code,) = re.findall(r"`(keras\.Model\(model\.input.*?)`", prose)
    assert eval(code, names)(IDS).shape == (3, SIZES["hidden_size"])


# -- cuDNN, which only a GPU has


def test_what_cudnn_asks_for(prose):
    wanted = layers.LSTM.__doc__.partition("The requirements to use the cuDNN implementation are:")[2]
    told = prose.partition("On a GPU, Keras takes cuDNN's fast LSTM by itself")[2]
    for name in ("activation", "recurrent_activation", "use_bias", "unroll", "recurrent_dropout"):
        assert re.search(rf"\d\. `{name}` ", wanted)
        assert f"`{name}`" in told
    assert "strictly right-padded" in wanted
    assert "use_cudnn" in parameters(layers.LSTM.__init__)


def test_cudnn_takes_no_text_without_words(prose):
    assert "Then a batch may hold no text without words, either" in prose
    _assert_valid_mask(tf.constant([[True, True], [True, False]]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="use_cudnn=False"):
        _assert_valid_mask(tf.constant([[True, True], [False, False]]))
