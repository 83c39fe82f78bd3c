"""Where the attacks happen: planted secrets, open ears, and all places where something could turn up."""

from __future__ import annotations

import ctypes
import hashlib
import json
import secrets
import selectors
import shutil
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attacks.course import ANSWERS, make_course
from autograder.assignment import load
from autograder.sandbox import linux
from autograder.sandbox.leftovers import SHARED_FOLDERS, remove_tree

ENVIRONMENT = "COURSE_ACCESS_TOKEN"
IPC_KINDS = ("shm", "sem", "msg")
KEYS = 0x4154  # the upper half of their keys; others on this machine have theirs


class Scene:
    """A place with everything that an attack may want. A context manager.

    Attributes:
        tokens: What must never leave, by what it is a secret of.
        temporary: What the grader takes for the folder of temporary files.
    """

    def __init__(self, place: Path) -> None:
        place.mkdir(mode=0o755)
        self.place = place
        self.tokens = {what: f"{what}-{secrets.token_hex(8)}" for what in ("hidden", "environment", "memory", "other")}
        self.token = f"attack-{secrets.token_hex(6)}"  # in the name of whatever an attack leaves
        self.assignment, self.honest = make_course(self._folder("course", 0o755), self.tokens["hidden"])
        self.solution = self.assignment.parents[1] / "solutions" / self.assignment.name
        self.temporary = self._folder("temporary", 0o1777)
        self.marker = self._folder("marker", 0o777)
        self.submissions = self._folder("submissions", 0o700)
        self.results = self._folder("results", 0o755)
        self._pristine = self._folder("pristine", 0o700) / "course"
        shutil.copytree(self.place / "course", self._pristine)
        self._course_before = _digest(self.assignment.parents[1])
        self._write_other()
        self.ears = Ears(self.token, self.marker)

    def __enter__(self) -> Self:
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)  # nothing that the grader starts escapes our sight
        self.ears.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.ears.close()
        remove_tree(self.place)

    def targets(self, grader: int, name: str) -> str:
        """What an attack is told, as JSON."""
        told: dict[str, Any] = {
            "token": self.token, "grader": grader, "results": str(self.results / name), "marker": str(self.marker),
            "answers": str(self.solution / "hidden" / ANSWERS), "hidden": str(self.solution / "hidden"),
            "solution": str(self.solution), "assignment": str(self.assignment), "place": str(self.place),
            "other": str(self.submissions / "other" / "torch_text_cnn.py"), "environment": ENVIRONMENT,
            "memory": "memory-", "package": str(Path(linux.__file__).parents[1]), "temporary": str(self.temporary),
            **self.ears.addresses,
        }  # fmt: skip
        return json.dumps(told)

    @property
    def known(self) -> str:
        """The public data, which is the hidden one here: for those who know the answers. JSON."""
        declared = load(self.assignment)
        assert declared.text is not None
        parts = {part: _rows(self.assignment / "data" / f"{part}.csv") for part in ("train", "test")}
        return json.dumps({**parts, "max_tokens": declared.text.max_tokens, "length": declared.text.length})

    def left(self) -> list[str]:
        """What is in places where nothing may be, and removes it."""
        found = []
        for folder in (*SHARED_FOLDERS, self.temporary, Path(linux.__file__).parents[1], Path.cwd(), "/"):
            found += [entry for entry in _entries(folder) if self.token in entry.name]
        found += [entry for entry in _entries(self.marker) if entry.name != Ears.NAME]
        for entry in found:
            remove_tree(entry)
        return [*map(str, found), *(f"System V {kind} {number}" for kind, number in _ipc())]

    def restore(self) -> None:
        """Make good what an attack broke that got through."""
        for kind, number in _ipc():
            _remove_ipc(kind, number)
        for line in Path("/proc/self/mounts").read_text().splitlines():
            if line.split()[1].startswith(f"{self.place}/"):
                ctypes.CDLL(None).umount2(line.split()[1].encode(), 2)  # MNT_DETACH
        self._write_other()
        if self.changed():
            remove_tree(self.place / "course")
            shutil.copytree(self._pristine, self.place / "course")

    def changed(self) -> bool:
        """Whether the course is not what it was."""
        return _digest(self.assignment.parents[1]) != self._course_before

    def leaked(self, text: str) -> list[str]:
        """The secrets that a text holds."""
        return [what for what, token in self.tokens.items() if token in text]

    def _write_other(self) -> None:
        other = self.submissions / "other"
        other.mkdir(exist_ok=True)
        (other / "torch_text_cnn.py").write_text(f"# {self.tokens['other']}\n", encoding="utf-8")

    def _folder(self, name: str, mode: int) -> Path:
        folder = self.place / name
        folder.mkdir()
        folder.chmod(mode)
        return folder


class Ears:
    """Sockets of every kind that listen on this machine, and remember whether anything came."""

    NAME = "socket"

    def __init__(self, token: str, marker: Path) -> None:
        self._selector = selectors.DefaultSelector()
        self._heard: list[str] = []
        self._closing = threading.Event()
        self.addresses: dict[str, Any] = {"abstract": token, "path": str(marker / self.NAME)}
        for name, family, kind, address in (
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)),
            ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{token}"),
            ("path", socket.AF_UNIX, socket.SOCK_STREAM, str(marker / self.NAME)),
        ):
            self._listen(name, family, kind, address)
        (marker / self.NAME).chmod(0o600)  # as services of one user have it

    def _listen(self, name: str, family: int, kind: int, address: Any) -> None:
        try:
            ear = socket.socket(family, kind)
            ear.bind(address)
        except OSError:  # a machine without IPv6
            self.addresses.setdefault(name, 9)
            return
        if kind == socket.SOCK_STREAM:
            ear.listen()
        if family in (socket.AF_INET, socket.AF_INET6):
            self.addresses[name] = ear.getsockname()[1]
        ear.setblocking(False)
        self._selector.register(ear, selectors.EVENT_READ, name)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def take(self) -> list[str]:
        """What was heard since this was last asked."""
        heard, self._heard = self._heard, []
        return heard

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # all of them are sockets
        self._selector.close()

    def _hear(self) -> None:
        while not self._closing.is_set():
            for key, _ in self._selector.select(0.1):
                ear: Any = key.fileobj
                if ear.type == socket.SOCK_STREAM:
                    ear.accept()[0].close()
                else:
                    ear.recv(1000)
                self._heard.append(key.data)


def _rows(file: Path) -> list[tuple[str, int]]:
    """Texts and class ids, in the order of the file."""
    lines = [line.rsplit(",", 1) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    classes = sorted({label for _, label in lines})
    return [(text, classes.index(label)) for text, label in lines]


def _entries(folder: Path | str) -> list[Path]:
    try:
        return list(Path(folder).iterdir())
    except OSError:
        return []


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(str(path).encode() + path.read_bytes())
    return found.hexdigest()


def _remove_ipc(kind: str, number: int) -> None:
    libc = ctypes.CDLL(None)
    arguments = (number, 0, 0) if kind == "sem" else (number, 0, None)  # 0 is IPC_RMID, but a semaphore's second place
    getattr(libc, f"{kind}ctl")(*arguments)


def _ipc() -> list[tuple[str, int]]:
    """The System V things that attacks made, kind and number: their keys begin with KEYS."""
    found = []
    for kind in IPC_KINDS:
        table = Path("/proc/sysvipc", kind)
        rows = table.read_text().splitlines()[1:] if table.exists() else []
        found += [(kind, int(row.split()[1])) for row in rows if int(row.split()[0]) >> 16 == KEYS]
    return found
