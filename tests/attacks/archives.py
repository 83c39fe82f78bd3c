"""Attacks in the file that is handed in. These functions make it; they run in the judge, and their files don't."""

import gzip
import io
import os
import stat
import tarfile
import warnings
import zipfile

from attacks.declared import attack

MODULE = "torch_text_cnn.py"


def _zip(folder, files, *more):
    """A zip of the honest files, and of (name, content, mode) besides."""
    path = folder / "submission.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        for name, content, mode in more:
            info = zipfile.ZipInfo("x")
            info.filename, info.external_attr, info.compress_type = name, mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def _tar(folder, files, *more, name="submission.tar.gz"):
    """A tar of the honest files, and of entries besides."""
    path = folder / name
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            _add(archive, tarfile.TarInfo(file), text.encode())
        for entry, content in more:
            _add(archive, entry, content)
    return path


def _add(archive, entry, content):
    entry.size = len(content) if entry.isreg() else 0
    archive.addfile(entry, io.BytesIO(content))


def _entry(name, kind=tarfile.REGTYPE, link="", mode=0o644):
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, link, mode
    return made


@attack("archive", "intake")
def zip_that_climbs_out(folder, files, told):
    """a file outside, by ../ in a name"""
    up = "../" * 12
    return _zip(folder, files, (f"{up}{told['marker'].lstrip('/')}/{told['token']}", "here", stat.S_IFREG | 0o644))


@attack("archive", "intake")
def zip_with_an_absolute_path(folder, files, told):
    """a file outside, by a name that begins at the root"""
    return _zip(folder, files, (f"{told['marker']}/{told['token']}", "here", stat.S_IFREG | 0o644))


@attack("archive")
def zip_with_backslashes(folder, files, told):
    """a file outside, by a name for another system"""
    return _zip(folder, files, (f"..\\..\\..\\{told['token']}", "here", stat.S_IFREG | 0o644))


@attack("archive", "intake")
def zip_with_a_linked_folder(folder, files, told):
    """a file outside, by a link and a file behind it"""
    link, inside = ("way", told["marker"], stat.S_IFLNK | 0o777), (f"way/{told['token']}", "here", stat.S_IFREG | 0o644)
    return _zip(folder, files, link, inside)


@attack("archive")
def zip_whose_module_is_a_link(folder, files, told):
    """the hidden labels, by a link in the place of a module: its first line would be in the feedback"""
    rest = {name: text for name, text in files.items() if name != MODULE}
    return _zip(folder, rest, (MODULE, told["answers"], stat.S_IFLNK | 0o777))


@attack("archive")
def zip_bomb(folder, files, told):
    """disk and memory, by a zip of a thousandth of its size"""
    return _zip(folder, files, ("more.txt", bytes(300_000_000), stat.S_IFREG | 0o644))


@attack("archive")
def zip_of_countless_files(folder, files, told):
    """inodes and time, by 60,000 empty files"""
    return _zip(folder, files, *((f"{n}.txt", "", stat.S_IFREG | 0o644) for n in range(60_000)))


@attack("archive")
def zip_of_a_deep_tree(folder, files, told):
    """an endless recursion, by a folder 3,000 levels deep"""
    return _zip(folder, files, ("d/" * 3000 + "x.txt", "x", stat.S_IFREG | 0o644))


@attack("archive")
def zip_that_lies(folder, files, told):
    """memory, by sizes in the directory that aren't those of the content"""
    path = _zip(folder, files, ("more.txt", bytes(50_000_000), stat.S_IFREG | 0o644))
    data = path.read_bytes().replace((50_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    return path


@attack("archive")
def zip_with_two_faces(folder, files, told):
    """one module for the eyes and another for the grader, by one name twice"""
    with warnings.catch_warnings(action="ignore"):  # zipfile has seen through it
        return _zip(folder, files, (MODULE, "raise SystemExit(0)", stat.S_IFREG | 0o644))


@attack("archive")
def zip_in_code(folder, files, told):
    """a grader's error, by an encrypted zip"""
    path = _zip(folder, files)
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(magic, at + 4)
    path.write_bytes(data)
    return path


@attack("archive")
def names_with_codes(folder, files, told):
    """the reader's terminal and browser, by names of files"""
    names = (
        "\x1b[2J\x1b]0;x\x07.py",
        "\u202eyp.x",
        "a\nb.py",
        "<script>alert(1)</script>.py",
        "\ud800".encode("utf-8", "replace").decode(),
    )
    return _zip(folder, files, *((name, "x = 1", stat.S_IFREG | 0o644) for name in names))


@attack("archive", "intake")
def tar_that_climbs_out(folder, files, told):
    """a file outside, by ../ in a name"""
    return _tar(folder, files, (_entry(f"{'../' * 12}{told['marker'].lstrip('/')}/{told['token']}"), b"here"))


@attack("archive", "intake")
def tar_with_an_absolute_path(folder, files, told):
    """a file outside, by a name that begins at the root"""
    return _tar(folder, files, (_entry(f"{told['marker']}/{told['token']}"), b"here"))


@attack("archive", "intake")
def tar_with_a_linked_folder(folder, files, told):
    """a file outside, by a link and a file behind it"""
    link = _entry("way", tarfile.SYMTYPE, told["marker"])
    return _tar(folder, files, (link, b""), (_entry(f"way/{told['token']}"), b"here"))


@attack("archive")
def tar_whose_module_is_a_hard_link(folder, files, told):
    """the hidden labels, by a hard link in the place of a module"""
    rest = {name: text for name, text in files.items() if name != MODULE}
    return _tar(folder, rest, (_entry(MODULE, tarfile.LNKTYPE, told["answers"]), b""))


@attack("archive")
def tar_with_devices(folder, files, told):
    """the machine's memory and time, by devices and pipes"""
    device = _entry("memory", tarfile.CHRTYPE)
    device.devmajor, device.devminor = 1, 1
    rest = {name: text for name, text in files.items() if name != MODULE}
    return _tar(folder, rest, (device, b""), (_entry(MODULE, tarfile.FIFOTYPE), b""))


@attack("archive")
def tar_that_claims_a_terabyte(folder, files, told):
    """disk, by an entry that says it has a terabyte"""
    path = folder / "submission.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for name, text in files.items():
            _add(archive, tarfile.TarInfo(name), text.encode())
        entry = tarfile.TarInfo("more.txt")
        entry.size = 2**40
        archive.fileobj.write(entry.tobuf(tarfile.GNU_FORMAT))
    return path


@attack("archive")
def gzip_bomb(folder, files, told):
    """memory, by a gzip of a thousandth of its size"""
    path = folder / "submission.tar.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(1000):
            stream.write(bytes(1_000_000))
    return path


@attack("archive")
def folder_with_a_linked_module(folder, files, told):
    """the hidden labels, by a link in a folder that is handed in"""
    _write(folder, files)
    (folder / MODULE).unlink()
    (folder / MODULE).symlink_to(told["answers"])
    return folder


@attack("archive")
def folder_with_pipes(folder, files, told):
    """time, by a pipe that nobody writes to"""
    _write(folder, files)
    os.mkfifo(folder / "data.txt")
    (folder / MODULE).unlink()
    os.mkfifo(folder / MODULE)
    return folder


@attack("archive")
def folder_without_permissions(folder, files, told):
    """a grader's error, by folders and files that nobody may read"""
    _write(folder, files)
    (folder / "closed").mkdir()
    (folder / "closed" / "x.py").write_text("x = 1")
    (folder / "closed" / "x.py").chmod(0)
    (folder / "closed").chmod(0)
    return folder


@attack("archive")
def folder_of_a_sparse_file(folder, files, told):
    """disk and memory, by a file that looks like a terabyte"""
    _write(folder, files)
    with (folder / "more.txt").open("wb") as file:
        file.truncate(2**40)
    return folder


@attack("archive")
def module_that_is_a_folder(folder, files, told):
    """a grader's error, by a folder in the place of a module"""
    rest = {name: text for name, text in files.items() if name != MODULE}
    return _zip(folder, rest, (f"{MODULE}/__init__.py", "x = 1", stat.S_IFREG | 0o644))


@attack("archive")
def module_in_an_odd_encoding(folder, files, told):
    """code that a reader doesn't see, by an encoding of its own"""
    return _zip(folder, {**files, MODULE: "# coding: utf_7\n+AAo-import os; os._exit(0)\n"})


def _shadowing(told):
    """Modules and settings that somebody might load by mistake; in the grader they leave a mark."""
    mark = f"import pathlib\npathlib.Path({told['marker']!r}, {told['token']!r}).write_text('imported')\n"
    names = ("torch.py", "json.py", "numpy.py", "random.py", "string.py", "sitecustomize.py", "usercustomize.py",
             "conftest.py", "checks/conftest.py", "checks/test_0.py", "autograder/__init__.py")  # fmt: skip
    settings = {"pytest.ini": "[pytest]\naddopts = -p no:terminal --collect-only\n", "x.pth": f"import os; {mark}",
                "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n"}  # fmt: skip
    return dict.fromkeys(names, mark) | settings


@attack("archive")
def bring_modules_of_well_known_names(folder, files, told):
    """the grader's process, by modules with the names of libraries, and by pytest's settings"""
    _write(folder, {**files, **_shadowing(told)})
    return folder


@attack("archive")
def bring_an_assignment(folder, files, told):
    """bounds of its own, by an assignment.toml and checks in the submission"""
    more = {"assignment.toml": "name = 'text-cnn'\npoints = 1\n", "blueprint.py": "def text_cnn(**_): return None\n",
            "checks/test_text_cnn.py": "def test_builds(): pass\n", "hidden.toml": "seed = 1\n"}  # fmt: skip
    broken = {MODULE: "raise RuntimeError"}
    _write(folder, {**files, **more, **broken})
    return folder


def _write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
