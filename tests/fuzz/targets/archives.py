"""Intake: whatever is handed in, a clean folder within its bounds or a refusal, and nothing anywhere else."""

from __future__ import annotations

import dataclasses
import gzip
import io
import os
import stat
import tarfile
import tempfile
import warnings
import zipfile
from pathlib import Path

from autograder.assignment import Limits
from autograder.errors import SubmissionError
from autograder.intake import file_names, open_submission
from autograder.intake.submission import Submission
from targets.target import Target, must

LIMITS = Limits(submission_mb=1, submission_files=8)
WANTED = ("module.py", "twin.py")
BLOCK = 512
MODULE = b"def build_model():\n    return None\n"
PLACE = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # quicker than a disk
KINDS = ("as it is", "a tar, to be zipped by gzip", "a tar whose checksums are set right", "both", "a module")


def run(data: bytes) -> None:
    """The first byte says what the rest is."""
    if not data:
        return
    kind, data = KINDS[data[0] % len(KINDS)], data[1:]
    if kind in (KINDS[2], KINDS[3]):
        data = _with_checksums(data)
    if kind in (KINDS[1], KINDS[3]):
        data = gzip.compress(data, 1, mtime=0)
    with tempfile.TemporaryDirectory(dir=PLACE) as top:
        place = Path(top) / "1" / "2"
        place.mkdir(parents=True)
        handed_in = place / ("module.py" if kind == KINDS[4] else "s.zip")
        handed_in.write_bytes(data)
        _open(handed_in, place / "clean", Path(top))


def _open(handed_in: Path, clean: Path, top: Path) -> None:
    before = _below(top)
    try:
        file_names(handed_in, limits=LIMITS, wanted=WANTED)
        opened = open_submission(handed_in, clean, limits=LIMITS, wanted=WANTED)
    except SubmissionError as error:
        must("".join(dataclasses.astuple(error.finding)).isprintable(), "a refusal can be printed")
        must(_below(top) == before, "a refusal leaves nothing behind")
        return
    _look_at(opened, _below(top) - before)


def _look_at(opened: Submission, made: set[str]) -> None:
    clean = str(opened.folder)
    must(all(path == clean or path.startswith(f"{clean}/") for path in made), "nothing outside the target")
    status = {path: os.lstat(path) for path in made}
    files = {path: found for path, found in status.items() if not stat.S_ISDIR(found.st_mode)}
    must(all(stat.S_ISREG(found.st_mode) for found in files.values()), "files and folders alone")
    must(all(stat.S_IMODE(found.st_mode) == 0o644 for found in files.values()), "files have a plain mode")
    must({os.path.relpath(path, clean) for path in files} == set(opened.files), "all files are listed")
    must(len(files) <= LIMITS.submission_files, "not too many files")
    must(sum(found.st_size for found in files.values()) <= 1_000_000 * LIMITS.submission_mb, "not too large")
    must("".join(opened.files).isprintable(), "names can be printed")
    opened.module_problem("module")


def _below(top: Path) -> set[str]:
    return {f"{folder}/{name}" for folder, folders, files in os.walk(top) for name in (*folders, *files)}


def _with_checksums(tar: bytes) -> bytes:
    """Each block that could be a header gets its checksum, so that mutations get past it."""
    blocks = [bytearray(tar[at : at + BLOCK]) for at in range(0, len(tar), BLOCK)]
    for block in blocks:
        if block[257:262] == b"ustar" and len(block) == BLOCK:
            block[148:156] = b" " * 8
            block[148:156] = b"%06o\0 " % sum(block)
    return b"".join(blocks)


# -- where to begin

NAMES = (
    "module.py",
    "folder/module.py",
    "../outside.py",
    "/absolute.py",
    "a\\b.py",
    "C:/x.py",
    "new\nline.py",
    "\x1b[2J.py",
    "right\u202eyp.py",
    "x" * 150 + "/y.py",
    "é.py",
    "e\u0301.py",
    ".git/config",
    "__MACOSX/._a",
)


def _zip(*files: tuple[str, bytes, int], kind: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", kind) as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content, mode in files:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, kind
            archive.writestr(info, content)
    return stream.getvalue()


def _tar(form: int, *files: tuple[str, bytes, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, content, kind in files:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(content), "../../outside"
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()[: -18 * BLOCK]  # the end has blocks to spare


def seeds() -> list[bytes]:
    regular, link = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777
    zips = [_zip((name, MODULE, regular)) for name in NAMES]
    zips += [_zip(("module.py", MODULE, regular), ("link.py", b"/etc/passwd", link)), _zip()]
    zips += [_zip(("module.py", bytes(9000), regular), ("module.py", MODULE, 0), kind=zipfile.ZIP_DEFLATED)]
    zips += [_zip(("pipe", b"", stat.S_IFIFO), ("folder/", b"", stat.S_IFDIR)), _zip(("[Content_Types].xml", b"", 0))]
    inner = _zip(("folder/module.py", MODULE, regular), ("folder/helper.py", MODULE, regular))
    zips += [_zip(("a/x.zip", inner, regular)), _zip(("y.zip", _zip(("x.zip", inner, regular)), regular))]
    zips += [_zip(("ada_1_2_module-1.py", MODULE, regular), ("v1/twin.py", MODULE, regular), ("v2/twin.py", b"", 0))]
    forms = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)
    tars = [_tar(form, ("folder/module.py", MODULE, b"0")) for form in forms]
    tars += [_tar(form, ("x" * 120 + ".py", MODULE, b"0"), ("é.py", b"", b"0")) for form in forms[:2]]
    tars += [_tar(tarfile.GNU_FORMAT, ("a", MODULE, bytes([kind]))) for kind in b"1234567SxgKLVM"]
    modules = [MODULE, b"", b"\xff\xfe" + MODULE, "# grüße\n".encode("latin-1"), b'{"nbformat": 4}', b"# coding: x\n"]
    return [
        *(b"\0" + data for data in [*zips, *tars, gzip.compress(tars[0], mtime=0), b"", b"%PDF", b"Rar!\x1a\x07"]),
        *(bytes([kind]) + tar for kind in (1, 2, 3) for tar in tars),
        *(b"\4" + module for module in modules),
    ]


WORDS = [
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"ustar\0",
    b"ustar  \0",
    b"../",
    b"/",
    b"\\",
    b"path=",
    b"size=",
    b"GNU.sparse.",
    b"30 path=",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"77777777777",
]
ALL = [Target("archives", run, seeds, WORDS, 6000)]
