"""From a master source to what students get."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import AssignmentError
from autograder.release import strip_solution

MASTER = '''\
"""A module."""

import keras

### BEGIN SOLUTION
from secrets import token_hex


### END SOLUTION


def build_model(width):
    """Build it.

    Task 2.1, about 2 lines.
    """
    ### BEGIN SOLUTION
    ### STUB: # write your model here
    ### STUB: if width:
    ### STUB:     raise NotImplementedError("Task 2.1: build_model")
    secret = width * 2
    return keras.Model(secret)
    ### END SOLUTION


class Net:
    def forward(self):
        ### BEGIN SOLUTION
        ### STUB: raise NotImplementedError("Task 2.2: forward")

        return 42
        ### END SOLUTION
'''
STUB = '''\
"""A module."""

import keras


def build_model(width):
    """Build it.

    Task 2.1, about 2 lines.
    """
    # write your model here
    if width:
        raise NotImplementedError("Task 2.1: build_model")


class Net:
    def forward(self):
        raise NotImplementedError("Task 2.2: forward")
'''


def test_the_stub_has_the_stub_lines_in_the_solutions_place():
    assert strip_solution(MASTER) == STUB


def test_a_stub_is_stripped_once():
    with pytest.raises(AssignmentError, match="the stub would be the solution"):
        strip_solution(STUB)


def test_blank_lines_around_a_block_that_leaves_nothing_do_not_add_up():
    source = "a = 1\n\n\n### BEGIN SOLUTION\nb = 2\n### END SOLUTION\n\n\nc = 3\n"
    assert strip_solution(source) == "a = 1\n\n\nc = 3\n"
    assert strip_solution(source.replace("\n\n\n", "\n")) == "a = 1\nc = 3\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("### BEGIN SOLUTION\nx = 1\n", "m.py:1: '### BEGIN SOLUTION' is never closed"),
        ("x = 1\n### END SOLUTION\n", "m.py:2: '### END SOLUTION' without '### BEGIN SOLUTION' before it"),
        ("x = 1\n### STUB: y = 1\n", "m.py:2: '### STUB: y = 1' without"),
        (
            "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION\n",
            "m.py:2: '### BEGIN SOLUTION' within the solution that begins in line 1",
        ),
        (
            "if 1:\n    ### BEGIN SOLUTION\n    x = 1\n### END SOLUTION\n",
            "m.py:4: '### END SOLUTION' is indented unlike its '### BEGIN SOLUTION' in line 2",
        ),
        (
            "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n\nx = 2\n",
            "m.py:6: what students get doesn't compile (give the solution a line `### STUB: raise",
        ),
        (
            'def f():\n    "Doc."\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n',
            "m.py:1: students get this function without a body; give the solution a line",
        ),
        (
            "### BEGIN SOLUTION\n### STUB: raise NotImplementedError(\n### END SOLUTION\n",
            "m.py:2: what students get doesn't compile",
        ),
        (
            "x = (\n### BEGIN SOLUTION\n### END SOLUTION\n",
            "m.py:1: the master source doesn't compile: '(' was never closed",
        ),
        ("x = 1\0\n", "m.py:1: the master source doesn't compile: source code string cannot contain null bytes"),
        ("x = 1\n", "m.py: has no '### BEGIN SOLUTION'"),
    ],
)
def test_wrong_markers_are_refused_with_their_line(source, words):
    with pytest.raises(AssignmentError) as caught:
        strip_solution(source, "m.py")
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    "marker",
    [
        "# BEGIN SOLUTION",
        "## BEGIN SOLUTION",
        "###BEGIN SOLUTION",
        "#### BEGIN SOLUTION",
        "### begin solution",
        "### BEGIN SOLUTIONS",
        "### BEGIN_SOLUTION",
        "### BEGIN SOULTION",
        "### BGEIN SOLUTION",
        "### SOLUTION BEGIN",
        "### START SOLUTION",
        "y = 2  ### BEGIN SOLUTION",
        "### BEGIN SOLUTION of task 2",
        "### STUB:",
        "### STUB raise",
        "# STUB: raise",
        "### stub: raise",
        "### STUB: ### BEGIN SOLUTION",
    ],
)
def test_what_was_meant_as_a_marker_is_refused(marker):
    with pytest.raises(AssignmentError, match=r"m\.py:2: .* looks like a marker"):
        strip_solution(f"x = 1\n{marker}\n### BEGIN SOLUTION\n### END SOLUTION\n", "m.py")


@pytest.mark.parametrize("comment", ["# the solution begins here", "# a stub", "### Heading", "# BEGIN", "x = '# end'"])
def test_ordinary_comments_are_not_markers(comment):
    assert strip_solution(f"{comment}\n### BEGIN SOLUTION\ny = 1\n### END SOLUTION\n") == f"{comment}\n"


def test_a_function_that_is_a_docstring_in_the_master_too_may_stay_one():
    source = 'def f():\n    "Doc."\n\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n'
    assert strip_solution(source) == 'def f():\n    "Doc."\n'


blocks = st.lists(st.tuples(st.sampled_from(["", "    "]), st.booleans(), st.integers(1, 3)), min_size=1, max_size=5)


@given(blocks)
def test_no_solution_survives(shape):
    source = "if True:\n    shared = 0\n"
    for number, (indent, has_stub, lines) in enumerate(shape):
        source += f"if {number}:\n    kept_{number} = 1\n"
        source += f"{indent}### BEGIN SOLUTION\n"
        source += f"{indent}### STUB: stub_{number} = 1\n" if has_stub else ""
        source += "".join(f"{indent}secret_{line} = {line}\n" for line in range(lines))
        source += f"{indent}### END SOLUTION\n"
    names = {node.id for node in ast.walk(ast.parse(strip_solution(source))) if isinstance(node, ast.Name)}
    wanted = {f"stub_{number}" for number, (_, has_stub, _) in enumerate(shape) if has_stub}
    assert names == {"shared"} | {f"kept_{number}" for number in range(len(shape))} | wanted
