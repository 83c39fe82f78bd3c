"""Files are whole or not there, whenever the process dies."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import AssignmentError, InternalError
from autograder.report import CheckResult, Curve, Outcome, Report
from autograder.reporters.write import claim, write_all, write_atomically, write_results


def run(code: str, *arguments: str | Path, **options) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], text=True, **options)


def test_write_atomically(tmp_path):
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    write_atomically(path, "new é\n")
    assert path.read_bytes() == "new é\n".encode()
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444  # whoever collects results may read them


def test_a_link_is_replaced_and_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    (tmp_path / "a.json").symlink_to(elsewhere)
    write_atomically(tmp_path / "a.json", "new")
    assert elsewhere.read_text() == "untouched"
    assert not (tmp_path / "a.json").is_symlink()


KILLED = """
import sys
from pathlib import Path
from autograder.report import CheckResult, Outcome, Report
from autograder.reporters.write import write_results
reports = [Report("a", title=t * 50_000, checks=(CheckResult("1.1", t),)) for t in ("long", "x")]
while True:
    for report in reports:
        write_results(report, Path(sys.argv[1]))
    print("ready", flush=True)  # from the first pair of files on
"""


def test_killed_while_writing_the_file_is_whole(tmp_path):
    pause = random.Random(0)
    for _ in range(6):
        writer = run(KILLED, tmp_path, stdout=subprocess.PIPE)
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.02 + pause.random() / 20)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["tests"][0]["name"] in {"long", "x"}
        assert Report.from_json((tmp_path / "report.json").read_text(encoding="utf-8")).assignment == "a"


DIES_AT = """
import os, sys
from pathlib import Path
from autograder.reporters import write
name, path = sys.argv[1], Path(sys.argv[2])
owner = Path if name in ("replace",) else os
setattr(owner, name, lambda *arguments, **options: os._exit(9))
write.write_atomically(path, "new")
"""


@pytest.mark.parametrize("step", ["open", "fdopen", "fsync", "replace"])
def test_dying_at_any_step_leaves_the_old_file(tmp_path, step):
    path = tmp_path / "a.json"
    path.write_text("old")
    assert run(DIES_AT, step, path).wait() == 9
    assert path.read_text() == "old"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_behind(tmp_path, monkeypatch, error):
    path = tmp_path / "a.json"
    path.write_text("old")

    def fail(_):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((InternalError, KeyboardInterrupt)) as caught:
        write_atomically(path, "new")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]
    if isinstance(error, OSError):
        assert str(caught.value) == (
            f"Can't write {path}: No space left on device. The disk is full: free some space and grade again."
        )


LIMITED = """
import resource, sys
from pathlib import Path
from autograder.errors import InternalError
from autograder.reporters.write import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path(sys.argv[1]), "x" * 100_000)
except InternalError as error:
    print(error)
"""


def test_no_room_for_the_file(tmp_path):
    """A real refusal of the operating system in the middle of the writing."""
    path = tmp_path / "a.json"
    path.write_text("old")
    said, _ = run(LIMITED, path, stdout=subprocess.PIPE).communicate()
    assert "File too large. The file is larger than this account may write" in said
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


UNPRIVILEGED = """
import os, sys
from pathlib import Path
from autograder.errors import AutograderError
from autograder.reporters.write import claim, write_atomically
if os.getuid() == 0:
    os.setuid(65534)
for attempt in (lambda place: write_atomically(place / "a.json", "x"), lambda place: claim(place).__enter__()):
    try:
        attempt(Path(sys.argv[1]))
    except AutograderError as error:
        print(type(error).__name__, error)
"""


def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o555)
    said, _ = run(UNPRIVILEGED, tmp_path, stdout=subprocess.PIPE).communicate()
    assert said.count("This account may not do that there: choose another folder") == 2
    assert f"AssignmentError Can't write results to {tmp_path}" in said


def test_a_folder_is_claimed_and_left_empty(tmp_path):
    for _ in range(2):
        with claim(tmp_path / "new" / "folder"):
            pass
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(AssignmentError, match="A file lies where the folder should be"):
        claim(tmp_path / "file").__enter__()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a file system in which no folder can be made")
def test_a_place_where_no_folder_can_be_made():
    with pytest.raises(AssignmentError, match=r"/proc/nope can't be made there\. Choose another results folder\.$"):
        claim(Path("/proc/nope")).__enter__()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing/a.json", "The folder does not exist: create it first."),
        ("file/a.json", "A file lies where a folder should be: choose another folder."),
    ],
)
def test_a_place_that_is_none(tmp_path, path, words):
    (tmp_path / "file").write_text("")
    with pytest.raises(InternalError, match=words):
        write_atomically(tmp_path / path, "x")


def test_results_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InternalError, match=r"Can.t create the folder .*file: .*choose another folder"):
        write_results(Report("a"), tmp_path / "file")


def test_threads_do_not_clash(tmp_path):
    path = tmp_path / "a.txt"
    texts = {letter * 20_000 for letter in "abcd"}
    threads = [threading.Thread(target=lambda t=t: [write_atomically(path, t) for _ in range(5)]) for t in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_write_all(report, tmp_path):
    write_all(report, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert {p.name for p in folder.iterdir()} == {"results.json", "report.json", "report.html"}
    assert Report.from_json((folder / "report.json").read_text(encoding="utf-8")) == report
    assert "STAFF" not in (folder / "report.html").read_text(encoding="utf-8")
    write_all(report, folder, staff=True)
    assert "STAFF" in (folder / "report.html").read_text(encoding="utf-8")


def test_golden_report(report, golden):
    golden("report.json", report.to_json() + "\n")


def test_invalid_unicode_and_losses_without_a_value_are_written(report, tmp_path):
    nasty = "\ud800\x00\x1b[31m\u2028"
    check = CheckResult("1.1", nasty, outcome=Outcome.FAILED, note=nasty)
    curve = Curve("keras", (1.0, float("nan"), float("inf")))
    write_all(replace(report, checks=(check,), curves=(curve,), student_output={"keras": nasty}), tmp_path)
    back = Report.from_json((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert back.checks[0].note == nasty
    assert [str(loss) for loss in back.curves[0].losses] == ["1.0", "nan", "nan"]
