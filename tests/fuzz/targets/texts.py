"""Files that others write: Gradescope's metadata, reports of earlier runs, declarations, data."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from functools import cache
from pathlib import Path

from autograder.assignment import Assignment, load
from autograder.assignment.assignment import FILE
from autograder.datasets.load import load_dataset
from autograder.errors import AssignmentError, InternalError
from autograder.grading.hand_in import Terms
from autograder.grading.metadata import parse_metadata
from autograder.report import CheckResult, Curve, Outcome, Report, SandboxLayer, Task
from autograder.reporters import gradescope
from targets.target import Form, Target, must

HERE = Path(__file__).parent
COURSE = HERE.parents[1] / "data" / "course" / "assignments" / "mini"
MOST_SAID = 60_000


class Scratch:
    """A folder that is made when first needed, with one file that changes, and others beside it."""

    def __init__(self, file: str, *beside: Path) -> None:
        self._name, self._beside = file, beside
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def write(self, data: bytes) -> Path:
        """Put these bytes in the file; returns its folder."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="fuzz-")
            for other in self._beside:
                shutil.copy(other, self._folder.name)
        folder = Path(self._folder.name)
        (folder / self._name).write_bytes(data)
        return folder


# -- Gradescope's submission_metadata.json


RULES = Scratch(FILE, COURSE / "blueprint.py")


@cache
def with_rules() -> Assignment:
    """An assignment in which all that a hand-in's time and earlier ones decide is in use."""
    text = (COURSE / FILE).read_text(encoding="utf-8")
    text = text.replace("\n[modules]", '\ncounts = "best"\n\n[modules]')
    text = text.replace("[limits]", "[late]\nfree_days = 1\nshare = 0.1\nlatest = 5\n\n[limits]\nper_day = 2")
    return load(RULES.write(text.encode()), files=False)


def metadata(data: bytes) -> None:
    """It never raises, and the points that come of it are points."""
    read = parse_metadata(data)
    terms = Terms(with_rules(), read)
    must(isinstance(terms.refusal, str) and 0 <= terms.earlier_points <= 20, "earlier points are points")
    settled = terms.settle(12.0)
    must(math.isfinite(settled.counted) and 0 <= settled.counted <= 20, "what counts are points")
    must(sum(map(len, terms.staff_notes)) < MOST_SAID, "what the staff are told is bounded")
    report = Report("fuzzed", hand_in=settled, staff_notes=terms.staff_notes)
    json.loads(gradescope.to_json(report), parse_constant=_not_json)
    Report.from_json(report.to_json())


def _not_json(name: str) -> None:
    must(False, f"{name} is not JSON")


def metadata_seeds() -> list[bytes]:
    user = {"name": "Ada", "assignment": {"due_date": "2026-03-01T12:00:00.000000-05:00"}}
    earlier = {"submission_time": "2026-03-01T10:00:00Z", "score": "7.5", "autograder_error": False,
               "results": {"extra_data": {"needs_regrading": True}, "tests": [], "score": 7.5}}  # fmt: skip
    whole = {"id": 1, "created_at": "2026-03-02T13:00:00.5+02:00", "assignment": {"due_date": "2026-03-01T12:00:00"},
             "users": [user, None], "previous_submissions": [earlier, {**earlier, "score": 1e308}]}  # fmt: skip
    odd = [b"", b"[]", b"{", b"\xff", b'{"users": {}}', b'{"created_at": 5}', b'{"previous_submissions": [5]}']
    return [json.dumps(whole).encode(), json.dumps(whole, indent=1).encode("utf-16"), *odd]


METADATA_WORDS = [json.dumps(word).encode() for word in (
    "created_at", "due_date", "assignment", "users", "name", "previous_submissions", "submission_time", "score",
    "autograder_error", "results", "extra_data", "needs_regrading", "2026-03-01T12:00:00Z", "9999-12-31T23:59:59-23:59",
)] + [b"null", b"true", b"NaN", b"Infinity", b"1e999", b"-1", b"[]", b"{}", b'"NaN"', b'"\\ud800"']  # fmt: skip


# -- report.json of an earlier run


def report(data: bytes) -> None:
    """A report, or an error that says it is none; and a report can be written again."""
    try:
        read = Report.from_json(data.decode("utf-8", "surrogateescape"))
    except InternalError:
        return
    must(Report.from_json(read.to_json()) == read or "NaN" in read.to_json(), "a report is what it was")
    json.loads(gradescope.to_json(read), parse_constant=_not_json)


def report_seeds() -> list[bytes]:
    check = CheckResult("1.1", "It works.", "torch", Outcome.PASSED, 2, 2)
    whole = Report("mini", tasks=(Task("1", "A", 2),), checks=(check,), curves=(Curve("torch", (1.0, math.nan)),),
                   sandbox=(SandboxLayer("other user", True),), staff_notes=("a note",), complete=True)  # fmt: skip
    return [
        whole.to_json().encode(),
        Report("mini").to_json().encode(),
        b"",
        b"{}",
        b'{"schema":"autograder-report/1"}',
    ]


REPORT_WORDS = [
    json.dumps(word).encode()
    for word in (
        "schema",
        "autograder-report/1",
        "checks",
        "score",
        "max_score",
        "outcome",
        "evidence",
        "visibility",
        "finding",
        "parity",
        "hand_in",
        "tasks",
    )
] + [b"null", b"NaN", b"1e999"]


# -- assignment.toml

ASSIGNMENTS = HERE.parents[2] / "assignments"
DECLARATION = Scratch(FILE, ASSIGNMENTS / "text-cnn" / "blueprint.py")


def declaration(data: bytes) -> None:
    """A declaration, or every mistake in words."""
    try:
        load(DECLARATION.write(data), files=False)
    except AssignmentError as error:
        must(bool(str(error).strip()) and len(str(error)) < MOST_SAID, "an error says something, within bounds")


def declaration_seeds() -> list[bytes]:
    return [
        b"",
        b"name = 1",
        b"a = [",
        *((ASSIGNMENTS / name / FILE).read_bytes() for name in ("text-cnn", "warmup-convnet")),
    ]


# -- data in files

CSV = Scratch("train.csv")


def table(data: bytes) -> None:
    """A dataset, or an error that tells the line."""
    folder = CSV.write(data)
    (folder / "test.csv").write_bytes(data)
    try:
        load_dataset("csv", path=folder, train=None, test=None, seed=1)
    except AssignmentError as error:
        must(bool(str(error).strip()), "an error says something")


def table_seeds() -> list[bytes]:
    return [
        b"text,label\ngood,1\nbad,0\n",
        b'label\ttext\nx\t"a\nb"\n',
        b"",
        b"\xff\xfe",
        b"text,label\n\0,\n",
        b'text,"',
    ]


ALL = [
    Target("metadata", metadata, metadata_seeds, METADATA_WORDS, 3000, Form.JSON),
    Target("reports", report, report_seeds, REPORT_WORDS, 4000, Form.JSON),
    Target("declarations", declaration, declaration_seeds, [b"[limits]", b"= nan", b"= inf", b"'''", b'"""'], 8000),
    Target("tables", table, table_seeds, [b'"', b",", b"\t", b"\r\n", b"\0"], 2000),
]  # fmt: skip
