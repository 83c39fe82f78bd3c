"""What students hear about a module that is missing, or that Python can't read."""

import zipfile

import pytest

from autograder.assignment import Limits
from autograder.errors import SubmissionError
from autograder.intake import open_submission


def submission(tmp_path, files):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return open_submission(tmp_path / "s.zip", tmp_path / "clean", limits=Limits())


def test_a_missing_module_names_what_was_found(tmp_path):
    finding = submission(tmp_path, {"torch_text_cnn.py": "x", "notes.txt": "y"}).module_problem("keras_text_cnn")
    assert finding.message == "keras_text_cnn.py is missing."
    assert finding.found == "notes.txt, torch_text_cnn.py."
    assert "both modules" in finding.advice


def test_the_other_module_is_still_there(tmp_path):
    opened = submission(tmp_path, {"torch_text_cnn.py": "x = 1"})
    assert opened.module_path("torch_text_cnn").read_text() == "x = 1"
    with pytest.raises(SubmissionError, match=r"keras_text_cnn\.py is missing"):
        opened.module_path("keras_text_cnn")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Keras_text_cnn.py", "Rename it to keras_text_cnn.py"),
        ("keras_text_cnn (1).py", "Rename it"),
        ("keras-text-cnn.py", "Rename it"),
        ("keras_textcnn.py", "Rename it"),
        ("keras_text_cnn.py.txt", "Rename it"),
        ("keras_text_cnn copy.py", "Rename it"),
        ("keras_text_cnn_final.py", "Rename it"),
        ("src/keras_text_cnn.py", "Move it to the top"),
        ("keras_text_cnn.ipynb", "export it as a Python script"),
        ("keras_text_cnn.zip", "Unpack it"),
    ],
)
def test_near_names_are_recognised(tmp_path, name, advice):
    finding = submission(tmp_path, {name: "x", "torch_text_cnn.py": "x"}).module_problem("keras_text_cnn")
    assert f"Did you mean {name}?" in finding.advice or f"what is in {name}?" in finding.advice
    assert advice in finding.advice


def test_the_twin_is_not_a_near_name(tmp_path):
    opened = submission(tmp_path, {"torch_text_cnn.py": "x", "keras_text_lstm.py": "x", "keras_convnet.py": "x"})
    assert "Did you mean" not in opened.module_problem("keras_text_cnn").advice


def test_many_files_are_not_all_listed(tmp_path):
    finding = submission(tmp_path, {f"{i:02}.txt": "x" for i in range(30)}).module_problem("m")
    assert finding.found.endswith("07.txt and 22 more.")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 'é'".encode("utf-16"), "encoded as UTF-16"),
        ("x = 1".encode("utf-16-le"), "encoded as UTF-16"),
        (b"x = 1\n\ny = '\xe9'\n", "A byte in line 3 is not UTF-8"),
        (b"# caf\xe9\n", "A byte in line 1 is not UTF-8"),
        (b"x = 1\ny = 2\0\n", "A zero byte in line 2"),
        (b"# -*- coding: klingon -*-\n", "unknown encoding: klingon"),
        (b" \n\n", "is empty"),
        (b"", "is empty"),
        (b'{\n "cells": [], "nbformat": 4}', "It is a notebook."),
        (b"{\\rtf1 import keras}", "It is a rich-text document."),
        (b"<!DOCTYPE html>\n<HTML lang=en>", "It is a web page."),
        (b"PK\x03\x04\0\0", "It is a zip archive or an Office document."),
    ],
)
def test_what_python_cannot_read(tmp_path, source, words):
    finding = submission(tmp_path, {"m.py": source}).module_problem("m")
    assert words in f"{finding.message} {finding.found}"
    assert finding.advice


@pytest.mark.parametrize(
    "source",
    [
        b"x = 1",
        "x = 'é 模型'".encode(),
        b"\xef\xbb\xbfx = 1",  # with a byte order mark, as Notepad writes it
        b"# -*- coding: latin-1 -*-\nx = '\xe9'",
        b"{1: 2}\n",
        b"x = 1\r\ny = 2\r\n",
        b"x = (",  # a mistake, but readable: the worker reports it with its line
    ],
)
def test_what_python_reads(tmp_path, source):
    assert submission(tmp_path, {"m.py": source}).module_problem("m") is None
