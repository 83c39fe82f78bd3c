"""Whatever an archive holds: nothing is written outside the target, and nothing but SubmissionError is raised."""

import dataclasses
import io
import stat
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignment import Limits
from autograder.errors import SubmissionError
from autograder.intake import open_submission

LIMITS = Limits(submission_mb=1, submission_files=8)

_part = st.sampled_from(["..", ".", "", "a", "A", "b.py", "C:", "\x1b[2J", "\n", "\u202e", "é", "e\u0301", "CON", "~"])
names = st.lists(_part, min_size=1, max_size=5).flatmap(
    lambda parts: st.sampled_from(["/", "\\", "//"]).map(lambda separator: separator.join(parts) or "x")
) | st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name)
kinds = st.sampled_from([0, stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFBLK])
contents = st.binary(max_size=40) | st.sampled_from([b"../../outside", bytes(300_000), bytes(1_200_000)])
flips = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6)


@st.composite
def zips(draw):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for _ in range(draw(st.integers(0, 5))):
            info = zipfile.ZipInfo("x")
            info.filename = draw(names).encode("utf-8", "replace").decode()
            info.external_attr = (draw(kinds) | 0o777) << 16
            info.compress_type = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
            archive.writestr(info, draw(contents))
    return _damaged(stream.getvalue(), draw(flips))


@st.composite
def tars(draw):
    stream = io.BytesIO()
    form = draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
    with tarfile.open(fileobj=stream, mode=draw(st.sampled_from(["w", "w:gz"])), format=form) as archive:
        for _ in range(draw(st.integers(0, 5))):
            info = tarfile.TarInfo(draw(names))
            info.type = draw(st.sampled_from([tarfile.REGTYPE] * 4 + [b"1", b"2", b"3", b"5", b"6", b"7", b"S", b"x"]))
            info.linkname = "../../outside"
            content = draw(contents)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return _damaged(stream.getvalue(), draw(flips))


def _damaged(data: bytes, changes: list[tuple[float, int]]) -> bytes:
    changed = bytearray(data)
    for place, value in changes:
        changed[int(place * len(changed))] = value
    return bytes(changed)


def _everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def _try(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name) / "1" / "2" / "3"
        top.mkdir(parents=True)
        path, clean = top / "s.zip", top / "clean"
        path.write_bytes(data)
        before = _everything(Path(name))
        refused = _refusal(path, clean)
        made = _everything(Path(name)) - before
        if refused is None:
            _check(clean, made)
        else:
            assert "".join(dataclasses.astuple(refused.finding)).isprintable()
            assert not made


def _refusal(path: Path, clean: Path) -> SubmissionError | None:
    try:
        open_submission(path, clean, limits=LIMITS)
    except SubmissionError as error:
        return error
    return None


def _check(clean: Path, made: set[Path]) -> None:
    assert all(path == clean or clean in path.parents for path in made)
    files = [path for path in made if not path.is_dir()]
    assert all(stat.S_IMODE(path.lstat().st_mode) == 0o644 and stat.S_ISREG(path.lstat().st_mode) for path in files)
    assert len(files) <= LIMITS.submission_files
    assert sum(path.stat().st_size for path in files) <= LIMITS.submission_mb * 1_000_000


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=80)
@given(zips())
def test_random_zips(data):
    _try(data)


@settings(max_examples=80)
@given(tars())
def test_random_tars(data):
    _try(data)


@settings(max_examples=60)
@given(st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\x00"]), st.binary(max_size=2000))
def test_random_bytes(start, rest):
    _try(start + rest)
