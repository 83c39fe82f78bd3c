"""The cases that an assignment is proved by: each entry has a folder, each folder an entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment import load
from autograder.blueprint import Framework
from autograder.errors import AssignmentError
from autograder.proving.cases import Kind, cases

ENTRY = """
[[mutant]]
name = "{name}"
task = "2"
frameworks = ["{framework}"]
misconception = "no-relu"
"""


@pytest.fixture
def mutants(cnn):
    """Lay out mutants by name, and list those that are named second; give all cases."""

    def mutants(laid_out: dict[str, str], listed: dict[str, str]):
        folder = cnn.solution / "mutants"
        for name, framework in laid_out.items():
            (folder / name).mkdir(parents=True)
            (folder / name / f"{framework}.py").write_text('"""Wrong."""\n\nWRONG = True\n')
        folder.mkdir(exist_ok=True)
        entries = [ENTRY.format(name=name, framework=framework) for name, framework in listed.items()]
        (folder / "mutants.toml").write_text("\n".join(entries))
        return cases(load(cnn.assignment), cnn.solution)

    return mutants


def test_the_solution_and_the_stub_come_first(cnn):
    solution, stub = cases(load(cnn.assignment), cnn.solution)
    assert (solution.kind, stub.kind) == (Kind.SOLUTION, Kind.STUB)
    assert set(solution.files) == {"keras_text_cnn.py", "torch_text_cnn.py"}
    assert solution.frameworks == tuple(Framework)
    assert "NotImplementedError" in stub.files["keras_text_cnn.py"]


def test_a_mutant_is_the_master_with_its_own_text_behind(mutants):
    *_, mutant = mutants({"a": "torch"}, {"a": "torch"})
    assert (mutant.kind, mutant.task, mutant.misconception) == (Kind.MUTANT, "2", "no-relu")
    assert mutant.frameworks == (Framework.TORCH,)
    assert mutant.files["torch_text_cnn.py"].endswith("WRONG = True\n")
    assert "def build_model" in mutant.files["torch_text_cnn.py"]
    assert "WRONG" not in mutant.files["keras_text_cnn.py"]


@pytest.mark.parametrize(
    ("laid_out", "listed"),
    [({"a": "torch", "b": "torch"}, {"a": "torch"}), ({"a": "torch"}, {"a": "torch", "b": "torch"})],
)
def test_an_entry_without_a_folder_or_a_folder_without_an_entry(mutants, laid_out, listed):
    with pytest.raises(AssignmentError, match=r"mutants\.toml: entries and folders differ in b$"):
        mutants(laid_out, listed)


def test_a_framework_without_a_file(mutants):
    with pytest.raises(AssignmentError, match=r"a/keras\.py: the source can't be read: No such file"):
        mutants({"a": "torch"}, {"a": "keras"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('task = "2"\n', ""),
        ('task = "2"\n', 'task = "2"\ndifers = "x"\n'),
        ('misconception = "no-relu"\n', ""),
        ('frameworks = ["torch"]\n', ""),
        ('["torch"]', '["jax"]'),
        ('["torch"]', "[]"),
        ('name = "a"', "name = 'a"),
        ("[[mutant]]", "[[mutants]]"),
        ("[[mutant]]", "[mutant]"),
        ('task = "2"', 'task = "9"'),
    ],
)
def test_an_entry_that_says_too_little_or_nonsense(cnn, mutants, old, new):
    mutants({"a": "torch"}, {"a": "torch"})
    table = cnn.solution / "mutants" / "mutants.toml"
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(AssignmentError, match=r"mutants\.toml"):
        cases(load(cnn.assignment), cnn.solution)


def test_the_assignments_own_cases_are_all_there(cnn):
    root = Path(__file__).parents[2]
    assignment, solution = load(root / "assignments" / "text-cnn"), root / "solutions" / "text-cnn"
    found = cases(assignment, solution)
    assert len({case.name for case in found}) == len(found)
    for case in found:
        for name, text in case.files.items():
            compile(text, f"{case.name}/{name}", "exec")
    tasks = {case.task for case in found if case.kind is Kind.MUTANT}
    assert tasks == {"1", "2", "3", "4", "5"}


def test_cases_of_a_neighbouring_folder(mutants, cnn):
    mutants({"a": "torch"}, {"a": "torch"})
    (cnn.solution / "mutants").rename(cnn.solution.parent / "text-classifiers" / "mutants")
    (cnn.solution / "mutants").mkdir()
    table = cnn.solution / "mutants" / "mutants.toml"
    table.write_text('shared = "text-classifiers"\n')
    *_, mutant = cases(load(cnn.assignment), cnn.solution)
    assert mutant.name == "a"
    assert mutant.files["torch_text_cnn.py"].endswith("WRONG = True\n")
    table.write_text('shared = "elsewhere"\n')
    with pytest.raises(AssignmentError, match="shared = 'elsewhere' is no folder"):
        cases(load(cnn.assignment), cnn.solution)
