"""What the frameworks say of common mistakes, in their own words of today, and what we advise."""

from __future__ import annotations

from textwrap import indent

import pytest

from autograder.errors import Finding, SubmissionError
from autograder.student import failures
from autograder.student.advice import advice, reason

SOURCE = """
import numpy as np
{imports}

def build_vocabulary(texts, max_tokens):
    globals()[texts[0]]()
    return texts

"""
TORCH = {
    "dense": ("nn.Linear(3, 2)(torch.ones(4, 5))", "has 5 features, but the layer was made for 3"),
    "ids": ("nn.Embedding(3, 2)(torch.tensor([3]))", "outside the embedding"),
    "float_ids": ("nn.Embedding(3, 2)(torch.ones(1))", "leave the token ids as they are, int64"),
    "transpose": ("nn.Conv1d(3, 2, 2)(torch.ones(1, 5, 3))", "has to be the features, 3 here, and it is 5"),
    "wide": ("nn.Conv1d(3, 2, 9)(torch.ones(1, 3, 5))", "The filter is wider than the text"),
    "joined": ("torch.cat([torch.ones(1, 2, 3), torch.ones(1, 2, 4)], dim=1)", "take the maximum over time before"),
    "axis": ("torch.ones(2, 3).sum(dim=2)", "fewer axes than this line counts on"),
    "view": ("torch.ones(2, 3).view(5)", "So many numbers don't fit"),
    "permuted": ("torch.ones(2, 3).T.view(6)", "use .flatten(1) or .reshape(...)"),
    "labels": ("nn.functional.cross_entropy(torch.ones(2, 3), torch.ones(3).long())", "Outputs: 2, labels: 3."),
    "float_labels": ("nn.functional.cross_entropy(torch.ones(2, 3), torch.ones(2))", "labels.long()"),
    "double": ("nn.Linear(3, 2)(torch.ones(4, 3).double())", "float32 first"),
    "array": ("nn.Embedding(3, 2)(np.ones(3, int))", "torch.tensor(array) makes one"),
    "maximum": ("torch.cat([torch.ones(2, 3).max(dim=1)])", "take .values"),
    "early": ("type('M', (nn.Module,), {'__init__': lambda s: setattr(s, 'x', nn.ReLU())})()", "super().__init__()"),
    "forward": ("nn.Module()(1)", "exactly this name: forward"),
    "no_gradient": ("torch.ones(1).backward()", "Nothing leads from this loss back"),
    "twice": ("x = (torch.ones(1, requires_grad=True) ** 2).sum(); x.backward(); x.backward()", "anew in each step"),
    "leaf": ("nn.Linear(1, 1).weight.add_(1)", "functions of nn.init"),
    "numpy": ("nn.Linear(1, 1).weight.numpy()", "torch.no_grad()"),
    "state": ("nn.Linear(1, 1).load_state_dict('weights.pt')", "what torch.load reads"),
    "group": ("nn.BatchNorm1d(2)(torch.ones(1, 2))", "Print the shapes"),
    "no_file": ("torch.load('nowhere.pt')", "Only the files that you hand in"),
    "unsorted": ("nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 1), [1, 2])", "enforce_sorted=False"),
    "lengths": ("nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 1), [3, 2, 1])", "batch_first=True"),
    "words_first": ("nn.LSTM(1, 2)(torch.ones(4, 3, 1))[1][0][-1] * torch.ones(4, 1)", "batch_first=True"),
    "notebook": ("get_ipython()", "a command of a notebook"),
}
KERAS = {
    "sequential": ("keras.Sequential([3])", "takes a list of layers"),
    "uncalled": ("keras.Model(keras.Input((3,)), layers.Dense(2))", "and *called* layers give"),
    "symbolic": ("np.asarray(keras.Input((3,)))", "keras.ops instead of NumPy"),
    "tensorflow": ("tf.exp(keras.Input((3,)))", "keras.ops instead of NumPy"),
    "axes": ("layers.Conv1D(2, 2)(keras.Input((3,)))", "another number of axes"),
    "features": ("d = layers.Dense(2); d(np.ones((1, 3))); d(np.ones((1, 4)))", "has met an input of 3 features"),
    "fixed": ("i = keras.Input((30,)); keras.Model(i, layers.Dense(1)(i))(np.ones((1, 4)))", "for one size alone"),
    "flat": ("layers.Dense(2)(layers.Flatten()(keras.Input((None, 3))))", "instead of flattening"),
    "one_branch": ("layers.Concatenate()(keras.Input((3,)))", "a list of all branches"),
    "wide": ("layers.Conv1D(2, 9)(np.ones((1, 5, 3)))", "The filter is wider than the text"),
    "ids": ("layers.Embedding(3, 2)(np.array([3]))", "outside the embedding"),
    "axis": ("keras.ops.concatenate([tf.ones((1, 2)), tf.ones((1, 2))], axis=2)", "fewer axes than this line counts"),
    "call": ("type('M', (keras.Model,), {})()(np.ones((1, 3)))", "exactly this name: call"),
    "compile": ("model().fit(np.ones((2, 3)), np.ones(2), verbose=0)", "Call model.compile"),
    "loss": (
        "m = model(); m.compile(loss=keras.losses.CategoricalCrossentropy(), jit_compile=False); "
        "m.fit(np.ones((2, 3)), np.ones(2), verbose=0)",
        "SparseCategoricalCrossentropy",
    ),
    "in_a_graph": (
        "m = keras.Sequential([layers.Embedding(3, 2), layers.GlobalMaxPooling1D()]); "
        "m.compile(loss='mse', jit_compile=False); m.fit(np.full((2, 3), 7), np.ones((2, 2)), verbose=0)",
        "outside the embedding",
    ),
    "history": ("keras.callbacks.History()['loss']", "history.history"),
    "weights": ("model().save_weights('weights.h5')", "model.weights.h5"),
    "whole": ("model().save('model')", "model.keras"),
    "detach": ("tf.ones(1).detach()", "keras.ops.convert_to_numpy(x)"),
}
IMPORTS = {
    "torch": "import torch\nfrom torch import nn",
    "keras": "import keras\nimport tensorflow as tf\nfrom keras import layers\n\n"
    "def model():\n    return keras.Sequential([keras.Input((3,)), layers.Dense(2)])",
}


@pytest.fixture
def told(submit, request):
    """What is said of each of these mistakes, made within a function of its name."""

    def told(framework: str, mistakes: dict[str, tuple[str, str]]) -> dict[str, Finding]:
        functions = "".join(f"def {name}():\n{indent(code, '    ')}\n" for name, (code, _) in mistakes.items())
        source = SOURCE.format(imports=IMPORTS[framework]) + functions
        served = submit(source, zygote=request.getfixturevalue(f"{framework}_zygote"))
        found = {}
        for name in mistakes:
            with pytest.raises(SubmissionError) as caught:
                served.build_vocabulary([name], 1)
            found[name] = caught.value.finding
        return found

    return told


@pytest.mark.parametrize(("framework", "mistakes"), [("torch", TORCH), ("keras", KERAS)])
def test_what_the_frameworks_say_comes_with_advice_and_the_students_line(told, framework, mistakes):
    for name, finding in told(framework, mistakes).items():
        code, advised = mistakes[name]
        assert advised in finding.advice, (name, finding)
        assert finding.found.startswith("work.py, line "), (name, finding)
        assert f", in {name}: {code}"[:100] in finding.found, (name, finding)
        told_of_it = f"{finding.message}\n{finding.details}"
        assert "\x1b" not in told_of_it
        assert "site-packages" not in told_of_it, (name, finding)
        assert len(told_of_it.splitlines()) < 20
        assert "Exception encountered" not in finding.message


def test_frames_of_keras_are_taken_off():
    wrapped = "Exception encountered when calling Net.call().\n\n\x1b[1mNo 'x' here [Op:Y] name: z\x1b[0m\n\n"
    assert reason(f"{wrapped}Arguments received by Net.call():\n  • x=1") == "No 'x' here"
    assert reason("Exception encountered when calling Net.call().\n\nJust so") == "Just so"
    assert reason("two\nlines") == "two\nlines"


def test_frames_of_a_graph_are_taken_off_also_where_its_beginning_was_cut():
    inner = '  File "/x/keras/trainer.py", line 1, in fit\n' * 30
    end = "indices[0,1] = 7 is not in [0, 3)\n\t [[{{node a/b}}]] [Op:__inference_1]"
    assert (
        reason(f"Graph execution error:\n\nDetected at node a/b\n{inner}\n{end}") == "indices[0,1] = 7 is not in [0, 3)"
    )
    assert "trainer.py" not in reason(f"{inner}{end}")


def test_what_nobody_knows_has_no_advice():
    assert advice("ValueError", "an odd value") == ""


def test_a_framework_that_lacks_something_is_no_unwritten_task():
    line = {"file": "work.py", "line": 3, "function": "save", "code": "model.to_json()"}
    error = {"type": "NotImplementedError", "text": "Object Net must override `get_config()`.", "frames": [line]}
    finding = failures.raised(error, "calling save (Keras)")
    assert finding.misconception == ""
    assert finding.found == "work.py, line 3, in save: model.to_json()"
    assert "save_weights" in finding.advice
    own = {**line, "code": 'raise NotImplementedError("Task 5.1: save")'}
    assert failures.raised({**error, "frames": [own]}, "calling save").misconception == failures.NOT_WRITTEN


def test_a_missing_file_is_a_matter_of_save_and_load_in_these_alone():
    assert "the same names" in advice("FileNotFoundError", "x", "calling load (PyTorch)")
    for doing in ("importing work.py", "calling encode (Keras)", "calling predict (Keras)"):
        assert "Only the files that you hand in" in advice("FileNotFoundError", "x", doing)
