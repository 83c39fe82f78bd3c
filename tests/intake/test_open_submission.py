"""What students hand in, good and bad, and what becomes of it."""

import io
import os
import stat
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.errors import InternalError, SubmissionError
from autograder.intake import open_submission
from autograder.intake.names import DEEPEST, shown


@dataclass(frozen=True)
class Limits:
    submission_mb: int = 2
    submission_files: int = 20


def make_zip(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tar(
    path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT
) -> Path:
    with tarfile.open(path, mode, format=form) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def opened(path: Path, tmp_path: Path, limits: Limits = Limits()):
    return open_submission(path, tmp_path / "clean", limits=limits)


def refusal(path: Path, tmp_path: Path, limits: Limits = Limits()) -> str:
    """The words of the refusal; nothing stays behind."""
    with pytest.raises(SubmissionError) as caught:
        opened(path, tmp_path, limits)
    assert not (tmp_path / "clean").exists()
    finding = caught.value.finding
    assert finding.advice
    return f"{finding.message} {finding.found}"


# ---------------------------------------------------------------------------------------------------------- accepted


def test_a_folder_is_copied_with_plain_modes_and_without_junk(tmp_path):
    work = tmp_path / "work"
    for name in ("keras_m.py", "lib/deep/a.txt", ".git/config", "__pycache__/x.pyc", ".DS_Store", "lib/._a.txt"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("x = 1\n")
    (work / "keras_m.py").chmod(0o777)
    submission = opened(work, tmp_path)
    assert submission.files == ("keras_m.py", "lib/deep/a.txt")
    assert submission.module_path("keras_m").read_text() == "x = 1\n"
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "clean").rglob("*")}
    assert modes == {"keras_m.py": 0o644, "lib": 0o755, "deep": 0o755, "a.txt": 0o644}


def test_modes_do_not_depend_on_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        submission = opened(make_zip(tmp_path / "s.zip", {"a.py": "", "d/b.py": ""}), tmp_path)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((submission.folder / n).stat().st_mode) for n in (".", "a.py", "d", "d/b.py")]
    assert modes == [0o755, 0o644, 0o755, 0o644]


def test_a_folder_that_wraps_everything_is_left_out(tmp_path):
    files = {
        "hw 1/": "",
        "hw 1/text-cnn/keras_m.py": "1",
        "hw 1/text-cnn/lib/x.py": "2",
        "__MACOSX/hw 1/._keras_m.py": "3",
    }
    submission = opened(make_zip(tmp_path / "s.zip", files), tmp_path)
    assert submission.files == ("keras_m.py", "lib/x.py")


def test_a_folder_with_a_modules_name_is_not_left_out(tmp_path):
    submission = opened(make_zip(tmp_path / "s.zip", {"keras_m.py/keras_m.py": "1"}), tmp_path)
    assert submission.module_problem("keras_m").found == "A folder of that name: keras_m.py/"


def test_backslashes_separate_folders(tmp_path):
    submission = opened(make_zip(tmp_path / "s.zip", {"a.py": "1", "lib\\b.py": "2"}), tmp_path)
    assert submission.files == ("a.py", "lib/b.py")


def test_names_in_other_scripts_are_fine(tmp_path):
    assert opened(make_zip(tmp_path / "s.zip", {"Übung/模型.py": "1", "x": ""}), tmp_path).files == (
        "x",
        "Übung/模型.py",
    )


def test_a_single_python_file_is_a_submission(tmp_path):
    (tmp_path / "keras_m.py").write_text("x = 1")
    assert opened(tmp_path / "keras_m.py", tmp_path).files == ("keras_m.py",)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_tars_of_all_formats_are_read(tmp_path, mode, form):
    long = "/".join(["folder-with-a-long-name"] * 5) + "/é.py"
    folder = tarfile.TarInfo("top")
    folder.type = tarfile.DIRTYPE
    members = [(folder, b""), (tarfile.TarInfo(f"top/{long}"), b"x = 1"), (tarfile.TarInfo("top/b.py"), b"y" * 1000)]
    submission = opened(make_tar(tmp_path / "s.tar", *members, mode=mode, form=form), tmp_path)
    assert submission.files == ("b.py", long)
    assert (submission.folder / long).read_bytes() == b"x = 1"
    assert (submission.folder / "b.py").read_bytes() == b"y" * 1000


def test_links_in_folders_are_not_followed(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "hidden.py").write_text("labels")
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text("1")
    (work / "torch_m.py").symlink_to(tmp_path / "secret" / "hidden.py")
    (work / "lib").symlink_to(tmp_path / "secret")
    submission = opened(work, tmp_path)
    assert submission.files == ("a.py",)
    assert submission.module_problem("torch_m").found == "torch_m.py is a link."


# ----------------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../evil.py", "../evil.py leads out of its folder"),
        ("a/../../evil.py", "leads out of its folder"),
        ("..\\evil.py", "leads out of its folder"),
        ("/etc/passwd", "/etc/passwd is an absolute path"),
        ("C:\\evil.py", "is an absolute path"),
        ("\\\\host\\share", "is an absolute path"),
        ("__MACOSX/../../evil", "leads out of its folder"),
        ("a\nb.py", "a\\nb.py has a name with characters that can't be shown"),
        ("a\x1b[31m.py", "a\\x1b[31m.py has a name"),
        ("gpj.\u202eyp.exe", "\\u202eyp.exe has a name"),
        ("x" * 201, "has too long a name"),
        ("/".join(["x" * 60] * 8), "has too long a name"),
        ("/".join("d" * DEEPEST) + "/a.py", "folders deep"),
    ],
)
def test_names_that_no_archive_may_hold(tmp_path, name, words):
    assert words in refusal(make_zip(tmp_path / "s.zip", {name: "x"}), tmp_path)
    assert words in refusal(make_tar(tmp_path / "s.tar", (tarfile.TarInfo(name), b"x")), tmp_path)


def test_a_zero_byte_hides_nothing(tmp_path):
    path = make_zip(tmp_path / "s.zip", {"aXb.py": "x"})
    path.write_bytes(path.read_bytes().replace(b"aXb.py", b"a\0b.py"))
    assert "zero byte" in refusal(path, tmp_path)


def test_names_that_are_not_utf8(tmp_path):
    member = tarfile.TarInfo(b"caf\xe9.py".decode("utf-8", "surrogateescape"))
    path = make_tar(tmp_path / "s.tar", (member, b"x"), form=tarfile.GNU_FORMAT)
    assert "caf\\udce9.py has a name" in refusal(path, tmp_path)
    claimed = make_zip(tmp_path / "s.zip", {"caféXX.py": "x"})
    claimed.write_bytes(claimed.read_bytes().replace(b"\xc3\xa9XX", b"\xe9XXX"))
    assert "damaged" in refusal(claimed, tmp_path)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (stat.S_IFLNK, "is a link"),
        (stat.S_IFIFO, "not a regular file"),
        (stat.S_IFCHR, "not a regular file"),
        (stat.S_IFSOCK, "not a regular file"),
        (stat.S_IFDIR, "not a regular file"),  # a folder with content
    ],
)
def test_special_entries_of_a_zip(tmp_path, mode, words):
    info = zipfile.ZipInfo("odd")
    info.create_system, info.external_attr = 3, (mode | 0o644) << 16
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert words in refusal(tmp_path / "s.zip", tmp_path)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.LNKTYPE, "odd is a link"),
        (tarfile.SYMTYPE, "odd is a link"),
        (tarfile.FIFOTYPE, "odd is not a regular file"),
        (tarfile.CHRTYPE, "odd is not a regular file"),
        (tarfile.GNUTYPE_SPARSE, "odd is not a regular file"),
    ],
)
def test_special_entries_of_a_tar(tmp_path, kind, words):
    info = tarfile.TarInfo("odd")
    info.type, info.linkname = kind, "/etc/passwd"
    assert words in refusal(make_tar(tmp_path / "s.tar", (info, b"")), tmp_path)


def tar_header(name: bytes, size: int, changes: dict[int, bytes]) -> bytes:
    """A header of a regular file in GNU's format, changed at some places, with a right checksum."""
    info = tarfile.TarInfo("x" * len(name))
    info.size = size
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    for place, content in ({0: name, 148: b" " * 8} | changes).items():
        block[place : place + len(content)] = content
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_a_file_whose_name_is_a_folders(tmp_path):
    (tmp_path / "s.tar").write_bytes(tar_header(b"odd/", 0, {}))
    assert "odd/ is not a regular file" in refusal(tmp_path / "s.tar", tmp_path)


def test_where_posix_has_a_prefix_gnu_has_times(tmp_path):
    first = tar_header(b"a.py", 3, {345: b"01234567"}) + b"x=1".ljust(512, b"\0")
    (tmp_path / "s.tar").write_bytes(first + tar_header(b"b.py", 0, {}))
    assert opened(tmp_path / "s.tar", tmp_path).files == ("a.py", "b.py")


def test_damaged_tars(tmp_path):
    whole = make_tar(tmp_path / "s.tar", (tarfile.TarInfo("a.py"), b"x" * 2000)).read_bytes()
    damages = {
        whole[:1024]: "ends in the middle",
        b"b" + whole[1:]: "checksum is wrong",
        tar_header(b"a.py", 0, {124: b"9"}): "holds no number",
        tar_header(b"a.py", 0, {124: b"\x80"}): "holds no number",
    }
    for data, words in damages.items():
        (tmp_path / "s.tar").write_bytes(data)
        assert words in refusal(tmp_path / "s.tar", tmp_path)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (b"999 path=x\n", "extended header is broken"),
        (b"path=x\n", "extended header is broken"),
        (b"2 path=x\n", "extended header is broken"),
        (b"12 size=99\n\n", "stored in a rare way"),
        (b"22 GNU.sparse.major=1\n", "stored in a rare way"),
        (b"13 path=/a/b\n", "/a/b is an absolute path"),
        (b"1" * 70_000, "header is too long"),
    ],
)
def test_odd_extended_headers(tmp_path, records, words):
    extended = tar_header(b"pax", len(records), {156: b"x"}) + records.ljust(-(-len(records) // 512) * 512, b"\0")
    (tmp_path / "s.tar").write_bytes(extended + tar_header(b"a.py", 0, {}))
    assert words in refusal(tmp_path / "s.tar", tmp_path)


def test_pipes_in_a_folder(tmp_path):
    (tmp_path / "work").mkdir()
    os.mkfifo(tmp_path / "work" / "pipe")
    assert "pipe is not a regular file" in refusal(tmp_path / "work", tmp_path)


def test_a_pipe_in_place_of_the_zip(tmp_path):
    os.mkfifo(tmp_path / "s.zip")
    assert "s.zip is not a regular file" in refusal(tmp_path / "s.zip", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["locked", "locked/a.py"])
def test_what_may_not_be_read(tmp_path, name):
    (tmp_path / "work" / "locked").mkdir(parents=True)
    (tmp_path / "work" / "locked" / "a.py").write_text("x")
    (tmp_path / "work" / name).chmod(0)
    try:
        assert "can't be read" in refusal(tmp_path / "work", tmp_path)
    finally:
        (tmp_path / "work" / name).chmod(0o700)


def test_a_bomb_is_refused_by_what_it_declares(tmp_path):
    assert "would grow from" in refusal(make_zip(tmp_path / "s.zip", {"zeros": bytes(1_500_000)}), tmp_path)


def test_a_bomb_is_refused_by_what_it_really_holds(tmp_path):
    path = make_zip(tmp_path / "s.zip", {"zeros": bytes(1_500_000)})
    path.write_bytes(path.read_bytes().replace((1_500_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    assert "damaged" in refusal(path, tmp_path)


def test_a_gzip_bomb_is_never_unpacked_whole(tmp_path):
    members = [(tarfile.TarInfo("zeros"), bytes(50_000_000))]
    assert "larger than 2 MB" in refusal(make_tar(tmp_path / "s.tgz", *members, mode="w:gz"), tmp_path)


def test_many_small_files_and_few_large_ones(tmp_path):
    many = make_zip(tmp_path / "many.zip", {f"{i}.txt": "" for i in range(21)})
    assert "more than 20 files" in refusal(many, tmp_path)
    large = make_zip(
        tmp_path / "large.zip", {"weights.h5": os.urandom(1_100_000), "data.bin": os.urandom(800_000), "c": "x"}
    )
    large_words = refusal(large, tmp_path, Limits(submission_mb=1))
    assert "larger than 1 MB" in large_words
    packed = make_zip(tmp_path / "packed.zip", {".venv/lib.so": os.urandom(2_100_000), "a.py": "x"})
    assert "larger than 2 MB" in refusal(packed, tmp_path)
    (tmp_path / "sparse").mkdir()
    with (tmp_path / "sparse" / "huge").open("wb") as stream:
        stream.truncate(1 << 40)
    assert "huge has 1099511.6 MB" in refusal(tmp_path / "sparse", tmp_path)


def test_junk_counts_for_nothing(tmp_path):
    files = {f".venv/lib/{i}.py": "x" for i in range(100)} | {"a.py": "1"}
    assert opened(make_zip(tmp_path / "s.zip", files), tmp_path).files == ("a.py",)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a.py", "a.py"), "a.py is there twice"),
        (("a.py", "A.py"), "A.py is there twice"),
        (("\u00e9", "e\u0301"), "is there twice"),
        (("a", "a/b.py"), "a is both a file and a folder"),
        (("a/b.py", "a"), "a is both a file and a folder"),
    ],
)
def test_entries_that_are_in_each_others_way(tmp_path, names, words):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for name in ("top.txt", *names):
            archive.writestr(name, "x")
    assert words in refusal(tmp_path / "s.zip", tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Rar!\x1a\x07\x01\x00", "It is a RAR archive"),
        (b"7z\xbc\xaf'\x1c\x00\x04", "It is a 7-Zip archive"),
        (b"%PDF-1.7", "It is a PDF document"),
        (b"<!DOCTYPE html>", "It is a web page"),
        (b"", "It has no content"),
        (b"import keras", "is not a zip archive"),
        (b"PK\x03\x04 the rest never arrived", "The archive is damaged"),
        (b"\x1f\x8b\x08 nor here", "The archive is damaged"),
        (b"PK\x05\x06" + bytes(18), "holds no files"),
    ],
)
def test_files_that_are_no_archives(tmp_path, content, words):
    (tmp_path / "s.zip").write_bytes(content)
    assert words in refusal(tmp_path / "s.zip", tmp_path)


def test_a_word_document_is_not_a_zip(tmp_path):
    assert "Office document" in refusal(
        make_zip(tmp_path / "s.zip", {"[Content_Types].xml": "", "word/a.xml": ""}), tmp_path
    )


def test_an_encrypted_zip(tmp_path):
    path = make_zip(tmp_path / "s.zip", {"a.py": "x = 1"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    path.write_bytes(bytes(data))
    assert "encrypted" in refusal(path, tmp_path)


def test_a_rare_compression(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.py", "x = 1")
    assert "compressed in a rare way" in refusal(tmp_path / "s.zip", tmp_path)


def test_a_zip_with_a_wrong_checksum(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr("a.py", "number = 1")
    (tmp_path / "s.zip").write_bytes((tmp_path / "s.zip").read_bytes().replace(b"number = 1", b"number = 2"))
    assert "damaged" in refusal(tmp_path / "s.zip", tmp_path)


def test_an_empty_folder(tmp_path):
    (tmp_path / "work").mkdir()
    assert "work holds no files" in refusal(tmp_path / "work", tmp_path)


# ------------------------------------------------------------------------------------------- not the student's doing


def test_the_grader_s_own_mistakes_are_not_the_student_s(tmp_path):
    with pytest.raises(InternalError, match="there is no"):
        opened(tmp_path / "nothing.zip", tmp_path)
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "before").write_text("")
    with pytest.raises(InternalError, match="isn't empty"):
        opened(make_zip(tmp_path / "s.zip", {"a.py": "x"}), tmp_path)


def test_shown_names_hold_no_control_characters():
    assert shown("a\x1b]0;b\nc\udce9\u202e") == "a\\x1b]0;b\\nc\\udce9\\u202e"
    assert shown("x" * 500) == "x" * 79 + "…"
