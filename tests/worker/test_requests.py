"""What counts as a request of the student's own code: without a framework."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from autograder.worker.requests import VISIBLE, WATCHER, Kind, Spot, watch

LIBRARY = """
import contextlib

class Strategy:
    def __init__(self, devices=None):
        self.devices = devices

def device(name):
    return contextlib.nullcontext(name)

def place_it_yourself():
    return device("cpu:0")

def set_visible(devices, device_type=None):
    pass

def list_devices(device_type=None):
    return []
"""
SPOTS = (
    Spot("library", "device", "name"),
    Spot("library", "Strategy", "devices"),
    Spot("library", "set_visible", "devices", Kind.CHOOSES),
    Spot("library", "list_devices", "device_type", lists=True),
    Spot("library", "gone.in_this_version", "device"),
    Spot("not_imported", "device", "name"),
)
Ask = Callable[[str], list[tuple[str, ...]]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs a student's file, and says what it asked for: kind, function, value, line."""
    monkeypatch.setenv(VISIBLE, "-1")
    library = tmp_path / "library.py"
    library.write_text(LIBRARY, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "library", ModuleType("library"))
    _run(library, sys.modules["library"])
    folder = tmp_path / "student"
    folder.mkdir()

    def ask(text: str) -> list[tuple[str, ...]]:
        watch(str(folder), SPOTS)
        file = folder / "work.py"
        file.write_text(f"import library, os\n{text}\n", encoding="utf-8")
        _run(file, ModuleType("work"))
        return [tuple(request.values()) for request in WATCHER.take()]

    return ask


def _run(file: Path, module: ModuleType) -> None:
    spec = importlib.util.spec_from_file_location(module.__name__, file)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module)
    vars(module)["__file__"] = str(file)


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ("library.device('cpu:0')", ("names", "library.device", "cpu:0")),
        ("library.device(name='gpu:0')", ("names", "library.device", "gpu:0")),
        ("from library import device; device('gpu:0')", ("names", "library.device", "gpu:0")),
        ("[library.device(n) for n in ['gpu:0']]", ("names", "library.device", "gpu:0")),
        ("library.device(lambda op: 'gpu:0')", ("names", "library.device", "a function")),
        ("library.Strategy(['gpu:0', 'gpu:1'])", ("names", "library.Strategy", "gpu:0, gpu:1")),
        ("library.Strategy()", ("spreads", "library.Strategy", "all devices")),
        ("class Own(library.Strategy):\n    pass\nOwn()", ("spreads", "library.Strategy", "all devices")),
        ("library.set_visible([], 'GPU')", ("chooses", "library.set_visible", "[], GPU")),
        ("library.set_visible([], device_type='GPU')", ("chooses", "library.set_visible", "[], GPU")),
        ("library.set_visible([])", ("chooses", "library.set_visible", "[]")),
        (f"os.environ['{VISIBLE}'] = '-1'", ("chooses", VISIBLE, "'-1'")),
        (f"os.environ.update({VISIBLE}='')", ("chooses", VISIBLE, "''")),
        (f"os.environ.setdefault('{VISIBLE}', '0')", ("chooses", VISIBLE, "'0'")),
        (f"os.putenv('{VISIBLE}', '0')", ("chooses", VISIBLE, "'0'")),
    ],
)
def test_a_request_is_told_with_its_line(ask: Ask, line: str, request_: tuple[str, ...]) -> None:
    assert ask(line) == [(*request_, f"work.py, line {2 + line.count(chr(10))}")]


@pytest.mark.parametrize(
    "line",
    [
        "library.place_it_yourself()",  # the framework's own doing
        "library.device(None)",
        "library.device('')",
        "library.set_visible([], 'CPU')",
        "library.set_visible(library.list_devices('GPU'), 'GPU')",  # all that there are
        f"os.environ.pop('{VISIBLE}', None)",
        "os.environ['PYTHONHASHSEED'] = '0'",
    ],
)
def test_what_asks_for_nothing_is_no_request(ask: Ask, line: str) -> None:
    assert ask(line) == []


def test_each_line_is_told_once_and_then_forgotten(ask: Ask) -> None:
    assert len(ask("for _ in range(1000):\n    library.device('gpu:0')")) == 1
    assert WATCHER.take() == []


def test_other_code_asks_for_nothing(ask: Ask) -> None:
    ask("")
    sys.modules["library"].device("gpu:0")
    os.environ[VISIBLE] = "-1"
    assert WATCHER.take() == []


def test_watching_twice_wraps_once(ask: Ask) -> None:
    ask("")
    once = sys.modules["library"].device, sys.modules["library"].Strategy.__init__
    ask("")
    assert once == (sys.modules["library"].device, sys.modules["library"].Strategy.__init__)
