"""What a submission prints: captured, capped, never parsed, and never in anybody's way."""

from __future__ import annotations

import os
import threading

import pytest

from autograder.errors import SubmissionError
from autograder.student.output import CappedOutput

PRINTER = """
import os, sys

print("imported")

def build_vocabulary(texts, max_tokens):
    exec(texts[0])
    return ["done"]
"""


def captured(cap: int, *written: bytes) -> str:
    output = CappedOutput(cap)
    for data in written:
        os.write(output.writer, data)
    output.close_writer()
    return output.finish(60)


def test_everything_up_to_the_cap_is_kept():
    assert captured(10, b"12345", b"67890") == "1234567890"


def test_what_is_beyond_the_cap_is_counted():
    assert captured(10, b"1234567", b"8901234", b"x" * 60_000) == "1234567890\n[... 60,004 more bytes were dropped]"


def test_bytes_that_are_no_text_do_no_harm():
    assert captured(100, b"\xff\xfe\x00ok\xf0\x9f") == "��\x00ok�"


def test_a_character_cut_by_the_cap_does_no_harm():
    assert captured(4, "aéé".encode()).startswith("aé�")


def test_what_lies_in_the_pipe_belongs_to_the_text():
    output = CappedOutput(100_000)
    for number in range(2_000):
        os.write(output.writer, b"x" * 10)
        assert len(output.text()) == 10 * (number + 1)
    output.close_writer()
    assert len(output.finish(60)) == 20_000


def test_whoever_prints_without_end_is_not_waited_for():
    output, stop = CappedOutput(10), threading.Event()

    def print_on():
        while not stop.is_set():
            os.write(output.writer, b"y" * 4096)

    printer = threading.Thread(target=print_on)
    printer.start()
    try:
        while not output.text().startswith("y" * 10):
            pass
    finally:
        stop.set()
        printer.join()
    output.close_writer()


def test_what_is_printed_is_there_when_the_answer_is(submit, either):
    served = submit(PRINTER, zygote=either)
    served.build_vocabulary(["print('one'); print('two', file=sys.stderr); os.system('echo three')"], 1)
    served.end()
    assert served.printed().split() == ["imported", "one", "two", "three"]


def test_what_is_printed_before_a_crash_is_there_as_well(submit):
    served = submit(PRINTER)
    with pytest.raises(SubmissionError) as caught:
        served.build_vocabulary(["print('the last words'); os._exit(1)"], 1)
    assert "the last words" in caught.value.finding.details
    assert "the last words" in served.printed()


@pytest.mark.parametrize(
    "code",
    [
        "for _ in range(200): print('x' * 100_000)",
        "for _ in range(20): os.write(2, b'x' * 1_000_000)",
        "os.system('head -c 20000000 /dev/zero')",
    ],
)
def test_megabytes_neither_block_nor_stay(submit, code):
    served = submit(PRINTER, output_kb=2)
    assert served.build_vocabulary([code], 1) == ["done"]
    served.end()
    assert len(served.printed()) < 2 * 1024 + 100
    assert "more bytes were dropped]" in served.printed()


@pytest.mark.parametrize(
    "code",
    [
        "sys.stdout.close(); sys.stderr.close()",
        "sys.stdout = None; sys.stderr = None",
        "os.close(1); os.close(2)",
        "sys.stdout = object()",
        "print('\\ud800 \\x1b[31m ' + chr(0x202e))",
    ],
)
def test_a_spoiled_output_does_not_spoil_the_answer(submit, code):
    served = submit(PRINTER)
    assert served.build_vocabulary([code], 1) == ["done"]
    assert served.build_vocabulary(["pass"], 1) == ["done"]
    served.printed().encode()


def test_what_several_workers_printed_is_all_kept(submit):
    served = submit(PRINTER)
    for number in range(2):
        with pytest.raises(SubmissionError):
            served.build_vocabulary([f"print('life {number}'); os._exit(0)"], 1)
    assert served.build_vocabulary(["print('life 2')"], 1) == ["done"]
    served.end()
    assert [line for line in served.printed().splitlines() if "life" in line] == ["life 0", "life 1", "life 2"]


def test_what_another_process_of_the_module_printed_is_kept_as_well(submit):
    served = submit(PRINTER)
    other = served.another()
    served.build_vocabulary(["print('at home')"], 1)
    other.build_vocabulary(["print('abroad')"], 1)
    for module in (served, other):
        module.end()
    assert served.printed().split() == ["imported", "at", "home", "imported", "abroad"]


MANY_TRAININGS = """
import keras
import numpy as np

def build_vocabulary(texts, max_tokens):
    for _ in range(7):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(loss="mse", jit_compile=False)
        model.fit(np.ones((2, 2)), np.ones(2), verbose=0)
    print("trained")
    return texts
"""


def test_many_calls_of_the_grader_make_the_framework_say_nothing(submit, keras_zygote):
    served = submit(MANY_TRAININGS, zygote=keras_zygote)
    served.build_vocabulary(["x"], 1)
    served.end()
    assert served.printed() == "trained\n"
