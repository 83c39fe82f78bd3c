"""Tables of texts and labels: what they give, and what they say of files that are wrong."""

import pytest

from autograder.datasets import read_csv
from autograder.datasets.labelled import rare_classes
from autograder.errors import AssignmentError


def table(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def folder(root, train, test="text,label\nx,a\n"):
    table(root / "train.csv", train)
    table(root / "test.csv", test)
    return root


GOOD = 'label,id,text\na,1,"one, two\nlines"\nb,2,"He said ""no"""\n\na,3,\n'


def test_columns_are_found_by_name_and_quoted_texts_may_hold_commas_and_line_ends(tmp_path):
    data = read_csv(folder(tmp_path, GOOD))
    assert data.train.texts == ("one, two\nlines", 'He said "no"', "")
    assert data.train.labels.tolist() == [0, 1, 0]
    assert data.classes == ("a", "b")


def test_a_byte_order_mark_and_capital_letters_in_the_header_do_no_harm(tmp_path):
    data = read_csv(folder(tmp_path, b"\xef\xbb\xbfText, Label\r\ncaf\xc3\xa9,a\r\ncaf\xc3\xa9,b\r\n"))
    assert data.train.texts == ("café", "café")


def test_tabs_separate_and_quotes_are_text_in_tsv(tmp_path):
    table(tmp_path / "train.tsv", 'text\tlabel\n"half a quote\ta\nx, y\tb\n')
    table(tmp_path / "test.tsv", "text\tlabel\nz\tb\n")
    assert read_csv(tmp_path).train.texts == ('"half a quote', "x, y")


def test_numbers_as_labels_are_ordered_by_size(tmp_path):
    rows = "".join(f"t,{n}\n" for n in (10, 9, 2))
    assert read_csv(folder(tmp_path, f"text,label\n{rows}", "text,label\nt,2\n")).classes == ("2", "9", "10")


def single(path):
    return table(path, "text,label\n" + "".join(f"text {i},{'ab'[i % 4 == 0]}\n" for i in range(100)))


def test_a_fifth_of_each_class_of_a_single_file_is_set_aside(tmp_path):
    data = read_csv(single(tmp_path / "all.csv"), seed=3)
    assert (len(data.train), len(data.test)) == (80, 20)
    assert data.test.labels.sum() == 5
    assert sorted(data.train.texts + data.test.texts) == sorted(f"text {i}" for i in range(100))


def test_what_is_set_aside_depends_on_the_seed_alone(tmp_path):
    path = single(tmp_path / "all.csv")
    assert read_csv(path, seed=3).test.texts == read_csv(path, seed=3).test.texts
    assert read_csv(path, seed=3).test.texts != read_csv(path, seed=4).test.texts


def test_a_class_with_a_single_text_is_trained_on(tmp_path):
    data = read_csv(table(tmp_path / "all.csv", "text,label\nx,a\ny,b\nz,b\n"))
    assert data.train.labels.tolist() == [0, 1]
    assert data.test.labels.tolist() == [1]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("text,lable", r"line 1: no column 'label' among text, lable; rename 'lable'"),
        ("texts,label", r"line 1: no column 'text' among texts, label; rename 'texts'"),
        ("a,b", r"line 1: no column 'text' among a, b; name the columns in the first line"),
        ("", r"line 1: it is empty, and has to name the columns: text,label"),
    ],
)
def test_a_missing_column_is_named_with_a_suggestion(tmp_path, header, message):
    with pytest.raises(AssignmentError, match=rf"train\.csv, {message}"):
        read_csv(folder(tmp_path, f"{header}\nx,a\n"))


def test_an_empty_file_has_no_columns(tmp_path):
    with pytest.raises(AssignmentError, match="has to name the columns: text,label"):
        read_csv(folder(tmp_path, ""))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("boss, plan cancel,b", r'line 4: 3 fields, .* \(text, label\): .* in double quotes, such as "boss, \.\.\."'),
        ("y,", r"line 4: no label for 'y'; give one"),
        ("y", r"line 4: 1 field, but line 1 names 2 columns \(text, label\)"),
        ('"y', r"line 4: .*check the quotes"),
        ('"y" z,a', r"line 4: .*check the quotes"),
    ],
)
def test_a_row_that_is_wrong_is_named_by_the_line_that_it_begins_in(tmp_path, row, message):
    with pytest.raises(AssignmentError, match=rf"train\.csv, {message}"):
        read_csv(folder(tmp_path, f'text,label\n"two\nlines",a\n{row}\n'))


def test_a_class_that_train_lacks_is_named(tmp_path):
    with pytest.raises(AssignmentError, match=r"test\.csv, line 2: class 'z' has no text to train on; train has a, b"):
        read_csv(folder(tmp_path, GOOD, "text,label\nx,z\n"))


def test_a_missing_file_is_named(tmp_path):
    table(tmp_path / "train.csv", GOOD)
    with pytest.raises(AssignmentError, match=r"test\.csv: no such file; the folder holds train\.csv"):
        read_csv(tmp_path)


def test_a_table_that_is_not_utf8_is_refused_whole(tmp_path):
    with pytest.raises(AssignmentError, match=r"train\.csv, line 3: the file isn't UTF-8"):
        read_csv(folder(tmp_path, "text,label\ncafé,a\n".encode() + b"caf\xe9,b\n"))


def test_a_class_with_hardly_any_texts_is_pointed_out(tmp_path):
    rows = "".join(f"x{n},{'ab'[n % 2]}\n" for n in range(60))
    assert rare_classes(read_csv(folder(tmp_path, f"text,label\n{rows}")), "data") == []
    (said,) = rare_classes(read_csv(folder(tmp_path, f"text,label\n{rows}y,A\n{rows}")), "data")
    assert said.startswith("data: class 'A' has 1 of 121 texts to train on")
