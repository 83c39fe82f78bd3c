"""The summary on GitHub: the student's view, foreign words shown as they are, and never too long."""

from __future__ import annotations

import re
from dataclasses import replace

from autograder.errors import Finding
from autograder.report import CheckResult, Outcome, Report, Task, Visibility
from autograder.reporters import markdown, words

NASTY = "<script>alert(1)</script> ![x](http://e.org) **b** `c` ## h @all #1 $x$ :tada:\n- item\n| a | <!-- "


def failed(finding: Finding, **more) -> Report:
    check = CheckResult("1.1", "It holds", "keras", Outcome.FAILED, 0, 2, finding=finding, **more)
    return Report("mini", "Mini", tasks=(Task("1", "Endings", 2),), checks=(check,), complete=True)


def test_golden(report, golden):
    golden("summary.md", markdown.render(report))


def test_students_see_what_is_visible_alone(report):
    page = markdown.render(report)
    assert "HIDDEN" not in page
    shown = words.student_view(report)
    assert f"{words.points(shown.score)} of {words.points(shown.max_score)} points" in page
    assert not any(note in page for note in report.staff_notes)
    assert "not shown here, and not counted" in page.replace("\\", "")


def test_a_page_says_what_every_channel_says(report):
    page = markdown.render(report).replace("\\", "")
    shown = words.student_view(report)
    assert words.summary(shown) in page
    assert words.evidence_share(report) in page  # as on Gradescope: a share gives no outcome away
    for check in shown.checks:
        assert f"| {check.number} | {check.name}" in page


def test_foreign_words_show_as_they_are():
    page = markdown.render(failed(Finding(NASTY, NASTY, NASTY, NASTY), note=NASTY))
    bare = re.sub(r"\\.", "", page)  # without what is escaped
    for mark in ("<", "](", "**b", "`", "@", "$", ":tada", "![", "- item"):
        assert mark not in bare.replace("**Expected:**", "").replace("**Found:**", "").replace("**Try:**", "")
    (row,) = (line for line in page.split("\n") if "It holds" in line and line.startswith("|"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 6  # five cells, whatever is in them
    assert len([line for line in page.split("\n") if line.startswith("#")]) == 4


def test_a_traceback_stays_within_its_fence():
    page = markdown.render(failed(Finding("No.", details="a\n```\n# not a heading\n````\nb")))
    fence = re.findall(r"^`{5,}", page, re.MULTILINE)
    assert fence == ["`````", "`````"]
    assert "```\n# not a heading\n````" in page


def test_control_characters_are_gone():
    page = markdown.render(failed(Finding("red \x1b[31m\x00\u202e\ud800 end", details="\x1b[31mred\x00")))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e\ud800]", page)
    page.encode("utf-8")


def test_never_longer_than_github_shows():
    long = failed(Finding("x" * 5000, "y" * 5000, details="z\n" * 50_000))
    many = replace(long, checks=tuple(replace(long.checks[0], number=f"1.{n}") for n in range(300)))
    page = markdown.render(many)
    assert len(page.encode()) < 2**20
    assert page.endswith("The rest is left out: this page may not be longer.\n")
    assert page.count("`````") == 0
    assert len(re.findall("^```", page, re.MULTILINE)) % 2 == 0  # what is left out begins at a heading


def test_nothing_hidden_is_counted_or_named():
    report = failed(Finding("secret words"), visibility=Visibility.HIDDEN)
    page = markdown.render(report)
    assert "secret" not in page
    assert "0 of 0 points" in page


def test_an_empty_report():
    assert markdown.render(Report("mini")).startswith("# mini: 0 of 0 points\n")
