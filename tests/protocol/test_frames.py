"""Frames: what goes in comes out, and whatever isn't a frame is refused without harm."""

from __future__ import annotations

import json
import struct

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.protocol import frames
from autograder.protocol.frames import MalformedFrame, Message, decode, encode

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
arrays = npst.arrays(st.sampled_from(["<f4", "<f8", "<i8", ">f4", ">i8"]), npst.array_shapes(min_dims=0, min_side=0))


def taken_apart(frame: bytes) -> Message:
    length, header = frames.PREFIX.unpack(frame[: frames.PREFIX.size])
    rest = frame[frames.PREFIX.size :]
    assert len(rest) == length
    return decode(rest[:header], memoryview(rest)[header:])


def received(header: object, payload: bytes = b"") -> Message:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return decode(raw, memoryview(payload))


def entry(name: object = "a", dtype: object = "<f4", shape: object = (2,)) -> dict[str, object]:
    return {"name": name, "dtype": dtype, "shape": list(shape) if isinstance(shape, tuple) else shape}


@given(st.dictionaries(st.text(), plain, max_size=4), st.dictionaries(st.text(max_size=20), arrays, max_size=4))
@settings(max_examples=100)
def test_a_message_survives_the_journey(body, sent):
    found = taken_apart(encode(Message(body, sent)))
    assert found.body == body
    assert found.arrays.keys() == sent.keys()
    for name, array in sent.items():
        assert found.arrays[name].shape == array.shape
        assert found.arrays[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(found.arrays[name], array)


def test_arrays_of_any_memory_order_travel():
    array = np.arange(12.0).reshape(3, 4).T
    np.testing.assert_array_equal(taken_apart(encode(Message({}, {"a": array}))).arrays["a"], array)


def test_received_arrays_can_not_be_written_to():
    found = taken_apart(encode(Message({}, {"a": np.zeros(2)})))
    with pytest.raises(ValueError, match="read-only"):
        found.arrays["a"][0] = 1


@pytest.mark.parametrize("value", [np.float32, {1, 2}, object(), float("nan"), float("inf"), b"bytes", np.int64(1)])
def test_what_is_no_plain_json_is_not_sent(value):
    with pytest.raises(ValueError, match=r"."):
        encode(Message({"value": value}))


def test_a_body_that_holds_itself_is_not_sent():
    body: dict[str, object] = {}
    body["me"] = body
    with pytest.raises(ValueError, match=r"."):
        encode(Message(body))


@pytest.mark.parametrize("dtype", ["float16", "int32", "bool", "complex64", "object", "U3", "M8[s]"])
def test_arrays_of_other_dtypes_are_not_sent(dtype):
    with pytest.raises(ValueError, match="can't travel"):
        encode(Message({}, {"a": np.zeros(2, dtype)}))


def test_too_many_arrays_are_not_sent():
    with pytest.raises(ValueError, match="too many"):
        encode(Message({}, {str(i): np.zeros(0) for i in range(frames.MAX_ARRAYS + 1)}))


def test_a_header_beyond_the_senders_bound_is_not_sent():
    with pytest.raises(ValueError, match="header"):
        encode(Message({"text": "x" * 100}), most_header=100)


# Each is a header with its payload, and words of the refusal.
MALFORMED = {
    "no JSON": (b"pickle\x80\x04", b"", "strict JSON"),
    "a pickle": (b"\x80\x04\x95\x10", b"", "strict JSON"),
    "nothing": (b"", b"", "strict JSON"),
    "not UTF-8": (b'{"body":{"\xff":1},"arrays":[]}', b"", "strict JSON"),
    "UTF-16": ('{"body":{},"arrays":[]}'.encode("utf-16"), b"", "strict JSON"),
    "a raw surrogate": (b'{"body":{"\xed\xa0\x80":1},"arrays":[]}', b"", "strict JSON"),
    "a list": ([], b"", "not {body, arrays}"),
    "a number": (1, b"", "not {body, arrays}"),
    "null": (None, b"", "not {body, arrays}"),
    "no body": ({"arrays": []}, b"", "not {body, arrays}"),
    "no arrays": ({"body": {}}, b"", "not {body, arrays}"),
    "a key too many": ({"body": {}, "arrays": [], "score": 100}, b"", "not {body, arrays}"),
    "a body that is a list": ({"body": [], "arrays": []}, b"", "not {body, arrays}"),
    "a body that is text": ({"body": "{}", "arrays": []}, b"", "not {body, arrays}"),
    "arrays that are no list": ({"body": {}, "arrays": {}}, b"", "list of arrays"),
    "a duplicate key": (b'{"body":{"ok":1,"ok":2},"arrays":[]}', b"", "stands twice"),
    "a duplicate key deep down": (b'{"body":{"a":[{"b":{"c":1,"c":1}}]},"arrays":[]}', b"", "stands twice"),
    "a duplicate key by an escape": (b'{"body":{"ok":1,"\\u006fk":2},"arrays":[]}', b"", "stands twice"),
    "NaN": (b'{"body":{"loss":NaN},"arrays":[]}', b"", "NaN"),
    "Infinity": (b'{"body":{"loss":Infinity},"arrays":[]}', b"", "Infinity"),
    "-Infinity": (b'{"body":{"loss":-Infinity},"arrays":[]}', b"", "Infinity"),
    "a float beyond all floats": (b'{"body":{"loss":1e999},"arrays":[]}', b"", "not finite"),
    "a float of many digits": (b'{"body":{"loss":0.' + b"1" * 100_000 + b'},"arrays":[]}', b"", "too long"),
    "a huge integer": (b'{"body":{"n":' + b"9" * 1_000_000 + b'},"arrays":[]}', b"", "too many digits"),
    "a negative huge integer": (b'{"body":{"n":-' + b"9" * 5000 + b'},"arrays":[]}', b"", "too many digits"),
    "deep nesting": (b'{"body":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b'},"arrays":[]}', b"", "strict JSON"),
    "deep nesting of objects": (b'{"a":' * 100_000, b"", "strict JSON"),
    "trailing text": (b'{"body":{},"arrays":[]} {}', b"", "strict JSON"),
    "a comment": (b'{"body":{},"arrays":[]} // ok', b"", "strict JSON"),
    "single quotes": (b"{'body':{},'arrays':[]}", b"", "strict JSON"),
    "an entry that is no object": ({"body": {}, "arrays": ["a"]}, b"", "entry"),
    "an entry with a key too many": ({"body": {}, "arrays": [{**entry(), "order": "F"}]}, b"", "entry"),
    "an entry without shape": ({"body": {}, "arrays": [{"name": "a", "dtype": "<f4"}]}, b"", "entry"),
    "a name that is a number": ({"body": {}, "arrays": [entry(name=1)]}, b"\0" * 8, "unknown name"),
    "a name that is a list": ({"body": {}, "arrays": [entry(name=["a"])]}, b"\0" * 8, "unknown name"),
    "an object dtype": ({"body": {}, "arrays": [entry(dtype="|O")]}, b"\0" * 16, "dtype"),
    "a big-endian dtype": ({"body": {}, "arrays": [entry(dtype=">f4")]}, b"\0" * 8, "dtype"),
    "a structured dtype": ({"body": {}, "arrays": [entry(dtype=[["a", "<f4"]])]}, b"\0" * 8, "dtype"),
    "a dtype by another name": ({"body": {}, "arrays": [entry(dtype="float32")]}, b"\0" * 8, "dtype"),
    "a void dtype": ({"body": {}, "arrays": [entry(dtype="|V8")]}, b"\0" * 16, "dtype"),
    "a negative dimension": ({"body": {}, "arrays": [entry(shape=(-2,))]}, b"\0" * 8, "impossible shape"),
    "two negative dimensions": ({"body": {}, "arrays": [entry(shape=(-1, -2))]}, b"\0" * 8, "impossible shape"),
    "a fractional dimension": ({"body": {}, "arrays": [entry(shape=(2.0,))]}, b"\0" * 8, "impossible shape"),
    "a boolean dimension": ({"body": {}, "arrays": [entry(shape=(True, 2))]}, b"\0" * 8, "impossible shape"),
    "a dimension as text": ({"body": {}, "arrays": [entry(shape=("2",))]}, b"\0" * 8, "impossible shape"),
    "a shape that is a number": ({"body": {}, "arrays": [entry(shape=2)]}, b"\0" * 8, "impossible shape"),
    "a null shape": ({"body": {}, "arrays": [entry(shape=None)]}, b"\0" * 8, "impossible shape"),
    "too many dimensions": ({"body": {}, "arrays": [entry(shape=(1,) * 65)]}, b"\0" * 4, "impossible shape"),
    "a dimension of 8 TiB": ({"body": {}, "arrays": [entry(shape=(2**43,))]}, b"", "impossible shape"),
    "a product of 8 TiB": ({"body": {}, "arrays": [entry(shape=(2**22, 2**21))]}, b"", "longer than what was sent"),
    "a product beyond 64 bits": ({"body": {}, "arrays": [entry(shape=(2**29,) * 8)]}, b"", "longer than what was sent"),
    "nothing, of impossible size": ({"body": {}, "arrays": [entry(shape=(0, *(2**29,) * 8))]}, b"", "impossible shape"),
    "too few bytes": ({"body": {}, "arrays": [entry()]}, b"\0" * 7, "longer than what was sent"),
    "leftover bytes": ({"body": {}, "arrays": [entry()]}, b"\0" * 9, "belong to no array"),
    "bytes without an array": ({"body": {}, "arrays": []}, b"\0", "belong to no array"),
    "an array twice": ({"body": {}, "arrays": [entry(), entry()]}, b"\0" * 16, "twice"),
    "too many arrays": (
        {"body": {}, "arrays": [entry(f"{i}") for i in range(4097)]},
        b"",
        "list of arrays",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_frame_is_refused(case):
    header, payload, words = MALFORMED[case]
    with pytest.raises(MalformedFrame, match=words):
        received(header, payload)


def test_the_cases_above_are_malformed_by_one_thing_each():
    """The frame that they were made from is a good one."""
    assert received({"body": {}, "arrays": [entry()]}, b"\0" * 8).arrays["a"].tolist() == [0, 0]


@given(st.binary(max_size=300), st.binary(max_size=50))
@settings(max_examples=200)
def test_random_bytes_are_refused_and_nothing_else(header, payload):
    with pytest.raises(MalformedFrame):
        received(header, payload)


@given(st.data())
@settings(max_examples=200)
def test_a_frame_with_a_flipped_byte_is_refused_or_read_within_its_bounds(data):
    frame = bytearray(encode(Message({"id": 1, "ok": {"n": [1, 2.5, "x"]}}, {"a": np.arange(3.0), "b": np.arange(2)})))
    place = data.draw(st.integers(frames.PREFIX.size, len(frame) - 1))
    frame[place] ^= data.draw(st.integers(1, 255))
    try:
        found = taken_apart(bytes(frame))
    except MalformedFrame:
        return
    assert sum(a.nbytes for a in found.arrays.values()) == 5 * 8


@pytest.mark.parametrize(
    ("length", "header"),
    [(2**32 - 1, 10), (frames.MAX_FRAME + 1, 10), (10, 11), (2**32 - 1, 2**32 - 1), (2**28, frames.MAX_HEADER + 1)],
)
def test_impossible_lengths_are_refused_by_the_prefix_alone(length, header):
    with pytest.raises(MalformedFrame, match="a frame of"):
        frames.check_lengths(*struct.unpack("<II", struct.pack("<II", length, header)))


def test_an_answers_header_is_bounded_more_tightly_than_a_requests():
    size = frames.MAX_ANSWER_HEADER + 1
    frames.check_lengths(size, size)
    with pytest.raises(MalformedFrame):
        frames.check_lengths(size, size, frames.MAX_ANSWER_HEADER)
