"""A small assignment that is right, for tests that break it."""

import pytest

TOML = """\
name = "tiny"
title = "A tiny assignment"
points = 30
blueprint = "blueprint.py:tiny"
tasks = [
    { number = 1, title = "First", points = 10 },
    { number = 2, title = "Second", points = 15 },
    { number = 3, title = "Third", points = 5, graded = false },
]

[modules]
keras = "keras_tiny"
torch = "torch_tiny"

[text]
max_tokens = 100
length = 8

[sizes]
embed_dim = 4
kernel_sizes = [2, 3]
dropout = 0.5

[training]
epochs = 2
batch_size = 8
learning_rate = 0.01

[data]
source = "builtin"
train = 100
test = 20

[limits]
fit_seconds = 100

[weights]
"2.1" = 5

[visibility]
"2.2" = "after_due_date"

[thresholds.builtin]
calibrated = "by hand"
keras = { accuracy = { none = 0.5, full = 0.75 }, cpu_ratio = { none = 6, full = 3 } }
torch = { accuracy = { none = 0.5, full = 0.75 }, cpu_ratio = { none = 6, full = 3 } }
"""
BLUEPRINT = (
    "def tiny(*, vocab_size, embed_dim, kernel_sizes, num_classes, dropout, bias=True):\n    return vocab_size\n"
)


@pytest.fixture
def tiny(tmp_path):
    """A folder with a declaration and a blueprint."""
    folder = tmp_path / "assignments" / "tiny"
    folder.mkdir(parents=True)
    (folder / "assignment.toml").write_text(TOML)
    (folder / "blueprint.py").write_text(BLUEPRINT)
    return folder


@pytest.fixture
def edit(tiny):
    """Replace text in the declaration; the text has to be there."""

    def replace(old: str, new: str) -> None:
        file = tiny / "assignment.toml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    return replace
