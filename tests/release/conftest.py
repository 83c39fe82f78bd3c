"""A course that can be released: stubs and handout fit, and there is something to keep secret."""

from __future__ import annotations

import shutil

import pytest

SEED = 918_273
MUTANT = """\
def predict(model, token_ids):
    outputs = [model(part, training=True) for part in np.array_split(token_ids, 7)]
    return np.concatenate([keras.ops.convert_to_numpy(output) for output in outputs])
"""


@pytest.fixture
def course(tmp_path, make_text_course):
    """text-cnn with data in files, one known mistake, and a seed of hidden data."""
    return releasable(make_text_course(tmp_path, "text-cnn"))


def releasable(course):
    mutant = course.solution / "mutants" / "dropout-stays-on"
    mutant.mkdir(parents=True)
    (mutant / "keras.py").write_text(MUTANT)
    (course.solution / "hidden.toml").write_text(f"seed = {SEED}\n")
    return course.derive()


@pytest.fixture(scope="session")
def twins(tmp_path_factory, make_text_course):
    """The same course in two places, with other times, modes and leftovers."""
    one = releasable(make_text_course(tmp_path_factory.mktemp("one"), "text-cnn"))
    other = tmp_path_factory.mktemp("other") / "a longer way" / "course"
    shutil.copytree(one.top, other, copy_function=shutil.copyfile)
    for file in other.rglob("*.*"):
        file.chmod(0o600 if file.is_file() else 0o755)
    (other / "assignments" / "text-cnn" / "__pycache__").mkdir()
    (other / "assignments" / "text-cnn" / "__pycache__" / "blueprint.cpython-311.pyc").write_bytes(b"x")
    return one, type(one)(other, one.name)
