"""The TextCNN's handout against the assignment: what students read is what is declared, checked and computed."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import re
import string
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from autograder.assignment import load
from autograder.blueprint import Framework, layer_table_markdown
from autograder.datasets import build_vocabulary, encode, words
from autograder.grading.handout import handout_facts
from autograder.release.handout import NAMES, renew
from autograder.release.masters import whole

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "assignments/text-cnn"
SOLUTION = ROOT / "solutions/text-cnn"
HANDOUT = FOLDER / "README.md"
MOST_WORDS = 3600  # read in 15 minutes, at 240 a minute


@pytest.fixture(scope="module")
def handout():
    return HANDOUT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def assignment():
    return load(FOLDER)


@pytest.fixture(scope="module")
def prose(handout):
    """Without tables, and with all white space alike."""
    return " ".join(re.sub(r"^\|.*$", "", handout, flags=re.MULTILINE).split())


def table(handout, name):
    return handout.split(f"<!-- {name}:begin -->\n\n")[1].split(f"\n<!-- {name}:end -->")[0]


def sizes(handout):
    """The arguments of build_model that the handout states."""
    code = table(handout, "call").strip().removeprefix("```python").removesuffix("```").strip()
    (call,) = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    return {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}


def test_tables_are_up_to_date(handout, assignment):
    renewed = renew(handout, handout_facts(assignment, SOLUTION), str(HANDOUT))
    assert handout == renewed, "the handout's tables are out of date: renew them with `autograder stubs text-cnn`"
    assert all(f"<!-- {name}:begin -->" in handout for name in NAMES)


def test_sizes_are_the_declared_ones(handout, assignment):
    stated = sizes(handout)
    assert {name: stated[name] for name in assignment.sizes} == assignment.sizes
    assert stated.keys() - assignment.sizes.keys() == {"vocab_size", "num_classes"}


def test_layers_and_counts_are_the_blueprint_s(handout, assignment):
    blueprint = assignment.blueprint_function()(**sizes(handout))
    assert table(handout, "layers") == layer_table_markdown(blueprint)
    sums = re.findall(r"^(\w+) +(.*?) *= +([\d,]+)$", table(handout, "count"), re.MULTILINE)
    assert [(name, eval(terms.replace("×", "*").replace(",", "") or "0")) for name, terms, _ in sums[:-1]] == [
        (name, int(total.replace(",", ""))) for name, _, total in sums[:-1]
    ]
    total = f"{sum(int(total.replace(',', '')) for _, _, total in sums[:-1]):,}"
    assert [sums[-1][2], sums[-1][2]] == [total, f"{blueprint.count(Framework.TORCH):,}"]


def test_checks_are_those_in_the_folder(handout, assignment):
    declared = {}
    for file in sorted((FOLDER / "checks").glob("test_*.py")):
        spec = importlib.util.spec_from_file_location(f"checks_{file.stem}", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for function in vars(module).values():
            if hasattr(function, "__number__"):
                weight = assignment.weight_of(function.__number__, function.__weight__)
                declared[function.__number__] = (function.__doc__.splitlines()[0], weight)
    rows = [line.strip("| ").split(" | ") for line in table(handout, "checks").splitlines()]
    stated = {row[0]: (row[1], points(row[2])) for row in rows if re.fullmatch(r"\d+\.\d+", row[0])}
    assert stated == declared
    assert list(stated) == sorted(stated, key=lambda number: [int(part) for part in number.split(".")])


def points(cell):
    times, _, each = cell.partition(" × ")
    return int(times) * float(each) if each else float(cell.split()[0])


def test_each_task_has_its_heading(handout, assignment):
    headings = re.findall(r"^## Task (\d+): (.*)$", handout, re.MULTILINE)
    assert headings == [(task.number, task.title) for task in assignment.rubric]
    assert handout.startswith(f"# {assignment.title}\n")


def test_checks_that_the_prose_names_exist(handout):
    named = re.findall(r"(?:[Cc]heck|--only) (\d\.\d)", handout)
    assert named
    assert all(f"\n| {number} |" in handout for number in named)


def test_examples_of_texts(handout):
    names = {"split_words": words, "build_vocabulary": build_vocabulary, "encode": encode}
    examples = doctest.DocTestParser().get_doctest("\n".join(examples_in(handout)), names, "handout", str(HANDOUT), 0)
    failed, tried = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(examples)
    assert (failed, tried) == (0, 8)


def examples_in(handout):
    return re.findall(r"^```pycon\n(.*?)^```$", handout, re.MULTILINE | re.DOTALL)


def test_words_by_hand(handout):
    steps = re.search(r'^"Don\'t {2}panic!" .*$', handout, re.MULTILINE)[0].split("  ->  ")
    lower, deleted, split = map(ast.literal_eval, steps[1:])
    text = ast.literal_eval(steps[0])
    assert (lower, deleted) == (text.lower(), "".join(c for c in text.lower() if c not in string.punctuation))
    assert split == words(text)


def test_the_filter_by_hand(handout, prose):
    vectors = {"not": (1, 0), "good": (0, 1), "bad": (0, -1), "it": (0, 0), "was": (0, 0)}
    assert "`not` is (1, 0), `good` is (0, 1), `bad` is (0, −1), `it` and `was` are (0, 0)" in prose
    rows = rows_below(handout, "| it was good, not bad |")
    for sentence, column in (("it was good, not bad", 0), ("it was bad, not good", 4)):
        x = np.array([vectors[word] for word in words(sentence)])
        scores = x[:-1, 0] - x[1:, 1] - 1
        pairs = [f"{first} {second}" for first, second in pairwise(words(sentence))]
        stated = [[cell.strip("* ").replace("−", "-") for cell in row[column : column + 3]] for row in rows]
        assert stated[:-1] == [[pair, str(s), str(max(s, 0))] for pair, s in zip(pairs, scores, strict=True)]
        assert stated[-1] == ["maximum over time", "", str(max(scores.max(), 0))]


def rows_below(handout, start):
    lines = handout[handout.index(start) :].splitlines()
    end = next(i for i, line in enumerate(lines) if not line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:end]]


def test_the_mean_loss_by_hand(prose):
    assert "batches of 4, 4 and 2 with mean losses of 0.9, 0.6 and 0.3" in prose
    assert f"= {np.average([0.9, 0.6, 0.3], weights=[4, 4, 2]):.2f}, and not {np.mean([0.9, 0.6, 0.3]):.1f}." in prose


def test_the_feedback_that_is_quoted(handout, assignment):
    (quoted,) = re.findall(r"^> Your Keras model (.*)\.$", handout, re.MULTILINE)
    assert quoted in {variant.says for variant in assignment.blueprint_function()(**sizes(handout)).variants(1)}


def test_what_the_prose_says_of_other_files(prose):
    stub = whole(SOLUTION / "torch_text_cnn.py")
    estimates = [int(number) for number in re.findall(r"about (\d+) lines", stub)]
    assert f"the longest takes about {max(estimates)} lines" in prose
    assert f"`string.punctuation` holds {len(string.punctuation)} ASCII characters" in prose


def test_fit_makes_half_of_the_difference_in_lines(handout, prose):
    rows = [line.strip("| ").split(" | ") for line in table(handout, "lines").splitlines()[2:]]
    lines = {row[0]: [int(cell.strip("*")) for cell in row[1:]] for row in rows}
    (fit,) = (counts for task, counts in lines.items() if "`fit`" in task)
    assert 0.4 < (fit[1] - fit[0]) / (lines["**all**"][1] - lines["**all**"][0]) < 0.6
    assert "Half of the difference is `fit`." in prose


def test_files_that_are_named_are_there(handout):
    for target in re.findall(r"\]\(([^)]+)\)", handout):
        assert target.startswith("https://") or (FOLDER / target).exists()
    modules = {f"{path.stem}.py" for path in SOLUTION.glob("*.py")}
    files = [name for row in rows_below(handout, "| file |") for name in re.findall(r"`([^`]+)`", row[0])]
    assert all(name in modules or (FOLDER / name).exists() for name in files)
    assert modules < set(files)


def test_the_picture_is_well_formed():
    picture = ET.parse(FOLDER / "text-cnn.svg").getroot()
    assert picture.find("{http://www.w3.org/2000/svg}title").text
    assert picture.find("{http://www.w3.org/2000/svg}desc").text


def test_students_read_nothing_of_the_instructors_side(handout):
    text = handout + (FOLDER / "text-cnn.svg").read_text(encoding="utf-8")
    assert not re.findall(
        r"mutant|misconception|hidden|solutions/|master|verify|calibrat|instructor", text, re.IGNORECASE
    )


def test_it_is_read_in_a_quarter_of_an_hour(prose):
    assert len(re.sub(r"```.*?```", "", prose).split()) < MOST_WORDS
