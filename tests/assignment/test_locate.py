"""Lines of TOML keys, also where the text is tricky."""

import tomllib
from pathlib import Path

import pytest

from autograder.assignment.locate import line_of, locate

TRICKY = '''
# a comment with [brackets] = "and quotes'
top = "a # b ] } = c"          # line 3
"quoted key" . 'with.dots'."\\u00e9" = 1
dotted.a.b = { c = 1, d.e = [ { f = 2 }, { f = "}," } ] }

[table]  # line 7
text = """
fake = 1
[fake]
\\"""still""\\"
""""   # line 12, ends with a quote of its own
raw = \'\'\'
it\'s [not] = a key\'\'\'
path = 'C:\\back\\slash'   # line 15
when = 1979-05-27T07:32:00Z
array = [
  1, # one ]
  [ "two", """
three""" ],   # line 20
  4,
]

[[entry]]   # line 24
n = 1
[entry.sub]
m = 1
[[entry.deep]]
x = 1
[[entry.deep]]   # line 30
x = 2
[[ entry ]]
n = 2
[[entry.deep]]
x = 3
[dotted.late]   # line 36
empty = {}
none = []
'''


def paths(value, above=()):
    """The paths of everything within a parsed document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {above}.union(*(paths(inner, (*above, key)) for key, inner in items))


@pytest.mark.parametrize("text", [TRICKY, TRICKY.replace("\n", "\r\n"), "", "a=1", "[a]", "a=[]"])
def test_everything_is_found(text):
    assert set(locate(text)) == paths(tomllib.loads(text))


def test_the_project_s_own_files_are_found():
    root = Path(__file__).parents[2]
    for file in [root / "pyproject.toml", *root.glob("assignments/*/assignment.toml")]:
        text = file.read_text()
        lines = locate(text)
        assert set(lines) == paths(tomllib.loads(text))
        for path, line in lines.items():
            key = next((part for part in reversed(path) if isinstance(part, str)), "")
            assert isinstance(path[-1] if path else 0, int) or key in text.splitlines()[line - 1]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 3),
        (("quoted key", "with.dots", "é"), 4),
        (("dotted", "a", "b", "d", "e", 1, "f"), 5),
        (("table",), 7),
        (("table", "text"), 8),
        (("table", "raw"), 13),
        (("table", "path"), 15),
        (("table", "array"), 17),
        (("table", "array", 0), 18),
        (("table", "array", 1, 1), 19),
        (("table", "array", 2), 21),
        (("entry",), 24),
        (("entry", 0, "n"), 25),
        (("entry", 0, "sub", "m"), 27),
        (("entry", 0, "deep", 1), 30),
        (("entry", 1), 32),
        (("entry", 1, "n"), 33),
        (("entry", 1, "deep", 0, "x"), 35),
        (("dotted", "late", "none"), 38),
    ],
)
def test_lines(path, line):
    assert locate(TRICKY)[path] == line


def test_what_is_missing_is_where_its_table_is():
    lines = locate("a = 1\n[b]\nc = 2\n")
    assert line_of(lines, ("b", "lacking", 3)) == 2
    assert line_of(lines, ("lacking",)) == 1
