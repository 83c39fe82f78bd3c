"""A worker that has to be stopped says which line of the student's it was in."""

from __future__ import annotations

import os
import time

import pytest

from autograder.errors import SubmissionError
from autograder.protocol.stack import Frame, frames
from autograder.student.whereabouts import StackPipe, Whereabouts

LIMITS = {"call_seconds": 2.0}
HELPER = """
import time

def split_words(text):
    {loop}

def build_vocabulary(texts, max_tokens):
    return [word for text in texts for word in split_words(text)]

def encode(texts, vocabulary, length):
    return [split_words(text) for text in texts]
"""
LOOPS = {
    "endless": "while True: text = text",
    "asleep": "time.sleep(1000)",
    "in native code": "sum(iter(int, 1))",
    "deaf": "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT]); time.sleep(99)",
}


def stopped(call, *arguments):
    with pytest.raises(SubmissionError) as caught:
        call(*arguments)
    return caught.value.finding


@pytest.mark.parametrize("loop", LOOPS)
def test_a_call_that_does_not_end_says_its_line(submit, loop):
    source = HELPER.format(loop=LOOPS[loop])
    finding = stopped(submit(source, **LIMITS).build_vocabulary, ["a"], 3)
    assert "after 2 seconds" in finding.message
    assert finding.found == f"work.py, line 5, in split_words: {LOOPS[loop]}"
    assert finding.details.splitlines()[0].startswith("work.py, line 8, in ")


def test_another_method_in_the_same_function_ends_sooner_for_the_same_reason(submit):
    served = submit(HELPER.format(loop=LOOPS["asleep"]), call_seconds=6.0)
    first, started = stopped(served.build_vocabulary, ["a"], 3), time.monotonic()
    assert stopped(served.encode, ["a"], ["a"], 3) == first
    assert time.monotonic() - started < 4
    started = time.monotonic()
    assert stopped(served.encode, ["a"], ["a"], 3) == first
    assert time.monotonic() - started < 0.5


def test_a_method_that_is_slow_elsewhere_gets_all_its_time(submit):
    source = """
        import time
        import numpy as np

        def build_vocabulary(texts, max_tokens):
            time.sleep(1000)

        def encode(texts, vocabulary, length):
            time.sleep(1.5)
            return np.zeros((len(texts), length), np.int64)
    """
    served = submit(source, **LIMITS)
    stopped(served.build_vocabulary, ["a"], 3)
    assert served.encode(["a"], ["a"], 2).tolist() == [[0, 0]]


def test_too_much_memory_is_told_with_its_line(submit):
    source = "def build_vocabulary(texts, max_tokens):\n    kept = []\n    while True: kept.append(bytearray(10**7))\n"
    finding = stopped(submit(source, memory_mb=400).build_vocabulary, ["a"], 3)
    assert ", in build_vocabulary" in finding.found


def test_a_crash_of_native_code_is_told_with_its_line(submit):
    source = "import os\ndef build_vocabulary(texts, max_tokens):\n    os.abort()\n"
    finding = stopped(submit(source).build_vocabulary, ["a"], 3)
    assert "SIGABRT" in finding.message
    assert finding.found == "work.py, line 3, in build_vocabulary: os.abort()"


HOSTILE = {
    "ignores the signal": "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "has a handler of its own": "signal.signal(signal.SIGUSR1, lambda *_: None)",
    "closes the pipe": "os.close(4)",
    "fills the pipe": "os.set_blocking(4, False); [os.write(4, b'x' * 4096) for _ in range(16)]",
    "names a file of another's": "os.write(4, b'  File \"/etc/passwd\", line 1 in f\\n' * 9)",
}  # fmt: skip


@pytest.mark.parametrize("how", HOSTILE)
def test_whoever_hides_the_line_is_stopped_all_the_same(submit, how):
    source = (
        f"import os, signal, time\ndef build_vocabulary(texts, max_tokens):\n    {HOSTILE[how]}\n    time.sleep(99)\n"
    )
    finding = stopped(submit(source, **LIMITS).build_vocabulary, ["a"], 3)
    assert "after 2 seconds" in finding.message
    assert "root" not in finding.found + finding.details


def said(folder, text):
    pipe = StackPipe(str(folder))
    os.write(pipe.writer, text.encode())
    pipe.close_writer()
    found = pipe.left()
    pipe.close()
    return found


def test_only_lines_of_files_in_the_folder_are_shown(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "work.py").write_text("first\nsecond \n")
    (tmp_path / "secret").write_text("hidden\n")
    (folder / "link.py").symlink_to(tmp_path / "secret")
    line = '  File "{}", line {} in {}\n'
    assert said(folder, line.format(folder / "work.py", 2, "f")).line == "work.py, line 2, in f: second"
    for name in ("../secret", "link.py", "work.py/..", "none.py"):
        assert "hidden" not in said(folder, line.format(f"{folder}/{name}", 1, "f")).line
    for text in ("", "no stack", line.format(tmp_path / "secret", 1, "f"), line.format(f"{folder}x/a.py", 1, "f")):
        assert said(folder, text) == Whereabouts()
    assert said(folder, line.format(folder / "work.py", 9, "f")).line == "work.py, line 9, in f"


def test_frames_are_read_as_faulthandler_writes_them():
    text = (
        'Current thread 0x1 (most recent call first):\n  File "/a b.py", line 3 in <lambda>\n  File "x", line 1 in g\n'
    )
    assert frames(text) == [Frame("/a b.py", 3, "<lambda>"), Frame("x", 1, "g")]
