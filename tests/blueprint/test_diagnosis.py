from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.blueprint import (
    LSTM,
    Bidirectional,
    Blueprint,
    Chain,
    Dense,
    Embedding,
    Framework,
    StudentParameter,
    Tolerance,
    explain_logits,
    explain_parameters,
    layer_table_markdown,
    parameter_table,
)
from autograder.blueprint.differences import in_words
from autograder.errors import Finding

TORCH = Framework.TORCH
FULL = {"vocab_size": 2000, "embed_dim": 50, "num_filters": 100, "num_classes": 6}


@pytest.mark.parametrize("framework", Framework)
def test_a_known_mistake_is_named_from_the_parameters(text_cnn, as_students, framework):
    blueprint = text_cnn(**FULL)
    for number, variant in enumerate(blueprint.variants()):
        every_third = number % 3 == 0  # of the pairs
        another_count = variant.blueprint.count(framework) != blueprint.count(framework)
        if another_count and (every_third or len(variant.misconceptions) == 1):
            students = as_students(variant.blueprint, framework)
            named = explain_parameters(blueprint, framework, students).misconception
            key = {"missing-width", "no-bias", "no-output-bias", "concat-over-time", "same-width-everywhere"}
            key.add("one-row-too-many")
            assert set(named.split("+")) == key & set(variant.key.split("+"))


def test_the_finding_of_a_missing_branch(text_cnn, as_students):
    blueprint, shorter = text_cnn(**FULL), text_cnn(**FULL, kernel_sizes=(3, 5))
    assert explain_parameters(blueprint, TORCH, as_students(shorter, TORCH)) == Finding(
        message="The PyTorch model has 141,406 parameters, 20,700 too few. Its arrays are those of a model that leaves"
        " out the branch conv4 (1-D convolution, 100 filters of width 4).",
        expected="162,106 parameters",
        found="141,406 parameters",
        misconception="missing-width",
        details="the layer conv4 (1-D convolution, 100 filters of width 4) is missing (20,100 too few)\n"
        "the kernel of output is 6 × 200, not 6 × 300: 200 inputs instead of 300 (600 too few)",
    )


@pytest.mark.parametrize(
    ("change", "message", "advice"),
    [
        ({"without": ["conv4.bias"]}, "162,006 parameters, 100 too few: conv4 has no bias.", ""),
        (
            {"extra": [((50, 100), "hidden.weight"), ((50,), "hidden.bias")]},
            "167,156 parameters, 5,050 too many: a layer of 50 × 100 and 50 that the handout doesn't have, hidden.",
            "leave out what was added",
        ),
        (
            {"shapes": {"conv3.kernel": (100, 50, 2)}},
            "5,000 too few: the kernel of conv3 is 100 × 50 × 2, not 100 × 50 × 3: width 2 instead of 3.",
            "covers 3 time steps",
        ),
        (
            {"shapes": {"embedding.table": (2002, 50)}},
            "100 too many: the table of embedding is 2002 × 50, not 2000 × 50: 2002 words instead of 2000.",
            "vocab_size already counts the padding and the unknown word",
        ),
        (
            {"without": [f"conv{k}.{r}" for k in (3, 4, 5) for r in ("kernel", "bias")]},
            "60,300 too few: the layer conv3 (1-D convolution, 100 filters of width 3) is missing (15,100 too few) (and"
            " 2 more differences).",
            "use nn.ModuleList",
        ),
        (
            {"shapes": {"conv4.kernel": (100, 50, 3), "conv5.kernel": (100, 50, 6)}},
            "162,106 parameters, as it should, but not in the right arrays: the kernel of conv4 is 100 × 50 × 3, not"
            " 100 × 50 × 4: width 3 instead of 4 (5,000 too few) (and 1 more difference).",
            "the kernel of conv4 covers 4 time steps, not 3; the kernel of conv5 covers 5 time steps, not 6",
        ),
    ],
)
def test_a_difference_says_where_and_how_much(text_cnn, as_students, change, message, advice):
    blueprint = text_cnn(**FULL)
    finding = explain_parameters(blueprint, TORCH, as_students(blueprint, TORCH, **change))
    assert finding.message.endswith(message)
    assert advice in finding.advice
    assert finding.misconception == ""


@pytest.mark.parametrize(
    ("sizes", "cause"),
    [
        ({"embed_dim": 64}, "64 features instead of 50"),
        ({"num_filters": 99}, "the layer conv3 has 99 filters instead of 100"),
        ({"num_classes": 5}, "the layer output has 5 outputs instead of 6"),
        ({"vocab_size": 1500}, "1500 words instead of 2000"),
    ],
)
def test_a_wrong_size_is_named_first(text_cnn, as_students, sizes, cause):
    finding = explain_parameters(text_cnn(**FULL), TORCH, as_students(text_cnn(**(FULL | sizes)), TORCH))
    assert cause in finding.message
    assert len(finding.advice.split("; ")) == 1, "no hints on what only follows from it"


def test_anything_at_all_has_a_finding(text_cnn):
    blueprint = text_cnn()
    for shapes in ([], [()], [(0, 4)], [(1, 1, 1)], [(9,) * 5] * 40):
        students = [StudentParameter(i, f"p{i}", shape) for i, shape in enumerate(shapes)]
        finding = explain_parameters(blueprint, Framework.KERAS, students)
        assert "too" in finding.message
        assert len(parameter_table(blueprint, Framework.KERAS, students).rows) <= 9 + 20 + 1


def test_the_table_marks_what_is_wrong(text_cnn, as_students):
    blueprint = text_cnn(**FULL)
    students = as_students(blueprint, TORCH, without=["conv4.bias"], extra=[((50, 100), "hidden.weight")])
    table = parameter_table(blueprint, TORCH, students)
    assert {row.cells for row in table.rows if row.mark == "bad"} == {
        ("conv4", "bias", "100", "missing"),
        ("hidden.weight", "", "", "50 × 100"),
        ("total", "", "162,106", "167,006"),
    }
    assert table.rows[1].cells == ("conv3", "kernel", "100 out × 50 in × width 3", "100 × 50 × 3")
    assert table.rows[1].mark == "ok"


def test_the_handouts_table(text_cnn):
    lines = layer_table_markdown(text_cnn(**FULL)).splitlines()
    assert lines[0] == "| layer | what it does | output | Keras parameters | PyTorch parameters |"
    assert lines[3] == "| `conv3` | 1-D convolution, 100 filters of width 3 | `[n, t - 2, 100]` | 15,100 | 15,100 |"
    assert lines[-1] == "| **total** |  |  | **162,106** | **162,106** |"


def probe(blueprint, rng, n=64):
    return blueprint.random_weights(rng, TORCH), blueprint.example_inputs(rng, n)


def test_every_mistake_is_recognised_by_its_logits(text_cnn, rng):
    blueprint = text_cnn()
    weights, ids = probe(blueprint, rng)
    table = {name: array.shape for name, array in weights.items()}
    recognised = 0
    for number, variant in enumerate(blueprint.variants()):
        every_eleventh = number % 11 == 0  # of the pairs
        if variant.blueprint.has_table(table, TORCH) and (every_eleventh or len(variant.misconceptions) == 1):
            logits = variant.blueprint.forward(weights, ids).astype(np.float32)
            named = explain_logits(blueprint, TORCH, weights, ids, logits, Tolerance())
            assert named is not None, variant.key
            same = named.blueprint.forward(weights, ids)
            assert named.key == variant.key or Tolerance().agrees(logits, same), (named.key, variant.key)
            recognised += named.key == variant.key
    assert recognised > 15


def test_nobody_is_accused_falsely(text_cnn, rng):
    blueprint = text_cnn()
    weights, ids = probe(blueprint, rng)
    right = blueprint.forward(weights, ids)
    averaged = next(v for v in blueprint.variants(1) if v.key == "average-pooling").blueprint.forward(weights, ids)
    nearly = averaged.copy()
    nearly[-1, -1] += 0.01
    innocent = {
        "right": right,
        "noise": rng.normal(size=right.shape),
        "wrong at one number": nearly,
        "another shape": averaged[:, :2],
        "not a number": np.full_like(right, np.nan),
        "zeros": np.zeros_like(right),
    }
    for name, logits in innocent.items():
        assert explain_logits(blueprint, TORCH, weights, ids, logits, Tolerance()) is None, name


def test_a_mistake_that_the_probes_do_not_show_is_no_mistake(text_cnn, rng):
    blueprint = text_cnn()
    weights, ids = blueprint.random_weights(rng, TORCH), rng.integers(1, 40, (32, 20))  # nothing is padding
    right = blueprint.forward(weights, ids)
    zeroed = next(v.blueprint for v in blueprint.variants(1) if v.key == "padding-as-zero")
    assert Tolerance().agrees(zeroed.forward(weights, ids), right)
    assert explain_logits(blueprint, TORCH, weights, ids, right, Tolerance()) is None


def test_a_constant_output_proves_nothing(text_cnn, rng):
    blueprint = text_cnn()
    weights, ids = probe(blueprint, rng)
    shut = weights | {"output.bias": np.full(3, -1000.0)}  # a ReLU on the output would give zeros everywhere
    assert explain_logits(blueprint, TORCH, shut, ids, np.zeros((len(ids), 3)), Tolerance()) is None


def test_the_tolerance_is_for_every_number():
    tolerance = Tolerance(rtol=1e-3, atol=1e-2)
    assert tolerance.agrees([1000.0, 1.0], [1000.9, 1.009])
    assert not tolerance.agrees([1000.0, 1.0], [1000.9, 1.02])
    assert not tolerance.agrees([1.0], [[1.0]])
    assert not tolerance.agrees([np.inf], [np.inf])
    assert not tolerance.agrees([np.nan], [np.nan])


# -- wrong models of texts, in both frameworks, as a student reads what is said of them

PLAIN = {"embed": 64, "hidden": 48, "classes": 6, "words": 2000}


def lstm(more=(), between=(), **sizes):
    s = PLAIN | sizes
    layers = Embedding("embedding", s["words"], s["embed"]), *more, LSTM("lstm", s["hidden"]), *between
    return Blueprint(Chain(*layers, Dense("output", s["classes"])))


@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize(
    ("wrong", "says", "advice"),
    [
        (lstm(hidden=96), "the layer lstm has 96 units instead of 48 (40,", "the state of lstm has 48 features"),
        (lstm(words=1999), "1999 words instead of 2000.", "vocab_size already counts the padding"),
        (lstm(classes=1), "245 too few: the layer output has 1 output instead of 6.", "output gives 6 numbers"),
        (lstm(embed=48, hidden=64), "48 features instead of 64", "embedding should have 64 features and lstm 48 units"),
        (
            lstm(between=[Dense("dense", 32)]),
            "1,472 too many: a layer of {} and 32 that the handout doesn't have, dense (1,568 too many)",
            "leave out what was added",
        ),
    ],
)
def test_what_a_student_reads(as_students, framework, wrong, says, advice):
    blueprint = lstm()
    students = as_students(wrong, framework)
    kernel = in_words(next((s.shape for s in students if s.name == "dense.kernel"), ()))
    finding = explain_parameters(blueprint, framework, students)
    assert says.format(kernel) in finding.message
    assert advice in finding.advice
    assert finding.misconception == ""


@pytest.mark.parametrize("framework", Framework)
def test_all_time_steps_in_the_dense_layer(as_students, framework):
    blueprint = lstm()
    (kernel,) = (p for p in blueprint.parameters(framework) if p.name == "output.kernel")
    flattened = tuple(960 if size == 48 else size for size in kernel.native_shape(framework))
    finding = explain_parameters(
        blueprint, framework, as_students(blueprint, framework, shapes={"output.kernel": flattened})
    )
    assert "5,472 too many: the kernel of output is" in finding.message
    assert "yours takes 20 times as many" in finding.advice


@pytest.mark.parametrize("framework", Framework)
def test_filters_in_the_place_of_features(text_cnn, as_students, framework):
    """The kernels of the convolutions fit, their axes swapped: only the biases tell."""
    sizes = FULL | {"embed_dim": FULL["num_filters"], "num_filters": FULL["embed_dim"]}
    finding = explain_parameters(text_cnn(**FULL), framework, as_students(text_cnn(**sizes), framework))
    assert "two sizes have changed places: embedding should have 50 features and conv3 100 filters" in finding.advice


@pytest.mark.parametrize("framework", Framework)
def test_each_direction_of_another_size(as_students, framework):
    right, wrong = (
        Blueprint(Chain(Embedding("embedding", 2000, 64), Bidirectional(LSTM("lstm", units)), Dense("output", 6)))
        for units in (48, 24)
    )
    finding = explain_parameters(right, framework, as_students(wrong, framework))
    assert "the layer lstm has 24 units in each direction instead of 48" in finding.message


def test_a_third_layer_is_said_to_be_in_the_same_module(as_students):
    """PyTorch's nn.LSTM holds all of its layers; "a layer that the handout doesn't have, upper" would be no help."""
    below = LSTM("lstm", 48, returns="sequence")
    right = Blueprint(Chain(Embedding("embedding", 40, 7), below, LSTM("upper", 48), Dense("output", 3)))
    extra = [((192, 48), "upper.weight_ih_l2"), ((192, 48), "upper.weight_hh_l2")]
    finding = explain_parameters(right, TORCH, as_students(right, TORCH, extra=extra))
    assert finding.message.endswith("upper has more arrays than the handout's layer, 192 × 48 and 192 × 48.")
    assert "look at num_layers and bidirectional" in finding.advice


def test_names_that_keras_made_up_are_left_out(as_students):
    finding = explain_parameters(
        lstm(), Framework.KERAS, as_students(lstm(), Framework.KERAS, extra=[((48, 48), "sequential_5/dense_6/kernel")])
    )
    assert finding.message.endswith("a layer of 48 × 48 that the handout doesn't have, dense_6.")


@pytest.mark.parametrize("framework", Framework)
def test_an_added_layer_is_told_from_one_of_its_class(as_students, framework):
    """Workers say which class holds an array, and two dense layers have one."""
    named = as_students(lstm(between=[Dense("added", 48)]), framework)
    students = [replace(student, layer="Linear" if "lstm" not in student.name else "LSTM") for student in named]
    finding = explain_parameters(lstm(), framework, students)
    assert finding.message.endswith("a layer of 48 × 48 and 48 that the handout doesn't have, added (Linear).")
