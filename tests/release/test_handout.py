"""A handout's tables: where they go, what they say, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assignment import Late, Limits, load
from autograder.assignment.models import Used
from autograder.blueprint import Framework, layer_table_markdown
from autograder.errors import AssignmentError
from autograder.release.code_lines import lines_table
from autograder.release.handout import NAMES, Facts, block, renew
from autograder.release.handout_tables import _LIMITS
from autograder.report import CheckResult, Evidence, Visibility

TOML = """
name = "toy"
title = "A toy"
blueprint = "blueprint.py:toy"
points = 10
tasks = [
    { number = 1, title = "The model", points = 8 },
    { number = 2, title = "Later", points = 2, graded = false },
]
[modules]
keras = "keras_toy"
torch = "torch_toy"
[text]
max_tokens = 1500
length = 9
[sizes]
hidden_size = 4
[training]
epochs = 3
batch_size = 50
learning_rate = 0.002
[data]
source = "builtin"
train = 2500
test = 400
[thresholds.builtin]
calibrated = "by hand"
keras.accuracy = { none = 0.7, full = 0.825 }
keras.cpu_ratio = { none = 6, full = 2.5 }
torch.accuracy = { none = 0.65, full = 0.8 }
torch.cpu_ratio = { none = 5, full = 3 }
"""

BLUEPRINT = """
from autograder.blueprint import Blueprint, Chain, Conv1D, Dense, Embedding, GlobalMaxPool1D


def toy(*, vocab_size, hidden_size, num_classes):
    layers = [Embedding("words", vocab_size, 5), Conv1D("conv", hidden_size, 2), GlobalMaxPool1D()]
    return Blueprint(Chain(*layers, Dense("output", num_classes)))
"""

MASTERS = {
    Framework.KERAS: '''
def split(text):
    """Task 1.1."""
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 1.1: split")

    # how
    words = text.split()  # at white space
    return words
    ### END SOLUTION


def join(words):
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 1.1: join")
    return " ".join(words)
    ### END SOLUTION


def build_model():
    ### BEGIN SOLUTION
    ### STUB: raise NotImplementedError("Task 2.1: build")
    return 1
    ### END SOLUTION
''',
    Framework.TORCH: """
class Model:
    def forward(self, x):
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.1: forward")
        x = x + 1
        return x
        ### END SOLUTION
""",
}

CHECKS = (
    CheckResult("1.2", "Names|bars", "keras", max_score=2),
    CheckResult("1.2", "Names|bars", "torch", max_score=2),
    CheckResult("1.10", "One alone", "torch", max_score=1.5, evidence=Evidence.ATTESTED),
    CheckResult("1.11", "Both together", max_score=2.5, visibility=Visibility.AFTER_DUE_DATE),
)


@pytest.fixture
def facts(tmp_path):
    (tmp_path / "assignment.toml").write_text(TOML)
    (tmp_path / "blueprint.py").write_text(BLUEPRINT)
    sizes = {"hidden_size": 4, "vocab_size": 1100, "num_classes": 3}
    return Facts(load(tmp_path), sizes, CHECKS, MASTERS)


def rows(markdown):
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in markdown.splitlines()][2:]


# -- where tables go


def test_what_stands_between_the_markers_is_replaced_and_nothing_else(facts):
    first = "<!-- limits:begin -->\nold\n\nolder\n<!-- limits:end -->"
    handout = f"# A\r\nb  \n{first}\nc\n\n\n<!-- call:begin -->\n<!-- call:end -->"
    renewed = renew(handout, facts)
    limits, call = block("limits", facts), block("call", facts)
    assert renewed == (
        f"# A\r\nb  \n<!-- limits:begin -->\n\n{limits}\n<!-- limits:end -->\nc\n\n\n"
        f"<!-- call:begin -->\n\n{call}\n<!-- call:end -->"
    )
    assert renew(renewed, facts) == renewed


def test_a_handout_without_markers_stays_as_it_is(facts):
    assert renew("# A\n\nwords\n", facts) == "# A\n\nwords\n"


def test_a_table_that_is_not_wanted_need_not_be_possible(facts):
    nothing = replace(facts, masters={})
    assert "build_model(" in renew("<!-- call:begin -->\n<!-- call:end -->", nothing)
    with pytest.raises(AssignmentError, match="needs the master sources"):
        renew("<!-- lines:begin -->\n<!-- lines:end -->", nothing)


@pytest.mark.parametrize(
    ("handout", "message"),
    [
        ("a\n<!-- layers:begin -->\n", "HANDOUT:2: the table 'layers' has no `<!-- layers:end -->`"),
        ("a\n<!-- layers:end -->\n", "HANDOUT:2: '<!-- layers:end -->' isn't the other half of anything"),
        (
            "<!-- layers:begin -->\n<!-- count:end -->",
            "HANDOUT:2: '<!-- count:end -->' isn't the other half of `<!-- layers:begin -->` in line 1",
        ),
        (
            "<!-- layers:begin -->\n<!-- layers:begin -->",
            "HANDOUT:2: '<!-- layers:begin -->' isn't the other half of `<!-- layers:begin -->` in line 1",
        ),
        (
            "<!-- call:begin -->\n<!-- call:end -->\n<!-- call:begin -->\n<!-- call:end -->",
            "HANDOUT:3: the table 'call' stands in the handout twice",
        ),
        (
            "<!-- layer:begin -->",
            "HANDOUT:1: there is no table 'layer'; there are call, layers, count, settings, checks",
        ),
        ("<!--layers:begin-->", "HANDOUT:1: '<!--layers:begin-->' looks like a marker; one is"),
        ("<!-- layers: begin -->", "HANDOUT:1: '<!-- layers: begin -->' looks like a marker; one is"),
        ("| a | <!-- layers:begin --> |", "looks like a marker; one is `<!-- layers:begin -->`, on a line of its own"),
    ],
)
def test_markers_that_are_refused(facts, handout, message):
    with pytest.raises(AssignmentError) as caught:
        renew(handout, facts, "HANDOUT")
    assert message in str(caught.value)


def test_other_comments_are_no_markers(facts):
    handout = "<!-- begin -->\n<!-- a note: begin with task 1 -->\n<!-- the end -->"
    assert renew(handout, facts) == handout


def test_an_unknown_table(facts):
    with pytest.raises(AssignmentError, match="there is no table 'layer'; there are call, layers"):
        block("layer", facts)


# -- what they say


def test_all_tables_can_be_made(facts):
    assert all(block(name, facts).endswith("\n") for name in NAMES)


def test_call_has_the_blueprint_s_own_order(facts):
    assert block("call", facts) == "```python\nbuild_model(vocab_size=1100, hidden_size=4, num_classes=3)\n```\n"


def test_a_long_call_is_wrapped(facts):
    long = replace(facts, sizes={**facts.sizes, "vocab_size": 10**100})
    lines = block("call", long).splitlines()
    assert lines[1] == "build_model("
    assert [line[:4] for line in lines[2:-2]] == ["    "] * 2
    assert "".join(lines[1:-1]).replace("    ", "").count(",") == 2


def test_layers(facts):
    assert block("layers", facts) == layer_table_markdown(facts.blueprint)


def test_count_shows_each_product(facts):
    assert block("count", facts) == (
        "```text\n"
        "words   1,100 × 5      = 5,500\n"
        "conv    2 × 5 × 4 + 4  =    44\n"
        "output  4 × 3 + 3      =    15\n"
        "total                  = 5,559\n"
        "```\n"
    )


def test_counts_that_differ_stand_one_by_one(facts, monkeypatch):
    monkeypatch.setattr("autograder.release.handout_tables._sums", lambda _, framework: f"by {framework}")
    assert block("count", facts) == "Keras:\n\n```text\nby keras\n```\n\nPyTorch:\n\n```text\nby torch\n```\n"


def test_settings(facts):
    assert rows(block("settings", facts)) == [
        ["texts to train on", "2,500"],
        ["other texts to test on", "400"],
        ["`max_tokens` of `build_vocabulary`", "1,500"],
        ["`length` of `encode`", "9"],
        ["`epochs` of `fit`", "3"],
        ["`batch_size` of `fit`", "50"],
        ["`learning_rate` of `fit`", "0.002"],
    ]


def test_data_that_is_read_whole(facts):
    data = facts.assignment.data.model_copy(update={"test": None})
    whole = replace(facts, assignment=facts.assignment.model_copy(update={"data": data}))
    assert ["other texts to test on", "all that there are"] in rows(block("settings", whole))


def test_nothing_is_said_of_a_training_that_there_is_not(facts):
    nothing = {"data": None, "text": None, "training": None}
    assert rows(block("settings", replace(facts, assignment=facts.assignment.model_copy(update=nothing)))) == []


def test_checks_with_their_points(facts):
    assert rows(block("checks", facts)) == [
        ["**1**", "**The model**", "**8**", ""],
        ["1.2", r"Names\|bars", "2 × 2", "verified"],
        ["1.10", "One alone", "1.5 (PyTorch alone)", "attested"],
        ["1.11", "Both together", "2.5", "verified, shown after the due date"],
        ["**2**", "**Later**", "**2**", "not graded yet"],
        ["", "**all**", "**8**", ""],
    ]


def test_thresholds(facts):
    assert rows(block("thresholds", facts)) == [
        ["accuracy, Keras", "up to 0.70", "from 0.825 on"],
        ["accuracy, PyTorch", "up to 0.65", "from 0.80 on"],
        ["CPU seconds over the reference's, Keras", "from 6 times on", "up to 2.5 times"],
        ["CPU seconds over the reference's, PyTorch", "from 5 times on", "up to 3 times"],
    ]


def test_limits_are_all_told(facts):
    nothing_to_meet = {"run_minutes", "used"}
    assert {name for name, _, _ in _LIMITS} == set(Limits.model_fields) - nothing_to_meet
    told = rows(block("limits", facts))
    assert ["for one call of `fit`", "240 s"] in told
    assert ["memory of the process that runs your code", "3,000 MB"] in told


def test_what_the_solution_takes_stands_beside_the_limits(facts):
    assert "ours takes" not in block("limits", facts), "nobody has measured it"
    used = Used(fit_seconds=1.5, memory_mb=700)
    limits = facts.assignment.limits.model_copy(update={"used": used})
    told = rows(block("limits", replace(facts, assignment=facts.assignment.model_copy(update={"limits": limits}))))
    assert ["for one call of `fit`", "240 s", "1.5 s"] in told
    assert ["memory of the process that runs your code", "3,000 MB", "700 MB"] in told
    assert ["files that you hand in", "200", ""] in told


def test_a_limit_of_submissions_is_told_where_there_is_one(facts):
    told = ["submissions that are graded on one day", "3"]
    assert "graded on one day" not in block("limits", facts)
    limits = facts.assignment.limits.model_copy(update={"per_day": 3})
    assert told in rows(
        block("limits", replace(facts, assignment=facts.assignment.model_copy(update={"limits": limits})))
    )


@pytest.mark.parametrize(
    ("late", "told"),
    [
        ({"points": 5}, [["each day late costs", "5 points"]]),
        (
            {"free_days": 2, "share": 0.1, "latest": 4},
            [
                ["days after the due date that cost nothing", "2"],
                ["each further day late costs", "10 % of what you earned"],
                ["days after the due date from whose end on nothing is earned", "4"],
            ],
        ),
    ],
)
def test_what_handing_in_late_costs_is_told(facts, late, told):
    before = rows(block("limits", facts))
    assignment = facts.assignment.model_copy(update={"late": Late(**late)})
    assert rows(block("limits", replace(facts, assignment=assignment))) == [*before, *told]


def test_lines_of_code_by_task(facts):
    assert rows(block("lines", facts)) == [
        ["1.1 `split`, `join`", "3", ""],
        ["2.1 `build_model`", "1", "2"],
        ["**all**", "**4**", "**2**"],
    ]


def test_a_solution_that_names_no_task():
    source = MASTERS[Framework.TORCH].replace("Task 2.1: ", "")
    with pytest.raises(AssignmentError, match="the PyTorch master source, line 4: the solution's '### STUB:' names no"):
        lines_table({Framework.TORCH: source})


def test_a_real_assignment_has_all_tables():
    assignment = load(Path(__file__).parents[2] / "assignments/text-cnn")
    facts = Facts(assignment, {**assignment.sizes, "vocab_size": 500, "num_classes": 2}, CHECKS, MASTERS)
    assert all(block(name, facts) for name in NAMES)
