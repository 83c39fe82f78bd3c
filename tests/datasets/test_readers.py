"""The TREC format and folders of text: what they give, and what they say of files that are wrong."""

import os
from pathlib import Path

import pytest

from autograder.datasets import read_folders, read_trec
from autograder.errors import AssignmentError

TREC = os.environ.get("AUTOGRADER_TREC", "")


def trec(folder, train, test=b"NUM:dist How far is it ?\n"):
    (folder / "train_5500.label").write_bytes(train)
    (folder / "TREC_10.label").write_bytes(test)
    return folder


def files(root, tree):
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


TWO = b"NUM:dist How far is Denver ?\nHUM:ind Who was Galileo ?\n"


def test_trec_questions_are_read_with_their_coarse_classes(tmp_path):
    data = read_trec(trec(tmp_path, TWO))
    assert data.classes == ("HUM", "NUM")
    assert data.train.texts == ("How far is Denver ?", "Who was Galileo ?")
    assert data.train.labels.tolist() == [1, 0]
    assert data.test.labels.tolist() == [1]


def test_questions_are_latin1_as_they_were_published_or_utf8_but_never_line_by_line(tmp_path):
    data = read_trec(trec(tmp_path, TWO + b"HUM:ind Who is Jos\xe9 ?\nHUM:ind Who is Zo\xc3\xab ?\n"))
    assert data.train.texts[2:] == ("Who is José ?", "Who is ZoÃ« ?")
    assert read_trec(trec(tmp_path, TWO + "HUM:ind Who is Zoë ?\n".encode())).train.texts[2:] == ("Who is Zoë ?",)


def test_a_text_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    root = files(tmp_path, {"train/a/1.txt": b"x", "train/b/1.txt": b"y\nna\xefve", "test/a/1.txt": b"x"})
    with pytest.raises(AssignmentError, match=r"b/1\.txt, line 2: the file isn't UTF-8; it may be Latin-1 .* save it"):
        read_folders(root)


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_do_no_harm(tmp_path):
    data = read_trec(trec(tmp_path, b"\xef\xbb\xbf" + TWO.replace(b"\n", b"\r\n") + b" \r\n\r\n"))
    assert data.classes == ("HUM", "NUM")
    assert data.train.texts[1] == "Who was Galileo ?"


@pytest.mark.parametrize("line", [b"Who was Galileo ?", b":ind Who was Galileo ?"])
def test_a_line_without_a_label_is_named(tmp_path, line):
    with pytest.raises(AssignmentError, match=r"train_5500\.label, line 3: no label in .*'LABEL:fine text'"):
        read_trec(trec(tmp_path, TWO + line))


def test_a_class_that_train_lacks_is_named_with_its_line(tmp_path):
    with pytest.raises(AssignmentError, match=r"TREC_10\.label, line 2: class 'LOC' has no text.*train has HUM, NUM"):
        read_trec(trec(tmp_path, TWO, b"NUM:dist How far ?\nLOC:city Where ?\n"))


def test_a_missing_file_is_named_with_what_is_there_instead(tmp_path):
    (tmp_path / "train.label").touch()
    with pytest.raises(AssignmentError, match=r"train_5500\.label: no such file; the folder holds train\.label"):
        read_trec(tmp_path)
    with pytest.raises(AssignmentError, match="there is no folder"):
        read_trec(tmp_path / "nowhere")


def test_a_file_without_texts_is_refused(tmp_path):
    with pytest.raises(AssignmentError, match="no text to train with"):
        read_trec(trec(tmp_path, b"\n"))
    with pytest.raises(AssignmentError, match="no text to test on"):
        read_trec(trec(tmp_path, TWO, b""))


def test_one_class_is_not_enough(tmp_path):
    with pytest.raises(AssignmentError, match="in class 'NUM'; at least two"):
        read_trec(trec(tmp_path, b"NUM:dist How far ?\n"))


def test_utf16_is_refused(tmp_path):
    with pytest.raises(AssignmentError, match="UTF-16; save it as UTF-8"):
        read_trec(trec(tmp_path, TWO.decode().encode("utf-16")))


@pytest.mark.skipif(not TREC, reason="AUTOGRADER_TREC does not name a folder with the TREC questions")
def test_the_real_trec_questions_are_read_whole():
    data = read_trec(Path(TREC))
    assert (len(data.train), len(data.test)) == (5452, 500)
    assert data.classes == ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
    assert not any("\ufffd" in text for text in data.train.texts)


def test_folders_are_classes_and_each_file_is_a_text(tmp_path):
    tree = {
        "train/good/1.txt": b"fine\nfilm\n",
        "train/bad/2.txt": b"dull",
        "train/bad/10.txt": b"",
        "train/bad/._2.txt": b"junk",
        "train/.cache/x.txt": b"junk",
        "train/notes.txt": b"junk",
        "test/good/1.txt": "café".encode(),
    }
    data = read_folders(files(tmp_path, tree))
    assert data.classes == ("bad", "good")
    assert data.train.texts == ("", "dull", "fine\nfilm")
    assert data.train.labels.tolist() == [0, 0, 1]
    assert data.test.texts == ("café",)


def test_an_empty_class_is_named(tmp_path):
    root = files(tmp_path, {"train/good/1.txt": b"x", "train/bad/1.md": b"x", "test/good/1.txt": b"x"})
    with pytest.raises(AssignmentError, match=r"train/bad: the class is empty; add \.txt files"):
        read_folders(root)


def test_a_missing_part_is_named(tmp_path):
    root = files(tmp_path, {"train/good/1.txt": b"x", "train/bad/1.txt": b"x"})
    with pytest.raises(AssignmentError, match=r"test: no such folder; texts go to .*test/<class>/\*\.txt"):
        read_folders(root)


def test_a_folder_of_test_texts_that_train_lacks_is_named(tmp_path):
    root = files(tmp_path, {"train/a/1.txt": b"x", "train/b/1.txt": b"x", "test/c/1.txt": b"x"})
    with pytest.raises(AssignmentError, match=r"test/c/1\.txt: class 'c' has no text to train on; train has a, b"):
        read_folders(root)
