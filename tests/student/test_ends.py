"""However a worker ends, or doesn't: the grader says so in time, and goes on with a fresh one."""

from __future__ import annotations

import time

import numpy as np
import pytest

from autograder.errors import InternalError, SubmissionError
from autograder.student.worker import Overran, WorkerGone

# Code of build_vocabulary, and words of what the student is told.
NEVER_ENDS = {
    "an endless loop": "while True: pass",
    "sleep": "import time; time.sleep(3600)",
    "ignored signals": """
        import signal, time
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True: time.sleep(1)
    """,
    "blocked signals": "import signal; signal.pthread_sigmask(0, signal.valid_signals()); signal.pause()",
    "stopping itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "waiting for input that never comes": "import os; r, w = os.pipe(); os.read(r, 1)",
    "a dead lock": "import threading; l = threading.Lock(); l.acquire(); l.acquire()",
    "a regular expression": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "swallowing every exception": """
        while True:
            try:
                while True: pass
            except BaseException: pass
    """,
    "a prompt": "while True: print('?', end='', flush=True)",
}
ENDS = {
    "os._exit(0)": ("import os; os._exit(0)", "exited by itself with status 0"),
    "os._exit(3)": ("import os; os._exit(3)", "exited by itself with status 3"),
    "os._exit in a thread": (
        "import os, threading, time; threading.Thread(target=os._exit, args=[4]).start(); time.sleep(600)",
        "exited by itself with status 4",
    ),
    "os._exit with a child alive": (
        "import os, time\n        if os.fork() == 0: time.sleep(600)\n        os._exit(5)",
        "exited by itself with status 5",
    ),
    "execv": ("import os; os.execv('/bin/false', ['false'])", "exited by itself with status 1"),
    "SIGKILL": ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
    "SIGTERM": ("import os; os.kill(os.getpid(), 15)", "ended by SIGTERM"),
    "a real-time signal": ("import os; os.kill(os.getpid(), 40)", "ended by signal 40"),
    "SIGSEGV": ("import ctypes; ctypes.string_at(0)", "ended by SIGSEGV"),
    "abort": ("import os; os.abort()", "ended by SIGABRT"),
    "processor time": (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n        while True: pass",
        "ended by SIG",
    ),
}
EXCEPTIONS = {
    "killing everything": ("import os; os.kill(-1, 9)", "raised PermissionError"),
    "sys.exit()": ("import sys; sys.exit()", "your code ended the program (SystemExit)"),
    "exit(0)": ("exit(0)", "your code ended the program (SystemExit)"),
    "quit()": ("quit()", "your code ended the program (SystemExit)"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "your code ended the program (KeyboardInterrupt)"),
    "SIGINT to itself": ("import os, time; os.kill(os.getpid(), 2); time.sleep(9)", "(KeyboardInterrupt)"),
    "GeneratorExit": ("raise GeneratorExit('x')", "raised GeneratorExit: x"),
    "recursion": ("return build_vocabulary(texts, max_tokens)", "raised RecursionError: maximum recursion depth"),
    "a name that isn't there": ("return undefined", "raised NameError: name 'undefined' is not defined"),
    "not written yet": ("raise NotImplementedError('Task 1.1: build the vocabulary')", "is not written yet."),
    "an argument too many": ("return build_vocabulary(texts, max_tokens, x=1)", "unexpected keyword argument 'x'"),
    "an exception without words": (
        "class E(Exception):\n            def __str__(self): raise self\n        raise E",
        "your code raised E, without a word",
    ),
    "an exception that is no one's": (
        "class E(SyntaxError): text = 5; lineno = object(); filename = property(lambda s: 1 / 0)\n        raise E('x')",
        "your code raised E: x",
    ),
    "many words": ("raise ValueError('x' * 10_000_000)", " ..."),
    "odd words": ("raise ValueError('\\ud800\\x1b[31m')", "raised ValueError: ?"),
    "a group": ("raise ExceptionGroup('several', [ValueError('a')])", "raised ExceptionGroup: several"),
}


def module(code: str) -> str:
    return f"""
    def build_vocabulary(texts, max_tokens):
        if texts == ["fine"]: return texts
        {code.strip()}

    def encode(texts, vocabulary, length):
        import numpy as np
        return np.zeros((len(texts), length), np.int64)
    """


@pytest.mark.parametrize("case", NEVER_ENDS)
def test_what_does_not_end_is_stopped(submit, case):
    served = submit(module(NEVER_ENDS[case]), call_seconds=0.5)
    with pytest.raises(WorkerGone, match=r"While calling build_vocabulary .* stopped: it had not finished"):
        served.build_vocabulary(["x"], 1)
    served.bench.limits = served.bench.limits.model_copy(update={"call_seconds": 60})
    assert served.encode(["fine"], ["fine"], 2).tolist() == [[0, 0]]


def test_what_has_overrun_is_not_waited_for_again(submit):
    served = submit(module("while True: pass"), call_seconds=0.5)
    with pytest.raises(Overran) as first:
        served.build_vocabulary(["x"], 1)
    served.bench.limits = served.bench.limits.model_copy(update={"call_seconds": 1e6})  # waiting would take forever
    for same in (served, served.another()):
        with pytest.raises(Overran) as again:
            same.build_vocabulary(["x"], 1)
        same.end()
        assert again.value.finding == first.value.finding


def test_what_is_asked_of_a_worker_that_overran_has_not_overrun_itself(submit):
    served = submit(
        """
        import numpy as np

        def build_model(**sizes):
            return {"w": np.ones((3, 2), np.float32)}

        def predict(model, token_ids):
            while True: pass
        """,
        call_seconds=0.5,
    )
    model = served.build({"num_classes": 2})
    with pytest.raises(Overran, match="calling predict"):
        model.predict(np.zeros((1, 3), np.int64))
    assert not model.alive
    with pytest.raises(Overran, match="calling predict"):
        model.weights()
    assert len(served.build({"num_classes": 2}).weights()) == 1


def test_the_graders_own_time_is_not_the_submissions(submit, monkeypatch):
    served = submit(module("return texts"), total_seconds=1000)
    served.build_vocabulary(["fine"], 1)
    left = served.bench.allowance.left
    assert 0 < left < 1000
    later = time.monotonic() + 5000
    monkeypatch.setattr("time.monotonic", lambda: later)
    assert served.build_vocabulary(["fine"], 1) == ["fine"]
    assert served.bench.allowance.left == left  # the clock stood still during the call


@pytest.mark.parametrize("case", ENDS)
def test_what_ends_itself_is_told_how(submit, case):
    code, words = ENDS[case]
    served = submit(module(code))
    with pytest.raises(WorkerGone) as caught:
        served.build_vocabulary(["x"], 1)
    assert words in str(caught.value)
    assert served.build_vocabulary(["fine"], 1) == ["fine"]


def test_what_the_kernel_kills_for_want_of_memory_is_no_fault_of_the_students(submit, monkeypatch):
    kills = iter([3, 4])  # before and after, of this machine's
    monkeypatch.setattr("autograder.student.worker.kills_for_memory", lambda: next(kills))
    served = submit(module("import os; os.kill(os.getpid(), 9)"))
    with pytest.raises(InternalError, match=r"no memory left, and a submission may take [\d,]+ MB: grade where"):
        served.build_vocabulary(["x"], 1)


@pytest.mark.parametrize("code", ["os._exit(6)", "os.kill(os.getpid(), 9)"])
def test_a_worker_that_was_a_zygote_is_told_how_it_ended_as_well(submit, turning, code):
    served = submit(module(f"import os; {code}"), zygote=turning)
    with pytest.raises(WorkerGone, match=r"status 6|SIGKILL"):
        served.build_vocabulary(["x"], 1)
    assert served.build_vocabulary(["fine"], 1) == ["fine"]


@pytest.mark.parametrize("case", EXCEPTIONS)
def test_what_raises_is_told_what_and_lives_on(submit, case):
    code, words = EXCEPTIONS[case]
    served = submit(module(code))
    worker = served.worker()
    with pytest.raises(SubmissionError) as caught:
        served.build_vocabulary(["x"], 1)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 3000
    str(caught.value).encode()
    assert served.build_vocabulary(["fine"], 1) == ["fine"]
    assert served.worker() is worker


def test_the_traceback_is_the_students_part_alone(submit):
    served = submit(
        {
            "work.py": "import helper\n\ndef build_vocabulary(texts, max_tokens):\n    return helper.deeper(texts)\n",
            "helper.py": "def deeper(texts):\n    return texts[5]\n",
        }
    )
    with pytest.raises(SubmissionError) as caught:
        served.build_vocabulary(["x"], 1)
    assert caught.value.finding.details == (
        "work.py, line 4, in build_vocabulary\n    return helper.deeper(texts)\n"
        "helper.py, line 2, in deeper\n    return texts[5]"
    )


def test_a_missing_function_is_named(submit):
    with pytest.raises(SubmissionError, match=r"work\.py has no function build_vocabulary"):
        submit("x = 1").build_vocabulary([], 1)


def test_a_function_that_is_none_is_missing(submit):
    with pytest.raises(SubmissionError, match=r"work\.py has no function encode"):
        submit("encode = 5").encode(["a"], ["b"], 3)


def test_when_the_time_is_up_nothing_more_is_called(submit):
    served = submit(module("return texts"), total_seconds=1000)
    assert served.build_vocabulary(["fine"], 1) == ["fine"]
    served.bench.allowance.left = 0
    with pytest.raises(SubmissionError, match=r"time for grading this submission \(17 minutes\) was used up"):
        served.build_vocabulary(["fine"], 1)
