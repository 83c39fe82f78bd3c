"""Whole models that instructors assign: each blueprint of the gallery against real models of both frameworks."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
from pathlib import Path

import numpy as np
import pytest

from autograder.blueprint import Framework, Tolerance, layer_table_markdown
from autograder.blueprint.signal import TOKEN_IDS

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "blueprints.md"
MOST_LINES = 15
DRAWS = [
    {"vocab_size": 40, "embed_dim": 7, "hidden_size": 6, "num_filters": 8, "width": 3, "num_classes": 4},
    {"vocab_size": 31, "embed_dim": 5, "hidden_size": 9, "num_filters": 4, "width": 4, "num_classes": 2},
]
MORE = {"dropout": 0.5, "epsilon": 1e-3}
IMAGES = {"height": 15, "width": 18, "channels": 3, "filters": (5, 4)}


def _module(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GALLERY = _module("gallery")
NAMES = [model.__name__ for model in GALLERY.MODELS]


@pytest.fixture(scope="module")
def students():
    """The students' models of each framework, by the names of the blueprints."""
    return {framework: _module(f"gallery_{framework.value}") for framework in Framework}


def sizes_of(name, draw):
    known = DRAWS[draw] | MORE
    wanted = inspect.signature(getattr(GALLERY, name)).parameters
    return {size: (known | IMAGES if "height" in wanted else known)[size] for size in wanted}


def inputs_of(blueprint, padded_ids, rng, sizes):
    if blueprint.inputs == TOKEN_IDS:
        return padded_ids(rng, sizes["vocab_size"])
    return blueprint.example_inputs(rng, 12).astype(np.float32)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # PyTorch, of the time it takes
@pytest.mark.parametrize("draw", range(len(DRAWS)))
@pytest.mark.parametrize("framework", Framework)
@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_is_the_framework(students, real, padded_ids, rng, name, framework, draw):
    sizes = sizes_of(name, draw)
    blueprint = getattr(GALLERY, name)(**sizes)
    inputs = inputs_of(blueprint, padded_ids, rng, sizes)
    model = real(getattr(students[framework], name)(**sizes), inputs)
    trained = [array for _, array, is_trained in model.arrays() if is_trained]
    assert blueprint.count(framework) == sum(int(np.prod(array.shape)) for array in trained)
    shapes = [tuple(array.shape) for _, array, _ in model.arrays()]
    assert sorted(shapes) == sorted(p.native_shape(framework) for p in blueprint.parameters(framework))
    weights = blueprint.random_weights(rng, framework)
    assert model.error(blueprint, weights) < 1e-4
    assert blueprint.forward(weights, inputs).std(axis=0).max() > 0.01


@pytest.mark.parametrize("name", NAMES)
def test_both_frameworks_have_the_same_function(padded_ids, rng, name):
    sizes = sizes_of(name, 0)
    blueprint = getattr(GALLERY, name)(**sizes)
    inputs = inputs_of(blueprint, padded_ids, rng, sizes)
    weights = blueprint.random_weights(rng, Framework.KERAS)
    carried = blueprint.carry_over(weights, Framework.TORCH)
    assert Tolerance(1e-9, 1e-9).agrees(blueprint.forward(carried, inputs), blueprint.forward(weights, inputs))


@pytest.mark.parametrize(
    ("name", "over_everything"),
    [
        ("cnn_lstm_over_words", "runs-over-padding"),
        ("bag_of_embeddings", "pools-over-padding"),
        ("average_cnn", "pools-over-padding"),
        ("cnn_lstm", "stops-at-padding"),
    ],
)
def test_padding_matters_behind_a_convolution_too(padded_ids, rng, name, over_everything):
    """Otherwise nothing above would have shown what becomes of the mask."""
    blueprint = getattr(GALLERY, name)(**sizes_of(name, 0))
    wrong = next(v.blueprint for v in blueprint.variants(1) if v.key == over_everything)
    weights, ids = blueprint.random_weights(rng, Framework.KERAS), padded_ids(rng)
    assert np.abs(wrong.forward(weights, ids) - blueprint.forward(weights, ids)).max() > 0.01


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_is_short(name):
    body = inspect.getsource(getattr(GALLERY, name)).rstrip().splitlines()
    assert len([line for line in body if '"""' not in line]) <= MOST_LINES


# -- the document


def shown(name):
    """The part of the document that shows one model: what it is, the declaration, its table at some sizes."""
    function, sizes = getattr(GALLERY, name), sizes_of(name, 0)
    source = re.sub(r'\n    """.*?"""\n', "\n", inspect.getsource(function), count=1, flags=re.DOTALL)
    said = ", ".join(f"{size}={value}" for size, value in sizes.items())
    title = name.replace("_", " ").replace("lstm", "LSTM").replace("cnn", "CNN").replace("gru", "GRU")
    table = layer_table_markdown(function(**sizes))
    return (
        f"## {title[0].upper()}{title[1:]}\n\n{inspect.getdoc(function)}\n\n```python\n{source.rstrip()}\n```\n\n"
        f"With `{said}`:\n\n{table}"
    )


def test_the_document_shows_the_gallery():
    """``UPDATE_GOLDEN=1 pytest tests/blueprint/test_gallery.py`` writes it anew behind its introduction."""
    text = DOCUMENT.read_text(encoding="utf-8")
    introduction = text.partition("\n## ")[0].rstrip()
    wanted = "\n\n".join([introduction, *(shown(name).rstrip() for name in NAMES)]) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        DOCUMENT.write_text(wanted, encoding="utf-8")
        text = wanted
    assert text == wanted


def test_the_introduction_declares_a_model_that_exists():
    """Its example is code too."""
    introduction = DOCUMENT.read_text(encoding="utf-8").partition("\n## ")[0]
    (example,) = re.findall(r"```python\n(.*?)```", introduction, flags=re.DOTALL)
    names = {}
    exec(compile(example, str(DOCUMENT), "exec"), names)
    blueprint = names["blueprint"]
    for framework, count in re.findall(r"# (\w+): ([\d,]+)", example):
        assert f"{blueprint.count(Framework(framework.lower())):,}" == count
