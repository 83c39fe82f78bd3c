"""A function without `return` is named where its None is the trouble, and only there."""

from __future__ import annotations

import pytest

from autograder.worker.returns import gave_none, used_without_return

SPLIT = "def split_words(text):\n    words = text.split()\n"


def file_of(tmp_path, text, name="work.py"):
    file = tmp_path / name
    file.write_text(text)
    return str(file)


def blamed(tmp_path, text, call):
    file, names = file_of(tmp_path, text), {}
    exec(compile(text, file, "exec"), names)
    with pytest.raises((TypeError, AttributeError), match="None") as caught:
        eval(call, names)
    return gave_none(caught.value.__traceback__, str(tmp_path))


USES = {
    "for": "def f(t):\n    for w in split_words(t):\n        pass\n",
    "attribute": "def f(t):\n    return split_words(t).x\n",
    "an earlier line": "def f(t):\n    words = split_words(t)\n    return len(words)\n",
    "comprehension": "def f(t):\n    return [w for x in [t] for w in split_words(x)]\n",
    "expanded": "def f(t):\n    return print(*split_words(t))\n",
}


@pytest.mark.parametrize("use", USES)
def test_the_function_that_gave_none_is_named(tmp_path, use):
    assert blamed(tmp_path, f"{SPLIT}\n{USES[use]}", "f('a b')") == "split_words"


RETURNS = {
    "returns": "def split_words(text):\n    if text == 'x':\n        return []\n",
    "yields": "def split_words(text):\n    yield text\n    None.x\n",
    "is decorated": "def d(f):\n    return lambda t: None\n\n@d\ndef split_words(text):\n    pass\n",
    "is called for what it does": f"{SPLIT}\n\ndef g(t):\n    split_words(t)\n    return None\n",
}


@pytest.mark.parametrize("kind", RETURNS)
def test_no_other_function_is_blamed(tmp_path, kind):
    call = "g" if "called" in kind else "split_words"
    assert blamed(tmp_path, f"{RETURNS[kind]}\n\ndef f(t):\n    return list({call}(t))\n", "f('a')") == ""


def test_a_forward_pass_without_return_is_named_by_its_class(tmp_path):
    text = (
        "class Block:\n    def forward(self, x):\n        x = x + 1\n\ndef f(t):\n    return Block().forward(t) + 1\n"
    )
    assert blamed(tmp_path, text, "f(1)") == "Block.forward"


def test_functions_whose_value_is_used_are_listed(tmp_path):
    uses = "def f(t, c):\n    show(t)\n    c.update(split_words(t))\n    return c\n"
    text = f"{SPLIT}\ndef show(t):\n    print(t)\n\n{uses}"
    assert used_without_return(file_of(tmp_path, text)) == ["split_words"]
    assert used_without_return(file_of(tmp_path, "def f(:\n", "other.py")) == []
    assert used_without_return(str(tmp_path / "none.py")) == []
