"""The page: self-contained, harmless whatever the student wrote, and showing students only what they may see."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder.errors import Finding
from autograder.report import (
    CheckResult,
    Curve,
    DeviceUse,
    Gap,
    HandIn,
    Outcome,
    Parity,
    Report,
    Row,
    SandboxLayer,
    Table,
    Task,
    TwinLayer,
    Visibility,
)
from autograder.reporters import html, text

VOID = {"meta", "br", "hr", "img", "input", "link", "circle", "line", "polyline"}
NASTY = """<script>alert(1)</script>'"><img src=x onerror=alert(1)>{{ 7*7 }}</style></pre>\x1b[31m\x00\u202e\ud800"""


class Page(HTMLParser):
    """Collects the elements and the text, and refuses what isn't nested well."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> without a start"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def assert_self_contained(page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video", "image"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
        assert "url(" not in (attributes.get("style") or "")


@pytest.mark.parametrize("staff", [False, True])
def test_sample(report, golden, staff):
    source = html.render(report, staff=staff)
    assert_self_contained(Page(source))
    golden("report-staff.html" if staff else "report.html", source)


def test_the_style_loads_nothing(report):
    style = html.render(report).split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def hostile_report() -> Report:
    finding = Finding(*[NASTY] * 6)
    checks = tuple(
        CheckResult(NASTY, NASTY, NASTY, outcome, 0, 1, finding=finding, note=NASTY, tags=(NASTY,))
        for outcome in Outcome
    )
    layer = TwinLayer(NASTY, None, 2, 3, 4, NASTY, NASTY)
    parity = Parity(NASTY, NASTY, (Gap(NASTY, NASTY, math.nan, why=NASTY),) * 3, (layer,), (NASTY,))
    return Report(
        NASTY, NASTY, NASTY, (Task(NASTY, NASTY, 1),), checks, (Curve(NASTY, (1.0, math.nan, math.inf, -1e300)),),
        (Table(NASTY, (NASTY,), (Row((NASTY,), NASTY), Row((NASTY, NASTY), "bad"))),), parity, (), NASTY,
        (DeviceUse(NASTY, NASTY, NASTY, NASTY),),
        (SandboxLayer(NASTY, on=True, why=NASTY),), {NASTY: NASTY}, {NASTY: NASTY, "torch": "x" * 3_000_000}, (NASTY,),
        HandIn(math.nan, group=(NASTY,), remarks=(NASTY,)), NASTY, math.nan,
    )  # fmt: skip


@pytest.mark.parametrize("staff", [False, True])
def test_hostile_strings_stay_text(staff):
    source = html.render(hostile_report(), staff=staff)
    page = Page(source)
    assert_self_contained(page)
    assert page.text.count("<script>alert(1)</script>") > 20
    assert "{{ 7*7 }}" in page.text
    source.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", source)
    assert len(source) < 200_000


def test_that_the_hostile_test_can_fail(monkeypatch):
    real = html._environment

    def careless():
        environment = real()
        environment.autoescape = False
        return environment

    monkeypatch.setattr(html, "_environment", careless)
    with pytest.raises(AssertionError):
        assert_self_contained(Page(html.render(hostile_report())))


def test_students_see_neither_hidden_checks_nor_staff_notes(report):
    source = html.render(report)
    assert "HIDDEN" not in source
    assert "STAFF" not in source
    assert "Accuracy on hidden data" not in source
    assert "3 further checks are not shown here" in Page(source).text
    staff = html.render(report, staff=True)
    assert "HIDDEN" in staff
    assert "STAFF" in staff
    assert "Hidden from students" in staff


def test_the_student_total_gives_nothing_away():
    seen = CheckResult("1.1", "Seen", outcome=Outcome.PASSED, score=2, max_score=2)
    pages = {
        html.render(
            Report("a", checks=(seen, CheckResult("1.2", "n", "", Outcome.FAILED, s, 9, visibility=Visibility.HIDDEN)))
        )
        for s in (0, 4)
    }
    assert len(pages) == 1


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_said_in_words(outcome):
    check = CheckResult("1.1", "n", "keras", outcome, 0, 2)
    page = Page(html.render(Report("a", checks=(check,), complete=True)))
    words = {
        Outcome.PENDING: "not graded yet",
        Outcome.PASSED: "Keras : passed",
        Outcome.FAILED: "Keras: failed",
        Outcome.SKIPPED: "Skipped, not judged wrong",
        Outcome.UNGRADED: "Not graded here",
        Outcome.ERROR: "The grader itself failed",
    }
    assert words[outcome] in page.text


def test_the_twins_stand_side_by_side(report):
    page = Page(html.render(report)).text
    assert "The twins side by side Your Keras model averages over time" in page
    assert "✗ wrong Keras and the grader's own model 0.83" in page
    assert "✓ right PyTorch and the grader's own model 9.5e-07 Without conv3.bias" in page
    assert "Keras and PyTorch not compared The PyTorch model stopped" in page
    assert "✓ right lstm 24,832 25,088 Keras has one bias vector of 256" in page
    assert "✗ wrong conv3 392 384 of 392 Your PyTorch layer has 8 fewer" in page
    assert "✗ wrong total 28,424 28,672 of 28,680" in page
    assert "side by side" not in Page(html.render(replace(report, parity=None))).text


def test_both_frameworks_share_one_line(report):
    assert Page(html.render(report)).text.count("The model has exactly the handout's parameters") == 1


@pytest.mark.parametrize("curves", [(), (Curve("keras", ()),), (Curve("torch", (math.nan,)),), (Curve("", (1.0,)),)])
def test_sparse_reports_are_pages_too(curves):
    assert_self_contained(Page(html.render(Report("a", curves=curves))))


def test_one_text_is_cut_with_a_marker(report):
    page = Page(html.render(replace(report, student_output={"keras": "x" * 1_000_000})))
    assert "characters left out" in page.text


# Colours: WCAG 2's contrast of at least 4.5 for text, in light and in dark.


def colours(style: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", style))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast(dark):
    style = (Path(html.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    light_style, dark_style = style.split("@media (prefers-color-scheme: dark)")
    found = colours(light_style) | (colours(dark_style.split("* {")[0]) if dark else {})
    tones = ["passed", "failed", "skipped", "error"]
    pairs = [(ink, ground) for ink in ("ink", "soft") for ground in ("card", "sunk", "ground")]
    pairs += [(tone, f"{tone}-wash") for tone in tones] + [("ink", f"{tone}-wash") for tone in tones]
    pairs += [("soft", f"{tone}-wash") for tone in tones] + [
        ("ungraded", "sunk"),
        ("passed", "card"),
        ("failed", "card"),
    ]
    poor = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


def test_texts_are_cleaned_where_they_are_printed(report, monkeypatch):
    """The template's ``finalize`` is the only place: without it control characters come through."""
    assert text.tidy("\x1b[31mred", 100) == "red"
    monkeypatch.setattr(html, "tidy", lambda value, _: value)
    assert "\x1b" in html.render(replace(report, title="\x1b[31mred"))


def test_a_check_of_both_frameworks_says_whose_it_is():
    """Its chip and its box say more than "failed"."""
    check = CheckResult("2.4", "Twins", "", Outcome.FAILED, 0, 3, finding=Finding("They differ."))
    page = html.render(Report("mini", tasks=(Task("2", "Model", 3),), checks=(check,), complete=True))
    assert '<div class="who">Both frameworks: failed</div>' in page
    assert '<span>both frameworks<span class="unseen">: failed</span></span>' in page
