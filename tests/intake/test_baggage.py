"""Data that comes along with a submission is told to the staff."""

from __future__ import annotations

import pytest

from autograder.intake.baggage import baggage


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("work.py", "x = 1\n" * 5000, None),
        ("notes.md", "words " * 1000, None),
        ("work.py", f"x = '{'a' * 30_000}'\ny = 2\n", "work.py has a line of 30,006 characters"),
        ("work.py", "x = 1\n" * 50_000, "work.py has 300,000 bytes"),
        ("weights.pt", "w" * 150_000, "weights.pt has 150,000 bytes"),
    ],
)
def test_what_is_told(tmp_path, file, content, said):
    (tmp_path / file).write_text(content)
    assert baggage(tmp_path, [file]) == ([said] if said else [])


def test_a_few_are_enough(tmp_path):
    files = [f"{number}.bin" for number in range(9)]
    for file in files:
        (tmp_path / file).write_bytes(bytes(200_000))
    assert len(baggage(tmp_path, files)) == 5
