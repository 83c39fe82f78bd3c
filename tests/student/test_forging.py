"""A submission that writes on its worker's line to the grader: nothing that it sends is more than a claim."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.errors import SubmissionError
from autograder.student.failures import NO_ANSWER, Garbled
from autograder.student.worker import WorkerGone

ONES = {"w": np.ones((3, 2), np.float32), "b": np.zeros(2, np.float32)}
FORGER = """
import json, os, struct, time
import numpy as np

def frame(body, arrays=(), payload=b""):
    head = body if isinstance(body, bytes) else json.dumps({"body": body, "arrays": list(arrays)}).encode()
    return struct.pack("<II", len(head) + len(payload), len(head)) + head + payload

def send(data):
    while data:
        data = data[os.write(3, data):]

def build_model(*, length, num_classes):
    return {"w": np.ones((length, num_classes), np.float32), "b": np.zeros(num_classes, np.float32)}

def predict(model, token_ids):
    ID = 3  # import and build_model came before
    WHAT
    return np.zeros((len(token_ids), 2), np.float32)
"""
# What is sent in the place of the answer to predict; the grader takes it for the end of the worker's honesty.
GARBLED = {
    "random bytes": "send(b'\\x93' * 100)",
    "text": "send(b'Content-Length: 2\\r\\n\\r\\n{}' * 10)",
    "a claim of 4 GB": "send(struct.pack('<II', 2**32 - 1, 2) + b'{}')",
    "a header of 5 MB": "send(frame({'id': ID, 'ok': {'x': 'y' * 5_000_000}}))",
    "another number": "send(frame({'id': ID + 1, 'ok': {}}))",
    "no number": "send(frame({'ok': {}}))",
    "a number that is true": "send(frame({'id': True, 'ok': {}}))",
    "a number that is no whole one": "send(frame({'id': float(ID), 'ok': {}}))",
    "an earlier number": "send(frame({'id': 1, 'ok': {}}))",
    "neither answer nor error": "send(frame({'id': ID}))",
    "answer and error": "send(frame({'id': ID, 'ok': {}, 'error': {}}))",
    "an answer that is a list": "send(frame({'id': ID, 'ok': []}))",
    "an error that is text": "send(frame({'id': ID, 'error': 'x'}))",
    "a score": "send(frame({'id': ID, 'score': 100, 'passed': True}))",
    "the list alone": "send(frame(b'[]'))",
    "NaN": 'send(frame(b\'{"body":{"id":3,"ok":{"loss":NaN}},"arrays":[]}\'))',
    "a key twice": 'send(frame(b\'{"body":{"id":3,"id":3,"ok":{}},"arrays":[]}\'))',
    "objects": "send(frame({'id': ID, 'ok': {}}, [{'name': 'logits', 'dtype': '|O', 'shape': [1]}], b'x' * 8))",
    "8 TiB": "send(frame({'id': ID, 'ok': {}}, [{'name': 'logits', 'dtype': '<f4', 'shape': [2**20, 2**21]}]))",
    "leftover bytes": "send(frame({'id': ID, 'ok': {}}, [], b'x'))",
    "the line closed": "os.close(3); time.sleep(600)",
    "the line shut down": "import socket; socket.socket(fileno=3).shutdown(2); time.sleep(600)",
    "the line replaced": "os.dup2(os.open('/dev/null', 1), 3); time.sleep(600)",
}
# All others are bytes that are no message.
KINDS = {
    **dict.fromkeys(("another number", "no number", "an earlier number"), Garbled.OTHER_CALL),
    **dict.fromkeys(("a number that is true", "a number that is no whole one"), Garbled.OTHER_CALL),
    **dict.fromkeys(("neither answer nor error", "answer and error", "a score"), Garbled.UNDECIDED),
    **dict.fromkeys(("an answer that is a list", "an error that is text"), Garbled.NO_OBJECT),
    **dict.fromkeys(("the line closed", "the line shut down", "the line replaced"), Garbled.HUNG_UP),
}
NOT_FINISHED = {
    "half a frame": "send(struct.pack('<II', 100, 50) + b'{'); time.sleep(600)",
    "a prefix": "send(b'\\x01'); time.sleep(600)",
    "a claim of 500 MB": "send(struct.pack('<II', 500 * 2**20, 2) + b'{}'); time.sleep(600)",
    "a pickle, which reads as a claim of 360 MB": "import pickle; send(pickle.dumps({'score': 100})); time.sleep(600)",
    "a slow drip": "for b in frame({'id': ID, 'ok': {'x': 'y' * 9999}}): send(bytes([b])); time.sleep(0.05)",
}
# Well-formed answers of the right number. They are the student's word, and no better than that.
CLAIMS = {
    "no logits": ("[], b''", "is not an array"),
    "another name": ("[{'name': 'x', 'dtype': '<f4', 'shape': [4, 2]}], b'\\0' * 32", "is not an array"),
    "another shape": ("[{'name': 'logits', 'dtype': '<f4', 'shape': [2, 4]}], b'\\0' * 32", "wrong shape"),
    "one text too many": ("[{'name': 'logits', 'dtype': '<f4', 'shape': [5, 2]}], b'\\0' * 40", "wrong shape"),
    "another dtype": ("[{'name': 'logits', 'dtype': '<f8', 'shape': [4, 2]}], b'\\0' * 64", "float32, not float64"),
    "integers": ("[{'name': 'logits', 'dtype': '<i8', 'shape': [4, 2]}], b'\\0' * 64", "float32, not int64"),
    "NaN": ("[{'name': 'logits', 'dtype': '<f4', 'shape': [4, 2]}], b'\\xff' * 32", "NaN or infinity in 8 of its 8"),
    "infinity": (
        "[{'name': 'logits', 'dtype': '<f4', 'shape': [4, 2]}], struct.pack('<8f', *[1e999] * 8)",
        "NaN or infinity in 8",
    ),
}
TEXTS = np.ones((4, 3), np.int64)


def model_of(submit, what: str, **limits):
    return submit(FORGER.replace("WHAT", what), **limits).build({"length": 3, "num_classes": 2})


@pytest.mark.parametrize("case", GARBLED)
def test_what_is_no_answer_ends_the_worker(submit, case):
    model = model_of(submit, GARBLED[case])
    with pytest.raises(WorkerGone, match=r"sent something that is no answer") as caught:
        model.predict(TEXTS)
    assert caught.value.finding.found.startswith(KINDS.get(case, Garbled.NO_FRAME))
    assert caught.value.finding.misconception == NO_ANSWER
    with pytest.raises(WorkerGone):
        model.weights()  # the model is gone with its worker
    again = model.module.build({"length": 3, "num_classes": 2})
    np.testing.assert_array_equal(again.weights()[0], ONES["w"])


@pytest.mark.parametrize(
    ("case", "said"),
    [("another number", "wasn't asked for"), ("a score", "wasn't asked for"), ("random bytes", "wrote bytes"),
     ("an earlier number", ""), ("the line closed", "")],
)  # fmt: skip
def test_the_staff_are_told_of_what_no_honest_mistake_does(submit, case, said):
    """An earlier number may come from a child that lives on by mistake, and a closed line from a daemon's manners."""
    model = model_of(submit, GARBLED[case])
    with pytest.raises(WorkerGone):
        model.predict(TEXTS)
    told = model.module.suspicions()
    assert all(said in note for note in told)
    assert bool(told) is bool(said)


def test_an_answer_that_lies_there_at_the_end_is_told_to_the_staff(submit):
    model = model_of(submit, "send(frame({'id': ID, 'ok': {}}) + frame({'id': ID + 1, 'ok': {}})); time.sleep(600)")
    with pytest.raises(SubmissionError, match="is not an array"):
        model.predict(TEXTS)
    assert "wasn't asked for" in model.module.suspicions()[0]


@pytest.mark.parametrize("case", NOT_FINISHED)
def test_what_never_becomes_an_answer_ends_at_the_deadline(submit, case):
    model = model_of(submit, NOT_FINISHED[case], call_seconds=1)
    with pytest.raises(WorkerGone, match="had not finished after 1 seconds"):
        model.predict(TEXTS)


@pytest.mark.parametrize("case", CLAIMS)
def test_a_forged_answer_is_checked_as_any_other(submit, case):
    arrays, words = CLAIMS[case]
    model = model_of(submit, f"send(frame({{'id': ID, 'ok': {{}}}}, {arrays})); time.sleep(600)")
    with pytest.raises(SubmissionError, match=words):
        model.predict(TEXTS)


def test_a_forged_answer_before_the_real_one_shows_at_the_next_call(submit):
    entry = "{'name': 'logits', 'dtype': '<f4', 'shape': [4, 2]}"
    model = model_of(submit, f"send(frame({{'id': ID, 'ok': {{}}}}, [{entry}], b'\\0' * 32))")
    assert model.predict(TEXTS).tolist() == [[0, 0]] * 4
    with pytest.raises(WorkerGone, match="no answer"):
        model.weights()


def test_a_forged_error_is_words_and_nothing_more(submit):
    error = {
        "type": ["x"], "text": {"a": 1}, "frames": [1, {"file": ["f"], "line": "9" * 50, "code": None}, None],
        "syntax": 5, "missing_module": [],
    }  # fmt: skip
    model = model_of(submit, f"send(frame({{'id': ID, 'error': {error!r}}})); time.sleep(600)")
    with pytest.raises(SubmissionError) as caught:
        model.predict(TEXTS)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "kind", ["NotImplementedError", "SyntaxError", "ModuleNotFoundError", "WrongKind", "SystemExit", "X" * 90_000]
)
def test_a_forged_error_can_not_flood_the_report(submit, kind):
    body = {"type": kind, "text": "\ud800y" * 90_000, "frames": [{"file": "f" * 90_000, "code": "c" * 90_000}] * 50,
            "syntax": {"file": "f" * 90_000, "code": "c" * 90_000}, "missing_module": "m" * 90_000}  # fmt: skip
    model = model_of(submit, f"send(frame({{'id': ID, 'error': {body!r}}})); time.sleep(600)", call_seconds=60)
    with pytest.raises(SubmissionError) as caught:
        model.predict(TEXTS)
    said = "".join(vars(caught.value.finding).values())
    assert len(said) < 12_000
    said.encode()


PARAMETERS = {
    "no list": "5",
    "no shapes": "[{'name': 'w'}]",
    "a negative shape": "[{'name': 'w', 'shape': [-1]}]",
    "a fractional shape": "[{'name': 'w', 'shape': [1.5]}]",
    "a boolean shape": "[{'name': 'w', 'shape': [True]}]",
    "too many dimensions": "[{'name': 'w', 'shape': [1] * 9}]",
    "too large": "[{'name': 'w', 'shape': [10**9]}]",
    "much too large": "[{'name': 'w', 'shape': [10**38] * 8}]",
    "too many": "[{'name': 'w', 'shape': [1]}] * 1001",
    "text": "'abc'",
    "lists": "[[1, 2]]",
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_forged_parameters_are_refused(submit, case):
    build = f"""
    send(frame({{"id": 2, "ok": {{"model": 0, "parameters": {PARAMETERS[case]}}}}}))
    time.sleep(600)
"""
    served = submit(
        FORGER.replace("WHAT", "pass").replace("num_classes):\n    return", f"num_classes):{build}    return")
    )
    with pytest.raises(SubmissionError, match=r"work\.py: build_model made"):
        served.build({"length": 3, "num_classes": 2})


@pytest.mark.parametrize("number", ["True", "'0'", "None", "1.0"])
def test_a_forged_number_of_a_model_is_refused(submit, number):
    build = f'\n    send(frame({{"id": 2, "ok": {{"model": {number}, "parameters": []}}}}))\n    time.sleep(600)\n'
    served = submit(
        FORGER.replace("WHAT", "pass").replace("num_classes):\n    return", f"num_classes):{build}    return")
    )
    with pytest.raises(SubmissionError, match="no model of a sensible size"):
        served.build({"length": 3, "num_classes": 2})


def test_parameters_with_odd_names_are_shown_in_part(submit):
    entry = {"name": "\ud800" + "n" * 999, "layer": ["x"], "shape": [2]}
    build = f'\n    send(frame({{"id": 2, "ok": {{"model": 0, "parameters": [{entry!r}]}}}}))\n    time.sleep(600)\n'
    served = submit(
        FORGER.replace("WHAT", "pass").replace("num_classes):\n    return", f"num_classes):{build}    return")
    )
    (parameter,) = served.build({"length": 3, "num_classes": 2}).parameters
    assert parameter.name == "?" + "n" * 199
    assert parameter.layer == ""
