"""What a submission finds around itself when it runs: walls, and nothing of the grader's."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from autograder.errors import SubmissionError
from autograder.report import SandboxLayer
from autograder.sandbox import processes, system_calls
from autograder.sandbox.users import SpareUser
from autograder.student import bench, budget, worker

LINUX = pytest.mark.skipif(platform.system() != "Linux", reason="the walls are Linux's")
pytestmark = LINUX

# Runs code that a test sends as a text, and answers with what it left in `found`.
RUN = """
import json

def build_vocabulary(texts, max_tokens):
    names = {}
    exec(texts[0], names)
    return [json.dumps(names.get("found"))]
"""


def run(served, code: str):
    return json.loads(served.build_vocabulary([code], 1)[0])


def outcome(served, code: str) -> str:
    try:
        served.build_vocabulary([code], 1)
    except SubmissionError as error:
        return str(error)
    return "done"


def running_of(uid: int) -> list[int]:
    """Living processes of a user."""
    found = []
    for process in psutil.process_iter(["uids", "status"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == uid and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def uid_of(served) -> int | None:
    return served.bench._user.uid


def test_every_layer_is_on_where_it_can_be(submit, either):
    served = submit(RUN, zygote=either)
    served.worker()
    assert [layer.name for layer in served.sandbox] == [
        "other user", "dies with the grader", "keeps what it starts", "resource limits", "no new privileges",
        "hidden data unreadable", "writes to scratch only", "scratch private", "grader out of reach", "no TCP",
        "no network", "system calls filtered", "no service in reach",
    ]  # fmt: skip
    if os.geteuid() == 0 and uid_of(served) is not None and system_calls.pyseccomp is not None:
        assert [layer for layer in served.sandbox if not layer.on and layer.name != "no service in reach"] == []


def test_descriptors_are_input_outputs_the_line_and_the_stack_alone(submit, either):
    served = submit(RUN, zygote=either)
    listed = "import os; found = {f: os.readlink(f'/proc/self/fd/{f}') for f in os.listdir('/proc/self/fd') if f < '5'}"
    found = run(served, listed)
    assert found.keys() == {"0", "1", "2", "3", "4"}
    assert found["0"] == "/dev/null"
    assert found["1"] == found["2"]
    assert found["1"].startswith("pipe:")
    assert found["3"].startswith("socket:")
    assert found["4"].startswith("pipe:")
    assert found["4"] != found["1"]
    count = "import os; l = os.open('/proc/self/fd', os.O_RDONLY); found = sorted(map(int, os.listdir(l)))"
    assert [number for number in run(served, count) if number > 4] in ([5], [5, 6])  # those that look


def test_the_line_and_the_stack_are_not_inherited_by_programs(submit, either):
    """A program that outlived the worker would hold them open."""
    listed = "import os; found = [os.get_inheritable(3), os.get_inheritable(4)]"
    assert run(submit(RUN, zygote=either), listed) == [False, False]


def test_the_environment_is_clean(submit, either):
    """Not the grader's: what stands there (tokens, paths) is no business of a submission's."""
    found = run(submit(RUN, zygote=either), "import os; found = dict(os.environ)")
    assert found.keys() <= {
        "PATH", "LANG", "LC_CTYPE", "HOME", "TMPDIR", "USER", "LOGNAME", "KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL",
        "TF_ENABLE_ONEDNN_OPTS", "TORCHDYNAMO_DISABLE",
        "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
    }  # fmt: skip
    assert found["HOME"] == found["TMPDIR"] != os.environ.get("HOME")


def test_scratch_is_home_and_current_folder_and_temporary_folder(submit, either):
    code = """
import getpass, os, tempfile
from pathlib import Path
Path("here").write_text("x")
with tempfile.NamedTemporaryFile() as file:
    found = [os.getcwd(), str(Path.home()), str(Path(file.name).parent), getpass.getuser(), os.path.exists("here")]
"""
    here, home, temporary, user, there = run(submit(RUN, zygote=either), code)
    assert here == home == temporary
    assert Path(here).name.startswith("scratch-")
    assert (user, there) == ("student", True)


def test_the_filter_knows_the_grader(submit):
    assert submit(RUN).bench.policy().protected == (os.getpid(),)


def test_the_zygote_can_not_be_reached(submit):
    served = submit(RUN)
    for code in (
        "import os; os.kill(os.getppid(), 0)",
        "import os; os.kill(os.getppid(), 9)",
        "import os; open(f'/proc/{os.getppid()}/mem', 'rb')",
        "import os; open(f'/proc/{os.getppid()}/environ', 'rb').read()",
        "import os; os.listdir(f'/proc/{os.getppid()}/fd')",
        "import os, signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)",
    ):
        assert "PermissionError" in outcome(served, code), code
    assert served._zygote._process.poll() is None


def test_the_grader_can_not_be_reached(submit, either):
    served = submit(RUN, zygote=either)
    for code in (f"import os; os.kill({os.getpid()}, 0)", f"open('/proc/{os.getpid()}/mem', 'rb')"):
        assert "PermissionError" in outcome(served, code), code


def test_another_worker_can_not_be_reached(students):
    """The student's worker and the reference's are different users."""
    mine, other = (students(RUN) for _ in range(2))
    (mine,), (other,) = (list(s._modules.values()) for s in (mine, other))
    look = "import os, sys; found = [os.getpid(), os.getcwd(), sys.modules['work'].__file__]"
    pid, scratch, code = run(other, look)
    if uid_of(mine) is not None:
        assert uid_of(mine) != uid_of(other)
    for attempt in (
        f"import os; os.kill({pid}, 0)",
        f"import os; os.kill({pid}, 9)",
        f"open('/proc/{pid}/mem', 'rb')",
        f"open({scratch + '/x'!r}, 'w')",
        f"import os; os.listdir({scratch!r})",
        f"open({code!r}).read()",
        f"import os; os.listdir({str(Path(code).parent)!r})",
    ):
        assert "PermissionError" in outcome(mine, attempt), attempt
    assert run(other, "found = 1") == 1


def test_the_code_is_not_readable_for_others_by_its_mode_alone(submit):
    """So the reference's stays hidden where there is no Landlock."""
    served = submit(RUN)
    if uid_of(served) is None:
        pytest.skip("another user is needed")
    for path in (served.bench.code, served.bench.code / "work.py"):
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (0, uid_of(served))
        assert status.st_mode & 0o027 == 0


def test_what_is_said_to_be_secret_can_not_be_read(submit, tmp_path, either):
    """The solution, and hidden data: as the probe tries them, and as a submission does."""
    solution = tmp_path / "solution"
    solution.mkdir()
    (solution / "work.py").write_text("answer = 42")
    for path in (tmp_path, solution, solution / "work.py"):
        path.chmod(0o755)  # nothing but Landlock, and a closed folder above, keeps it
    served = submit(RUN, zygote=either, secrets=(solution, solution / "work.py"))
    assert "PermissionError" in outcome(served, f"open({str(solution / 'work.py')!r})")
    assert "PermissionError" in outcome(served, f"import os; os.listdir({str(solution)!r})")
    assert SandboxLayer("hidden data unreadable", True) in served.sandbox


def test_a_secret_that_can_be_read_is_reported(submit):
    served = submit(RUN, secrets=(Path("/etc/passwd"),))
    served.worker()
    (layer,) = (layer for layer in served.sandbox if layer.name == "hidden data unreadable")
    assert not layer.on


def test_without_another_user_the_other_walls_stand(submit, monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "borrow_user", lambda: SpareUser(None, "not on this machine"))
    served = submit(RUN, secrets=(tmp_path,))
    assert "PermissionError" in outcome(served, f"import os; os.listdir({str(tmp_path)!r})")
    assert "PermissionError" in outcome(served, "import os; os.kill(os.getppid(), 0)")
    assert "PermissionError" in outcome(served, "open('/tmp/autograder-denied', 'w')")
    assert SandboxLayer("other user", False, "not on this machine") in served.sandbox
    assert SandboxLayer("hidden data unreadable", True) in served.sandbox


@pytest.mark.parametrize(
    "name", ["json", "numpy", "torch", "os", "sitecustomize", "usercustomize", "conftest", "typing"]
)
def test_files_named_like_modules_shadow_nothing(submit, name):
    trap = "raise RuntimeError('shadowed')"
    served = submit({"work.py": RUN, f"{name}.py": trap, "autograder/__init__.py": trap, "x.pth": "import nothing"})
    assert run(served, "import json, numpy, os, typing; found = [json.__file__, numpy.__version__]")[0].startswith(
        "/usr"
    )


def test_a_module_of_the_submission_is_found_last(submit):
    served = submit({"work.py": f"from helper import value\n{RUN}", "helper.py": "value = 7"})
    assert run(served, "import work, sys; found = [work.value, sys.path[-1] == work.__file__.rpartition('/')[0]]") == [
        7,
        True,
    ]


def test_nothing_is_written_beside_the_code(submit):
    served = submit({"work.py": f"import helper\n{RUN}", "helper.py": ""})
    run(served, "found = 1")
    assert sorted(path.name for path in served.bench.code.rglob("*")) == ["helper.py", "work.py"]
    assert "PermissionError" in outcome(served, "import work; open(work.__file__, 'a')")


def test_a_heap_that_grows_too_large_is_a_memory_error(submit):
    served = submit(RUN, memory_mb=400)
    assert "MemoryError" in outcome(served, "x = bytearray(2**30)")
    assert "MemoryError" in outcome(served, "import numpy as np; x = np.ones(2**27)")
    assert "Work in batches" in _advice(served, "x = []\nwhile True: x.append(bytearray(2**24))")
    assert run(served, "found = 1") == 1


def _advice(served, code: str) -> str:
    with pytest.raises(SubmissionError) as caught:
        served.build_vocabulary([code], 1)
    return caught.value.finding.advice


def test_many_processes_within_the_limit_each_are_stopped_together(submit):
    code = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        x = b"x" * 150_000_000
        time.sleep(600)
time.sleep(600)
"""
    served = submit(RUN, memory_mb=400)
    assert "it used more than 400 MB of memory" in outcome(served, code)
    assert run(served, "found = 1") == 1


@pytest.mark.parametrize(("of_all", "says"), [(300, "done"), (500, "it used more than 400 MB"), (None, "it used more")])
def test_where_a_container_hides_what_processes_share_it_counts_once(submit, monkeypatch, of_all, says):
    monkeypatch.setattr(processes, "SHARED_IN_PARTS", "/proc/{}/hidden")
    monkeypatch.setattr(processes, "memory_of_all", lambda: of_all and of_all * 2**20)
    code = """
import os, time
x = b"x" * 150_000_000
children = [os.fork() or (time.sleep(1.5), os._exit(0)) for _ in range(4)]
for child in children: os.waitpid(child, 0)
"""
    assert says in outcome(submit(RUN, memory_mb=400), code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("for i in range(9): open(str(i), 'wb').write(b'x' * 2**20)", "9 MB"),
        ("for i in range(600): open(str(i), 'w').close()", "500 files"),
        ("for i in range(9): open(f'/dev/shm/{os.getpid()}-{i}', 'wb').write(b'x' * 2**20)", "9 MB"),
        (
            "f = [open('x', 'wb') for _ in range(9) if not os.path.exists('x') or os.unlink('x') is None]\n"
            "for file in f: file.write(b'x' * 2**20); file.flush()",
            "9 MB",
        ),
        ("for i in range(300): os.mkdir('d'); os.chdir('d'); open('f', 'wb').write(b'x' * 2**15)", "9 MB"),
    ],
)
def test_many_files_within_the_limit_each_are_stopped_together(submit, code, words, monkeypatch):
    monkeypatch.setattr(budget, "MOST_FILES", 500)
    served = submit(RUN, scratch_mb=8)
    if "/dev/shm" in code and uid_of(served) is None:
        pytest.skip("whose files they are is told by the user")
    expected = f"it used more than {words.replace('9 MB', '8 MB of disk')}"
    assert expected in outcome(served, f"import os, time\n{code}\ntime.sleep(600)")


def test_a_file_larger_than_the_limit_is_not_written(submit):
    assert "File too large" in outcome(submit(RUN, scratch_mb=8), "open('x', 'wb').truncate(2**40)")


def test_a_fork_bomb_is_put_out(submit, monkeypatch):
    monkeypatch.setattr(budget, "MOST_PROCESSES", 20)
    monkeypatch.setattr(worker, "SECONDS_BETWEEN_LOOKS", 0.1)
    served = submit(RUN)
    if uid_of(served) is None:
        pytest.skip("processes are counted by user")
    bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    assert "it used more than 20 processes" in outcome(served, bomb)
    assert running_of(uid_of(served)) == []
    assert run(served, "found = 1") == 1


BURN = """
import os, time

def burn():
    while time.process_time() < 0.6: pass

def itself():
    burn()

def child():
    pid = os.fork()
    if pid == 0:
        burn()
        os._exit(0)
    os.waitpid(pid, 0)

def living_child():
    r, w = os.pipe()
    if os.fork() == 0:
        burn()
        os.write(w, b"x")
        time.sleep(600)
    os.read(r, 1)

def daemon():
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try: os.setsid()
        except PermissionError: pass  # the filter's
        if os.fork(): os._exit(0)
        burn()
        os.write(w, b"x")
        time.sleep(600)
    os.waitpid(pid, 0)
    os.read(r, 1)

def ignored_child():
    import signal
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    r, w = os.pipe()
    if os.fork() == 0:
        while time.process_time() < 1.6: pass
        os._exit(0)
    os.close(w)
    os.read(r, 1)

def ended_daemon():
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        if os.fork(): os._exit(0)
        burn()
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(w)
    os.read(r, 1)

def build_model(**sizes):
    return {}

def fit(model, token_ids, labels, *, epochs, way):
    globals()[way]()
    return [1.0]
"""


WAYS = ["itself", "child", "living_child"]
if sys.platform == "linux":  # elsewhere nobody tells whose a daemon is
    WAYS += ["ignored_child", "daemon", "ended_daemon"]


@pytest.mark.parametrize("way", WAYS)
def test_processor_time_is_counted_without_another_user_too(submit, way, monkeypatch):
    monkeypatch.setattr(bench, "borrow_user", lambda: SpareUser(None, "not on this machine"))
    ids = np.zeros((1, 1), np.int64)
    assert submit(BURN).build({"num_classes": 2}).fit(ids, ids[0], epochs=1, way=way).cpu_seconds >= 0.5


@pytest.mark.parametrize("way", WAYS)
def test_processor_time_is_counted_wherever_it_is_spent(submit, way):
    served = submit(BURN)
    ids = np.zeros((1, 1), np.int64)
    spent = served.build({"num_classes": 2}).fit(ids, ids[0], epochs=1, way=way)
    assert spent.cpu_seconds >= 0.5
    assert spent.seconds > 0


def test_an_honest_sleep_costs_no_processor_time(submit):
    served = submit("import time\ndef build_vocabulary(texts, max_tokens): time.sleep(0.3); return texts")
    started = time.monotonic()
    answer = served.worker().call("build_vocabulary", "x", 60, texts=["a"], max_tokens=1)
    assert answer.cpu_seconds < 0.2 <= answer.seconds <= time.monotonic() - started
