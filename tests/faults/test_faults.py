"""The grader's own world breaks in one way after the other: results are whole, and somebody is told what to do.

Exit codes: 0 all points, 1 points were lost, 2 the assignment or the call is at fault, 3 the grader is.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

NOBODY = 65534
STRANGER = random.randrange(61_000, 64_000)  # no account has this number, and no other run of these tests
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # else NumPy starts as many as there are processors
ALL = 20.0
EARLIER = '{"score": 7, "tests": [], "extra_data": {"complete": true}}'
NONE, WHOLE, PARTIAL, BEFORE = "no results", "whole", "what was graded until then", "those of the earlier run"
CLOSED_DEV = """mount -t tmpfs none /dev
for device in null,3 zero,5 random,8 urandom,9; do mknod -m 666 /dev/${device%,*} c 1 ${device#*,}; done"""
FILL = """
    with (OUT / "filler").open("ab", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
"""
ASK = "    student.module(Framework.TORCH).build_vocabulary(['3.1'], 1)\n"
KILL_ZYGOTES = """
    for process in psutil.Process().children():
        process.kill()
        process.wait()
    time.sleep(0.2)
"""


@dataclass(frozen=True)
class Fault:
    """What is broken, and what has to come of it.

    Attributes:
        code: The exit code.
        says: What has to be said, as a regular expression; white space counts as one space.
        left: What results there are.
        before: Commands for a shell that then starts the grader.
        check: What a last check does in the middle of the grading.
        arrange: Prepares the world.
        user: Who grades.
        environment: Variables that are set, or (None) missing.
        arguments: Of the command line; by default, grade the submission.
    """

    code: int
    says: str
    left: str = NONE
    before: str = ""
    check: str = ""
    arrange: Callable[[Any], object] = lambda world: None
    user: int | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    arguments: Callable[[Any], tuple[object, ...]] = lambda world: ()


def mounted(options: str, then: str = "") -> str:
    """A small file system in the place of the results folder."""
    return f"mkdir OUT; mount -t tmpfs -o {options} none OUT\n{then}"


def own_folder(world: Any) -> None:
    """A results folder that everybody may write to."""
    world.out.mkdir()
    world.out.chmod(0o777)


def earlier(world: Any, text: str = EARLIER) -> None:
    world.out.mkdir()
    (world.out / "results.json").write_text(text, encoding="utf-8")


def with_data(world: Any) -> None:
    """A declaration with data in a file."""
    blueprint = world.assignment / "blueprint.py"
    text = blueprint.read_text(encoding="utf-8").replace("tiny():", "tiny(vocab_size, num_classes):")
    blueprint.write_text(text, encoding="utf-8")
    world.declare(
        "[modules]", '[text]\nmax_tokens = 9\nlength = 4\n\n[data]\nsource = "csv"\npath = "data"\n\n[modules]'
    )
    (world.assignment / "data").mkdir()
    for part in ("train", "test"):
        (world.assignment / "data" / f"{part}.csv").write_text("text,label\ngood,1\nbad,0\n" * 20, encoding="utf-8")


def unreadable_data(world: Any) -> None:
    own_folder(world)
    with_data(world)
    (world.assignment / "data" / "test.csv").chmod(0o000)


def hostile_path(world: Any) -> None:
    folder = world.top / "path"
    folder.mkdir()
    for name in ("torch", "keras", "tensorflow"):
        (folder / f"{name}.py").write_text("raise SystemExit('hostile')")
    (folder / "sitecustomize.py").write_text("raise RuntimeError('hostile')")


def closed_parent(world: Any) -> None:
    own_folder(world)
    (world.top / "closed").mkdir()
    world.submission.rename(world.top / "closed" / "submission")
    (world.top / "closed").chmod(0o000)


def closed_folder(world: Any) -> None:
    own_folder(world)
    (world.submission / "more").mkdir(mode=0o000)


def wrong_answer(world: Any) -> None:
    world.submit("def build_vocabulary(texts, max_tokens):\n    return ['wrong' if texts[0] == '1.10' else 'right']\n")


FULL = r"No space left on device\. The disk is full: free some space and grade again\."
FAULTS = {
    # -- the results folder
    "the disk is full": Fault(2, FULL, before=mounted("size=4k", "head -c 4096 /dev/zero > OUT/filler")),
    "the disk fills up while it grades": Fault(
        3, f"Can't write .*: {FULL}", PARTIAL, mounted("size=400k"), FILL, lambda w: None
    ),
    "no inode is left": Fault(2, FULL, before=mounted("nr_inodes=2", "touch OUT/file")),
    "files may not grow": Fault(2, r"File too large\. .*`ulimit -f`", before="trap '' XFSZ; ulimit -f 8"),
    "the results folder is read-only": Fault(2, "Read-only file system.*choose another folder", before=mounted("ro")),
    "it becomes read-only while it grades": Fault(
        3,
        "Can't write .*Read-only file system",
        PARTIAL,
        mounted("size=1m"),
        "    subprocess.run(['mount', '-o', 'remount,ro', OUT], check=True)",
    ),
    "it belongs to another": Fault(
        2, "Permission denied.*choose another folder", arrange=lambda w: w.out.mkdir(), user=NOBODY
    ),
    "it is a file": Fault(2, "A file lies where the folder should be", arrange=lambda w: w.out.write_text("x")),
    "it is a link to nowhere": Fault(2, "choose another", arrange=lambda w: w.out.symlink_to("/nowhere/at/all")),
    "it is a link to a folder": Fault(
        0, "Written", WHOLE, arrange=lambda w: ((w.top / "real").mkdir(), w.out.symlink_to(w.top / "real"))
    ),
    "results.json is a folder": Fault(
        2, "A folder lies where a file should be", arrange=lambda w: (w.out / "results.json").mkdir(parents=True)
    ),
    "results.json is a link to a file of another": Fault(
        0, "Written", WHOLE, arrange=lambda w: (w.out.mkdir(), (w.out / "results.json").symlink_to("/etc/hostname"))
    ),
    "results.json of an earlier run is broken": Fault(0, "Written", WHOLE, arrange=lambda w: earlier(w, '{"score": ')),
    "the results folder vanishes while it grades": Fault(0, "Written", WHOLE, check="    shutil.rmtree(OUT)"),
    "a file takes its place while it grades": Fault(
        3, "A file lies where the folder should be", check="    shutil.rmtree(OUT)\n    OUT.write_text('x')"
    ),
    # -- the grader's processes
    "all zygotes are killed": Fault(3, "was killed: grade again", WHOLE, check=KILL_ZYGOTES + ASK),
    "a worker is killed": Fault(
        1,
        "the process that ran your code ended: it was ended by SIGKILL",
        WHOLE,
        check="    os.kill(student.module(Framework.TORCH).worker()._lodger.pid, signal.SIGKILL)\n" + ASK,
    ),
    "a framework is broken": Fault(
        3,
        r"the process that imports PyTorch: it ended ModuleNotFoundError: import of torch halted.*`make env`",
        WHOLE,
        environment={"AUTOGRADER_BROKEN": "torch"},
    ),
    # -- the machine
    "no /dev/shm": Fault(0, "Written", WHOLE, before=CLOSED_DEV),
    "no /proc": Fault(3, "/proc isn't mounted.*Mount it", before="mount -t tmpfs none /proc"),
    "no folder for temporary files": Fault(
        3,
        "There is no folder for temporary files.*set TMPDIR",
        before="mkdir -p OUT; mount --bind OUT OUT; mount -o remount,bind,ro / /; cd /",
        arguments=lambda w: ("grade", w.submission, "--out", w.out, "--assignment", w.assignment),
    ),
    "little room for temporary files": Fault(
        3,
        r"has 20 MB left, and a submission may take 201 MB there\. Free some space, or set TMPDIR",
        before="mount -t tmpfs -o size=20000k none /mnt",
        environment={"TMPDIR": "/mnt"},
    ),
    "the rest of the system is read-only": Fault(
        0,
        "Written",
        WHOLE,
        before="mkdir -p OUT; mount --bind OUT OUT; mount -o remount,bind,ro / /; mount -t tmpfs none /mnt",
        environment={"TMPDIR": "/mnt"},
    ),
    "hardly a file may be opened": Fault(3, "may have 20 files open at once.*`ulimit -n 1024`", before="ulimit -n 20"),
    "few files may be opened, but more may be asked for": Fault(0, "Written", WHOLE, before="ulimit -Sn 20"),
    "no process may be started": Fault(
        3,
        r"This account has as many processes as it may",
        arrange=own_folder,
        before="ulimit -u 1",
        user=STRANGER,
        environment=ONE_THREAD,
    ),
    "no thread may be started": Fault(
        3,
        r"no further thread can be started.*`ulimit -u`",
        arrange=own_folder,
        before="ulimit -u 3",
        user=STRANGER,
        environment=ONE_THREAD,
    ),
    "no worker may be started": Fault(
        3,
        r"no worker can be started: .*This account has as many processes as it may",
        arrange=own_folder,
        before="ulimit -u 4",
        user=STRANGER,
        environment=ONE_THREAD,
    ),
    # -- what is read
    "a declaration is no TOML": Fault(
        2, "assignment.toml.*not TOML", arrange=lambda w: (w.assignment / "assignment.toml").write_text("a = [")
    ),
    "hidden data is unreadable": Fault(2, "test.csv.*Permission denied", arrange=unreadable_data, user=NOBODY),
    "hidden data is missing": Fault(
        2, "there is no .*data", arrange=lambda w: (with_data(w), shutil.rmtree(w.assignment / "data"))
    ),
    "hidden data goes while it grades": Fault(
        0,
        "Written",
        WHOLE,
        arrange=with_data,
        check=f"    shutil.rmtree({'WORLD'!r} + '/assignments/mini/data')\n    assert grading.dataset is not None",
    ),
    "the submission is unreadable": Fault(
        2, "submission' is not readable", arrange=lambda w: (own_folder(w), w.submission.chmod(0o000)), user=NOBODY
    ),
    "the submission lies where nobody may go": Fault(
        2,
        "can't be reached: Permission denied",
        arrange=closed_parent,
        user=NOBODY,
        arguments=lambda w: ("grade", w.top / "closed" / "submission", "--out", w.out, "--assignment", "mini"),
    ),
    "a folder in the submission is unreadable": Fault(
        1, "more can't be read", WHOLE, arrange=closed_folder, user=NOBODY
    ),
    # -- who calls, and from where
    "nobody may write to the current folder": Fault(0, "Written", WHOLE, arrange=own_folder, user=NOBODY),
    "the current folder is gone": Fault(
        2, "the folder that this was called in is gone", before="mkdir WORLD/gone; cd WORLD/gone; rmdir WORLD/gone"
    ),
    "a user without account or HOME": Fault(
        0,
        "Written",
        WHOLE,
        arrange=own_folder,
        user=STRANGER,
        environment={"HOME": None, "USER": None, "LOGNAME": None},
    ),
    "a hostile PYTHONPATH": Fault(0, "Written", WHOLE, arrange=hostile_path, environment={"PYTHONPATH": "WORLD/path"}),
    "a locale that is none": Fault(0, "Written", WHOLE, environment={"LC_ALL": "xx_YY.nothing", "LANG": "zz"}),
    "plain ASCII": Fault(
        0,
        "Written",
        WHOLE,
        environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    ),
    "Python takes asserts out": Fault(
        1, "18 of 20 points", WHOLE, arrange=wrong_answer, environment={"PYTHONOPTIMIZE": "1"}
    ),
    "Python takes warnings for errors": Fault(0, "Written", WHOLE, environment={"PYTHONWARNINGS": "error"}),
    "pytest is told otherwise": Fault(
        0, "Written", WHOLE, environment={"PYTEST_ADDOPTS": "-k nothing", "PYTEST_PLUGINS": "no_such_plugin"}
    ),
    # -- where it prints to
    "no output": Fault(0, "", WHOLE, before="exec >&-"),
    "no input, no output": Fault(0, "", WHOLE, before="exec <&- >&- 2>&-"),
    "output on a full disk": Fault(
        0, "What is printed can't be written: No space left", WHOLE, before="exec > /dev/full"
    ),
    "all output on a full disk": Fault(0, "", WHOLE, before="exec > /dev/full 2>&1"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault(world, told, name):
    fault = FAULTS[name]

    def placed(text: str) -> str:
        return text.replace("OUT", str(world.out)).replace("WORLD", str(world.top))

    if fault.check:
        world.check(fault.check.replace("WORLD", str(world.top)))
    fault.arrange(world)
    environment = {n: placed(value) if value else value for n, value in fault.environment.items()}
    done = world.run(*fault.arguments(world), before=placed(fault.before), user=fault.user, environment=environment)
    told(done, fault.says or "$")
    assert done.code == fault.code, done.said
    assert re.search(fault.says, done.said), done.said
    assert "Traceback" not in done.said
    assert ", line " not in done.said
    _look_at_results(world, fault)


def _look_at_results(world: Any, fault: Fault) -> None:
    folder = world.kept if world.kept.exists() else world.out
    if fault.left == NONE:
        assert not (folder / "results.json").is_file()
        return
    found = world.results(folder)
    graded = [test for test in found["tests"] if test["extra_data"]["outcome"] != "pending"]
    assert found["extra_data"]["complete"] is (fault.left == WHOLE)
    assert (len(graded) == len(found["tests"])) is (fault.left == WHOLE)
    if fault.code == 0:
        assert found["score"] >= ALL
    if fault.left == PARTIAL:
        assert found["score"] >= 8
    assert not list(folder.glob(".*.tmp"))


def test_a_world_in_order(world):
    """The tests above can fail: where nothing is broken, nothing is said."""
    done = world.run()
    assert (done.code, world.results()["score"]) == (0, ALL)
    assert done.said.endswith("report.html")


HOG = """
def build_vocabulary(texts, max_tokens):
    if texts[0] == "1.2":
        block = bytearray(900_000_000)
        block[::4096] = b"x" * len(block[::4096])
    return ["right"]
"""


def test_the_machine_runs_out_of_memory(world, told, little_memory):
    """A bound around grader and submission, as a container has: the kernel kills what is largest."""
    world.submit(HOG)
    done = world.run(before=f"echo $$ > {little_memory}/cgroup.procs")
    told(done, says := "this machine had no memory left.*grade where there is more.*memory_mb")
    assert done.code == 3, done.said
    assert re.search(says, done.said), done.said
    outcomes = {test["number"]: test["extra_data"]["outcome"] for test in world.results()["tests"]}
    assert outcomes["1.1"] == "passed"
    assert outcomes["1.2"] == "error"  # and not failed: the submission took less than it may
