"""Each handout against its assignment: what students read is what is declared, checked and computed."""

from __future__ import annotations

import doctest
import importlib.util
import re
import string
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from autograder.blueprint import Framework, layer_table_markdown
from autograder.datasets import build_vocabulary, encode, words
from autograder.grading.handout import handout_facts
from autograder.release.handout import NAMES, renew
from autograder.release.masters import whole
from autograder.student.budget import MOST_PROCESSES
from autograder.student.folders import MOST_FILES

LIMITS = (f"{MOST_PROCESSES} processes at a time", f"{MOST_FILES:,} files")
MOST_WORDS = {"text-cnn": 3600, "text-lstm": 3600, "warmup-convnet": 1100}  # at 240 a minute: 15, 15 and 5 minutes
TEXTS = ["text-cnn", "text-lstm"]

every = pytest.mark.parametrize("handout", MOST_WORDS, indirect=True, scope="module")
about_texts = pytest.mark.parametrize("handout", TEXTS, indirect=True, scope="module")


@every
def test_tables_are_up_to_date(handout):
    renewed = renew(handout.text, handout_facts(handout.assignment, handout.solution), handout.name)
    assert handout.text == renewed, f"renew the handout's tables with `autograder stubs {handout.name}`"


@about_texts
def test_no_table_is_missing(handout):
    assert all(f"<!-- {name}:begin -->" in handout.text for name in NAMES)


@every
def test_limits_are_told_with_what_the_solution_takes(handout):
    used = handout.assignment.limits.used.model_dump()
    trained = handout.assignment.training is not None
    assert {name for name, value in used.items() if value is None} == (set() if trained else {"fit_seconds"})
    assert "ours takes" in handout.generated("limits")
    assert all(limit in " ".join(handout.text.split()) for limit in LIMITS)


@every
def test_sizes_are_the_declared_ones(handout):
    declared = handout.assignment.sizes
    assert {name: handout.sizes[name] for name in declared} == declared
    assert handout.sizes.keys() - declared.keys() <= {"vocab_size", "num_classes"}


@every
def test_layers_and_counts_are_the_blueprint_s(handout):
    assert handout.generated("layers") == layer_table_markdown(handout.blueprint)
    blocks = re.findall(r"```text\n(.*?)\n```", handout.generated("count"), re.DOTALL)
    totals = []
    for block in blocks:
        *sums, total = re.findall(r"^(\w+) +(.*?) *= +([\d,]+)$", block, re.MULTILINE)
        counts = [number(count) for _, _, count in sums]
        assert [eval(terms.replace("×", "*").replace(",", "")) for _, terms, _ in sums] == counts
        assert total == ("total", "", f"{sum(counts):,}")
        totals.append(sum(counts))
    assert totals == list(dict.fromkeys(handout.blueprint.count(framework) for framework in Framework))


def number(text):
    return int(text.replace(",", ""))


@every
def test_checks_are_those_in_the_folder(handout):
    declared = {}
    for file in sorted((handout.folder / "checks").glob("test_*.py")):
        spec = importlib.util.spec_from_file_location(f"checks_{file.stem}", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for function in vars(module).values():
            if hasattr(function, "__number__"):
                weight = handout.assignment.weight_of(function.__number__, function.__weight__)
                declared[function.__number__] = (function.__doc__.splitlines()[0], weight)
    rows = [line.strip("| ").split(" | ") for line in handout.generated("checks").splitlines()]
    stated = {row[0]: (row[1], points(row[2])) for row in rows if re.fullmatch(r"\d+\.\d+", row[0])}
    assert stated == declared
    assert list(stated) == sorted(stated, key=lambda check: [int(part) for part in check.split(".")])


def points(cell):
    times, _, each = cell.partition(" × ")
    return int(times) * float(each) if each else float(cell.split()[0])


@every
def test_each_task_has_its_heading(handout):
    headings = re.findall(r"^## Task (\d+): (.*)$", handout.text, re.MULTILINE)
    assert headings == [(task.number, task.title) for task in handout.assignment.rubric]
    assert handout.text.startswith(f"# {handout.assignment.title}\n")


@every
def test_checks_that_the_prose_names_exist(handout):
    named = re.findall(r"(?:[Cc]heck|--only) (\d\.\d+)", handout.text)
    assert all(f"\n| {check} |" in handout.text for check in named)


@every
def test_the_feedback_that_is_quoted_is_given(handout):
    quotes = " ".join(re.findall(r"^> (.*)$", handout.text, re.MULTILINE))
    label, says = re.search(r"Your (Keras|PyTorch) model (.+?)\.(?: |$)", quotes).groups()
    (framework,) = (framework for framework in Framework if framework.label == label)
    assert says in {variant.says for variant in handout.blueprint.of(framework).variants(1)}


@every
def test_files_that_are_named_are_there(handout):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", handout.text):
        assert target.startswith("https://") or (handout.folder / target).exists()
    modules = {f"{path.stem}.py" for path in handout.solution.glob("*.py")}
    files = [name for row in handout.rows("| file |") for name in re.findall(r"`([^`]+)`", row[0])]
    assert all((handout.folder / name).exists() for name in files)
    assert modules < set(files)


@every
def test_pictures_are_well_formed(handout):
    for picture in handout.folder.glob("*.svg"):
        root = ET.parse(picture).getroot()
        assert root.find("{http://www.w3.org/2000/svg}title").text
        assert root.find("{http://www.w3.org/2000/svg}desc").text


@every
def test_students_read_nothing_of_the_instructors_side(handout):
    text = "".join(
        path.read_text(encoding="utf-8") for path in handout.folder.iterdir() if path.suffix in {".md", ".svg"}
    )
    assert not re.findall(
        r"mutant|misconception|hidden[^_]|solutions/|master|verify|calibrat|instructor", text, re.IGNORECASE
    )


@every
def test_it_is_read_in_good_time(handout):
    assert len(re.sub(r"```.*?```", "", handout.prose).split()) < MOST_WORDS[handout.name]


@about_texts
def test_examples_of_texts(handout):
    names = {"split_words": words, "build_vocabulary": build_vocabulary, "encode": encode}
    code = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", handout.text, re.MULTILINE | re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(code, names, handout.name, None, 0)
    failed, tried = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(examples)
    assert failed == 0
    assert tried == code.count(">>> ") > len(names)
    assert all(f">>> {name}(" in code for name in names)
    assert re.search(rf"{len(string.punctuation)} ASCII characters", handout.prose)


@about_texts
def test_the_mean_loss_by_hand(handout):
    told = re.search(
        r"If (\d+) examples make batches of (.*?) with mean losses of (.*?), the epoch's loss is "
        r"\((.*?)\) / (\d+) = ([\d.]+), and not ([\d.]+)\.",
        handout.prose,
    )
    batches, losses = ([float(n) for n in re.findall(r"[\d.]+", told[group])] for group in (2, 3))
    assert int(told[1]) == int(told[5]) == sum(batches)
    assert told[4] == " + ".join(f"{batch:g} · {loss:g}" for batch, loss in zip(batches, losses, strict=True))
    assert float(told[6]) == round(np.average(losses, weights=batches), 2)
    assert float(told[7]) == round(np.mean(losses), 2)


@about_texts
def test_estimates_of_the_stubs(handout):
    stubs = "".join(whole(path) for path in handout.solution.glob("*.py"))
    longest = max(int(lines) for lines in re.findall(r"about (\d+) lines", stubs))
    assert f"the longest takes about {longest} lines" in handout.prose


@about_texts
def test_versions_of_the_toolkits(handout):
    import keras
    import tensorflow as tf
    import torch

    keras, tf, torch = (".".join(module.__version__.split(".")[:2]) for module in (keras, tf, torch))
    assert f"on Keras {keras} (with TensorFlow {tf}) and PyTorch {torch}." in handout.prose
