"""PyTorch models of every make: their weights come out, others go in, and the outputs are those of the weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from autograder.assignment import Limits
from autograder.errors import InternalError, SubmissionError
from autograder.student.handle import Module, Student, Submission
from autograder.student.model import Model

SOURCE = '''
import numpy as np
import torch
from torch import nn

class Mean(nn.Module):
    """Mean of the embedded words, through a linear layer."""
    def __init__(self, vocab_size, num_classes, linear=nn.Linear, **more):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 4, **more)
        self.out = linear(4, num_classes)
    def forward(self, ids):
        return self.out(self.embedding(ids).mean(dim=1))

class Lazy(Mean):
    def __init__(self, vocab_size, num_classes):
        super().__init__(vocab_size, num_classes, lambda _, n: nn.LazyLinear(n))

class LazyNorm(nn.Module):
    def __init__(self, vocab_size, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 4)
        self.norm = nn.LazyBatchNorm1d(affine=False)  # lazy buffers, and no lazy parameter
        self.out = nn.Linear(4, num_classes)
    def forward(self, ids):
        return self.out(self.norm(self.embedding(ids).mean(dim=1)))

class Normed(Mean):
    def __init__(self, vocab_size, num_classes):
        super().__init__(vocab_size, num_classes)
        self.norm = nn.BatchNorm1d(num_classes)
        self.register_buffer("unsaved", torch.zeros(3), persistent=False)
        self.register_buffer("table", torch.zeros(2, 2))
        self.register_buffer("count", torch.zeros(1, dtype=torch.int64))
    def forward(self, ids):
        return self.norm(super().forward(ids))

class Tied(nn.Module):
    def __init__(self, vocab_size, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, num_classes)
        self.same = self.embedding
        self.out = nn.Linear(num_classes, num_classes, bias=False)
        self.again = nn.Linear(num_classes, num_classes, bias=False)
        self.again.weight = self.out.weight
    def forward(self, ids):
        return self.again(self.out(self.same(ids).mean(dim=1)))

class Loose(nn.Module):
    """Parameters of its own, in a list and a dictionary; one that nothing uses, one that is frozen."""
    def __init__(self, vocab_size, num_classes):
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocab_size, num_classes).t().contiguous().t())
        self.rows = nn.ParameterList([nn.Parameter(torch.zeros(num_classes))])
        self.more = nn.ParameterDict({"unused": nn.Parameter(torch.zeros(()))})
        self.frozen = nn.Parameter(torch.ones(num_classes), requires_grad=False)
    def forward(self, ids):
        return self.table[ids].mean(dim=1) * self.frozen + self.rows[0]

class Mixed(Mean):
    """Its dropout is off for good."""
    def __init__(self, vocab_size, num_classes):
        super().__init__(vocab_size, num_classes)
        self.dropout = nn.Dropout(0.5).eval()
        self.active = nn.Dropout(0.5)
    def forward(self, ids):
        return self.active(super().forward(ids))

KINDS = {
    "mean": Mean,
    "lazy": Lazy,
    "lazy norm": LazyNorm,
    "normed": Normed,
    "tied": Tied,
    "loose": Loose,
    "mixed": Mixed,
    "sparse": lambda v, n: Mean(v, n, sparse=True),
    "double": lambda v, n: Mean(v, n).double(),
    "parametrized": lambda v, n: nn.utils.parametrizations.weight_norm(Mean(v, n).out) and Mean(v, n),
    "hidden in a list": lambda v, n: type("Hidden", (nn.Module,), {
        "__init__": lambda self: (nn.Module.__init__(self), setattr(self, "l", [nn.Linear(1, n)]))[0],
        "forward": lambda self, ids: self.l[0](ids[:, :1].float()),
    })(),
    "no module": lambda v, n: nn.Linear,
    "nothing": lambda v, n: None,
    "wide": lambda v, n: nn.ParameterList([nn.Parameter(torch.empty(200_000, 600))]),
}
OUTPUTS = {
    "logits": lambda x: x,
    "array": lambda x: x.detach().numpy(),
    "float64": lambda x: x.double(),
    "transposed": lambda x: x.t().contiguous().t(),
    "list": lambda x: x.tolist(),
    "nothing": lambda x: None,
    "tuple": lambda x: (x, x),
    "classes": lambda x: x.argmax(dim=1),
    "whole numbers": lambda x: x.long(),
    "wrong shape": lambda x: x.t(),
    "one row": lambda x: x[:1],
    "scalar": lambda x: x.mean(),
    "NaN": lambda x: x / 0 * 0,
    "bfloat16": lambda x: x.bfloat16(),
    "objects": lambda x: np.array([[None] * x.shape[1]] * x.shape[0]),
    "half": lambda x: x.half(),
    "40 dimensions": lambda x: x.reshape([1] * 38 + list(x.shape)),
    "too much": lambda x: torch.zeros(140_000_000),
}
LOSSES = {
    "floats": [1.0, 0.5],
    "tensors": [torch.tensor(1.0), torch.tensor(0.5, requires_grad=True)],
    "array": np.array([1.0, 0.5], np.float16),
    "tuple": (1, 0.5),
    "too few": [1.0],
    "none": [],
    "nothing": None,
    "a number": 1.0,
    "NaN": [1.0, float("nan")],
    "words": ["low", "lower"],
    "pairs": [[1.0, 2.0], [3.0, 4.0]],
    "a dictionary": {"loss": [1.0, 0.5]},
}
shown = "logits"

def build_model(*, kind, vocab_size, num_classes):
    return KINDS[kind](vocab_size, num_classes)

def predict(model, token_ids):
    global shown
    was = model.training
    model.eval()
    token_ids[0, 0] = token_ids[0, 0]  # the student's own copy
    outputs = OUTPUTS[shown](model(torch.from_numpy(token_ids)))
    model.train(was)
    return outputs

def fit(model, token_ids, labels, *, epochs, losses="floats", seed=0):
    with torch.no_grad():
        for p in model.parameters():
            p += 1
    return [float(m.training) for m in model.modules()] if losses == "modes" else LOSSES[losses]

def encode(texts, vocabulary, length):
    global shown
    shown = texts[0]
    return np.zeros((1, length), np.int64)

def save(model, path):
    torch.save(model.state_dict(), path + "/weights.pt")

def load(path):
    model = Mean(7, 2)
    model.load_state_dict(torch.load(path + "/weights.pt", weights_only=True))
    return model
'''
IDS = np.array([[1, 2, 3], [4, 5, 6], [1, 1, 0], [0, 0, 0]])
LABELS = np.array([0, 1, 1, 0])


@pytest.fixture(scope="module")
def student(torch_zygote, tmp_path_factory) -> Iterator[Student]:
    folder = tmp_path_factory.mktemp("torch")
    (folder / "work.py").write_text(SOURCE)
    framework = torch_zygote.framework
    made = Student(Submission(folder, {framework: "work"}), {framework: torch_zygote}, Limits())
    yield made
    made.close()


@pytest.fixture(scope="module")
def served(student) -> Module:
    return next(iter(student._modules.values()))


def build(served: Module, kind: str = "mean") -> Model:
    return served.build({"kind": kind, "vocab_size": 7, "num_classes": 2}, seed=3)


def described(model: Model) -> list[tuple[str, tuple[int, ...], str]]:
    return [(p.name, p.shape, p.layer) for p in model.parameters]


def show(served: Module, what: str) -> None:
    served.encode([what], [], 1)


MEAN = [("embedding.weight", (7, 4), "Embedding"), ("out.weight", (2, 4), "Linear"), ("out.bias", (2,), "Linear")]
PARAMETERS = {
    "mean": MEAN,
    "sparse": MEAN,
    "double": MEAN,
    "mixed": MEAN,
    "lazy": MEAN,
    "lazy norm": [
        ("embedding.weight", (7, 4), "Embedding"),
        ("out.weight", (2, 4), "Linear"),
        ("out.bias", (2,), "Linear"),
        ("norm.running_mean", (4,), "BatchNorm1d"),
        ("norm.running_var", (4,), "BatchNorm1d"),
    ],
    "normed": [
        *MEAN,
        ("norm.weight", (2,), "BatchNorm1d"),
        ("norm.bias", (2,), "BatchNorm1d"),
        ("table", (2, 2), "Normed"),
        ("norm.running_mean", (2,), "BatchNorm1d"),
        ("norm.running_var", (2,), "BatchNorm1d"),
    ],
    "tied": [("embedding.weight", (7, 2), "Embedding"), ("out.weight", (2, 2), "Linear")],
    "loose": [
        ("table", (7, 2), "Loose"),
        ("frozen", (2,), "Loose"),
        ("rows.0", (2,), "ParameterList"),
        ("more.unused", (), "ParameterDict"),
    ],
    "hidden in a list": [],
}


@pytest.mark.parametrize("kind", PARAMETERS)
def test_parameters_and_saved_buffers_are_found(served, kind):
    assert described(build(served, kind)) == PARAMETERS[kind]


@pytest.mark.parametrize("kind", [kind for kind, found in PARAMETERS.items() if found])
def test_weights_go_in_and_come_out_bit_for_bit(served, kind):
    rng = np.random.default_rng(0)
    model = build(served, kind)
    sent = [rng.standard_normal(p.shape).astype(np.float32) for p in model.parameters]
    model.set_weights(sent)
    for found, wanted in zip(model.weights(), sent, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("kind", ["mean", "lazy", "sparse", "double", "mixed"])
def test_outputs_are_those_of_the_weights_that_went_in(served, kind):
    show(served, "logits")
    rng = np.random.default_rng(1)
    model = build(served, kind)
    table, kernel, bias = (rng.standard_normal(p.shape).astype(np.float32) for p in model.parameters)
    model.set_weights([table, kernel, bias])
    wanted = table[IDS].mean(axis=1) @ kernel.T + bias
    np.testing.assert_allclose(model.predict(IDS), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.forward(IDS, training=False), wanted, rtol=1e-5, atol=1e-6)


def test_the_seed_decides_the_first_weights(served):
    first, again = build(served).weights(), build(served).weights()
    other = served.build({"kind": "mean", "vocab_size": 7, "num_classes": 2}, seed=4).weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_dropout_is_on_or_off_as_asked_and_by_the_seed(served):
    model = build(served, "mixed")
    off = model.forward(IDS, training=False)
    on = model.forward(IDS, training=True, seed=1)
    np.testing.assert_array_equal(on, model.forward(IDS, training=True, seed=1))
    assert not np.array_equal(on, off)
    np.testing.assert_array_equal(off, model.forward(IDS, training=False, seed=2))


def test_a_call_leaves_each_part_in_its_own_mode(served):
    """What a student switched off for good stays off."""
    model = build(served, "mixed")
    before = model.fit(IDS, LABELS, epochs=5, losses="modes").losses.tolist()
    assert sorted(before) == [0, 1, 1, 1, 1]
    for leave in (lambda: model.forward(IDS, training=False), lambda: model.gradients(IDS, LABELS)):
        leave()
        assert model.fit(IDS, LABELS, epochs=5, losses="modes").losses.tolist() == before
    assert model.is_training() is True
    model.set_training(False)
    model.forward(IDS, training=True)
    assert model.is_training() is False


def test_making_lazy_layers_real_changes_no_running_mean(served):
    model = build(served, "lazy norm")
    found = {p.name: w for p, w in zip(model.parameters, model.weights(), strict=True)}
    assert found["norm.running_mean"].tolist() == [0, 0, 0, 0]
    assert found["norm.running_var"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", ["mean", "sparse"])
def test_gradients_are_those_of_the_mean_cross_entropy(served, kind):
    model = build(served, kind)
    weights = model.weights()
    found = model.gradients(IDS, LABELS)
    step = 1e-2
    for index, place in ((0, (1, 2)), (1, (0, 1)), (2, (1,))):
        losses = []
        for sign in (step, -step):
            moved = [w.copy() for w in weights]
            moved[index][place] += sign
            model.set_weights(moved)
            logits = model.forward(IDS, training=False)
            log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
            losses.append(-log_p[np.arange(4), LABELS].mean())
        assert found[index][place] == pytest.approx((losses[0] - losses[1]) / (2 * step), abs=1e-3)


def test_where_no_gradient_arrives_it_is_zero(served):
    found = dict(zip(["table", "frozen", "row", "unused"], build(served, "loose").gradients(IDS, LABELS), strict=True))
    assert {name: not g.any() for name, g in found.items()} == {
        "table": False,
        "frozen": True,
        "row": False,
        "unused": True,
    }


@pytest.mark.parametrize("what", ["logits", "array", "float64", "transposed", "half"])
def test_predict_may_return_any_real_array(served, what):
    model = build(served)
    show(served, what)
    np.testing.assert_allclose(model.predict(IDS), model.forward(IDS, training=False), atol=1e-2)


WRONG = {
    "list": "a tensor or an array was expected, not list",
    "nothing": r"predict returned None \(has it a `return`\?\), and an array was expected",
    "tuple": "a tensor or an array was expected, not tuple",
    "classes": "wrong shape: one number for each example, not one for each class",
    "whole numbers": r"outputs are real numbers \(float32\), not int64",
    "objects": r"outputs are real numbers \(float32\), not object",
    "wrong shape": "What predict returned has the wrong shape",
    "one row": "What predict returned has the wrong shape",
    "scalar": "What predict returned has the wrong shape",
    "40 dimensions": "What predict returned has the wrong shape",
    "NaN": "holds NaN or infinity in 8 of its 8 numbers",
    "bfloat16": "your code raised TypeError: Got unsupported ScalarType BFloat16",
    "too much": "what came back is too large to be an answer",
}


@pytest.mark.parametrize("what", WRONG)
def test_other_outputs_are_refused_in_words(served, what):
    model = build(served)
    show(served, what)
    with pytest.raises(SubmissionError, match=WRONG[what]):
        model.predict(IDS)
    show(served, "logits")
    assert model.predict(IDS).shape == (4, 2)


def test_the_shapes_of_a_wrong_output_are_shown(served):
    model = build(served)
    show(served, "wrong shape")
    with pytest.raises(SubmissionError) as caught:
        model.predict(IDS)
    assert (caught.value.finding.expected, caught.value.finding.found) == ("[4, 2]", "[2, 4]")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no module", "a torch.nn.Module was expected, not type"),
        ("nothing", r"build_model returned None \(has it a `return`\?\), and a model was expected"),
        ("wide", "a model of more than 100,000,000 parameters"),
    ],
)
def test_what_is_no_model_is_refused_in_words(served, kind, words):
    with pytest.raises(SubmissionError, match=words):
        build(served, kind)


def test_weights_of_other_shapes_do_not_go_in(served):
    model = build(served)
    for arrays in ([np.zeros((3, 3), np.float32)] * 3, [np.zeros((7, 4), np.float32)]):
        with pytest.raises(InternalError, match="weights of the shapes"):  # the grader's own mistake
            model.set_weights(arrays)


@pytest.mark.parametrize("losses", ["floats", "tensors", "array", "tuple"])
def test_fit_trains_in_place_and_returns_its_losses(served, losses):
    model = build(served)
    before = model.weights()
    fitted = model.fit(IDS, LABELS, epochs=2, losses=losses, seed=1)
    assert fitted.losses.tolist() == [1.0, 0.5]
    assert fitted.losses.dtype == np.float64
    assert all(np.allclose(b, a + 1) for a, b in zip(before, model.weights(), strict=True))


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ("too few", "one loss per epoch"),
        ("none", "one loss per epoch"),
        ("nothing", r"fit returned None \(has it a `return`\?\), and a list of losses"),
        ("a number", "a list of losses, one per epoch, was expected, not float"),
        ("a dictionary", "a list of losses, one per epoch, was expected, not dict"),
        ("words", "a loss is one number, not str"),
        ("pairs", "a loss is one number, not list"),
        ("NaN", "NaN or infinite: training diverged"),
    ],
)
def test_other_losses_are_refused_in_words(served, losses, words):
    with pytest.raises(SubmissionError, match=words):
        build(served).fit(IDS, LABELS, epochs=2, losses=losses)


def test_arguments_that_fit_does_not_take_are_named(served):
    with pytest.raises(SubmissionError, match="unexpected keyword argument 'batch_size'") as caught:
        build(served).fit(IDS, LABELS, epochs=2, batch_size=3)
    assert "Keep the function's signature" in caught.value.finding.advice


def test_saved_in_one_process_and_loaded_in_another(served):
    model = build(served)
    sent = [np.full(p.shape, 0.25 + p.index, np.float32) for p in model.parameters]
    model.set_weights(sent)
    other = served.another()
    try:
        loaded = other.load(model.save(), {"vocab_size": 7, "num_classes": 2})
        assert other.worker() is not served.worker()
        assert all(np.array_equal(a, b) for a, b in zip(loaded.weights(), sent, strict=True))
        np.testing.assert_array_equal(loaded.forward(IDS, training=False), model.forward(IDS, training=False))
    finally:
        other.end()


def test_no_thread_is_started_beside_the_students(served):
    """One thread each: the reference's processor time can be compared with a student's."""
    model = build(served)
    model.fit(IDS, LABELS, epochs=2)
    import psutil

    assert psutil.Process(served.worker()._lodger.pid).num_threads() <= 2


CHANGING = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.dense = nn.Linear(4, num_classes)

    def forward(self, x):
        self.dense = nn.Linear(x.shape[1], self.dense.out_features)
        return self.dense(x.float())

def build_model(*, length, num_classes):
    return torch.compile(Net(num_classes))
"""


def test_parameters_that_change_after_the_model_is_made_are_told_so(submit, torch_zygote):
    model = submit(CHANGING, zygote=torch_zygote).build({"length": 3, "num_classes": 2})  # compiling leaves it as it is
    start = model.weights()
    assert model.forward(np.ones((5, 3), np.int64), training=False).shape == (5, 2)
    with pytest.raises(SubmissionError, match="has other parameters than when it was made"):
        model.set_weights(start)


SCRIPTED = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, num_classes: int):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.dropout = nn.Dropout(0.5)
        self.dense = nn.Linear(4, num_classes)

    def forward(self, x):
        return self.dense(self.dropout(self.embedding(x).mean(1)))

def build_model(*, length, num_classes):
    return torch.jit.script(Net(num_classes)) if length == 3 else Net(num_classes)

def save(model, path):
    torch.jit.script(model).save(f"{path}/model.pt")

def load(path):
    return torch.jit.load(f"{path}/model.pt")
"""


@pytest.mark.parametrize("length", [3, 4])
def test_scripted_models_are_models(submit, torch_zygote, length):
    served = submit(SCRIPTED, zygote=torch_zygote)
    sizes, ids = {"length": length, "num_classes": 2}, np.ones((5, 4), np.int64)
    model = served.build(sizes)
    loaded = served.load(model.save(), sizes)
    assert [p.name for p in loaded.parameters] == ["embedding.weight", "dense.weight", "dense.bias"]
    assert [p.layer for p in loaded.parameters] == ["Embedding", "Linear", "Linear"]
    loaded.set_weights([array + 1 for array in model.weights()])
    assert len(loaded.gradients(ids, np.ones(5, np.int64))) == 3
    wanted = [array + 1 for array in model.weights()]
    assert all(np.allclose(a, b) for a, b in zip(loaded.weights(), wanted, strict=True))
    still = loaded.forward(ids, training=False)
    assert np.allclose(still, loaded.forward(ids, training=False))
    loaded.set_training(True)
    assert loaded.is_training() is True


def test_what_the_worker_itself_can_not_handle_is_not_the_students_mistake(submit, torch_zygote):
    """A refusal from within the framework is the grader's; one with a line of the student's is theirs."""
    text = """
    import torch
    class Odd(torch.nn.Linear):
        {hook}
    def build_model(*, length, num_classes):
        return Odd(length, num_classes)
    """
    theirs = "def state_dict(self, *a, **k): raise RuntimeError('mine')"
    with pytest.raises(SubmissionError, match="mine"):
        submit(text.format(hook=theirs), zygote=torch_zygote).build({"length": 3, "num_classes": 2})
    ours = "state_dict = functools.partial(int, 'x')"
    source = text.format(hook=ours).replace("import torch", "import functools, torch", 1)
    served = submit(source, zygote=torch_zygote)
    with pytest.raises(InternalError, match="can't handle this kind of object"):
        served.build({"length": 3, "num_classes": 2})


SILENT = """
import torch
from torch import nn

class Block(nn.Module):
    def forward(self, x):
        x = x + 1

class Net(nn.Module):
    def __init__(self, inner, num_classes):
        super().__init__()
        self.block = Block() if inner else nn.Identity()
        self.dense = nn.Linear(3, num_classes)
        self.inner = inner

    def forward(self, x):
        x = self.dense(self.block(x.float()))
        if self.inner:
            return x

def build_model(*, length, num_classes):
    return Net(length == 4, num_classes)
"""


@pytest.mark.parametrize("what", ["forward", "gradients"])
def test_a_forward_pass_without_return_is_told_so(submit, torch_zygote, what):
    served, ids = submit(SILENT, zygote=torch_zygote), np.ones((5, 3), np.int64)
    for length, words in ((3, "forward returned None"), (4, "Block.forward returned None")):
        model = served.build({"length": length, "num_classes": 2})
        with pytest.raises(SubmissionError) as caught:
            model.forward(ids, training=False) if what == "forward" else model.gradients(ids, np.ones(5, np.int64))
        assert words in f"{caught.value.finding.message} {caught.value.finding.advice}"
