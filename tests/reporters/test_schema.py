"""docs/report.md documents the report field by field; here it is held to the code and to a real file."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from autograder import report as vocabulary
from autograder.errors import Finding, InternalError
from autograder.report import SCHEMA, Outcome, Report

DOCUMENT = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")


def documented(heading: str) -> set[str]:
    """First column of the table right under a heading."""
    section = re.split(r"^#+ ", DOCUMENT.split(f"\n## {heading}\n")[1], flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("tasks", vocabulary.Task),
        ("checks", vocabulary.CheckResult),
        ("finding", Finding),
        ("curves", vocabulary.Curve),
        ("tables", vocabulary.Table),
        ("parity", vocabulary.Parity),
        ("gaps", vocabulary.Gap),
        ("layers", vocabulary.TwinLayer),
        ("basis", vocabulary.Basis),
        ("leaderboard", vocabulary.LeaderboardEntry),
        ("hand_in", vocabulary.HandIn),
        ("devices", vocabulary.DeviceUse),
        ("sandbox", vocabulary.SandboxLayer),
    ],
)
def test_every_field_is_documented(heading, kind):
    assert documented(heading) == {field.name for field in dataclasses.fields(kind)}


def test_the_report_itself_is_documented(report):
    raw = json.loads(report.to_json())
    assert documented("The report") == raw.keys()
    assert documented("totals") == raw["totals"].keys()
    assert f"`{SCHEMA}`" in DOCUMENT


def test_every_outcome_is_documented():
    table = DOCUMENT.split("### Outcomes")[1].split("## finding")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == {outcome.value for outcome in Outcome}


def test_the_golden_report_can_still_be_read(report):
    text = (Path(__file__).parent / "golden" / "report.json").read_text(encoding="utf-8")
    assert Report.from_json(text) == report


def test_a_report_from_before_parity_and_one_from_later_can_be_read(report):
    raw = json.loads(report.to_json())
    del raw["parity"]
    assert Report.from_json(json.dumps({**raw, "moons": 2})) == dataclasses.replace(report, parity=None)


def test_a_report_from_before_devices_and_checks_from_later_can_be_read(report):
    raw = json.loads(report.to_json())
    del raw["devices"]
    raw["checks"] = [{"moons": 2, **{key: value for key, value in c.items() if key != "needs"}} for c in raw["checks"]]
    checks = tuple(dataclasses.replace(check, needs=()) for check in report.checks)
    assert Report.from_json(json.dumps(raw)) == dataclasses.replace(report, devices=(), checks=checks)


@pytest.mark.parametrize(
    "change",
    [
        {"checks": [5]},
        {"title": ["a"]},
        {"seconds": "long"},
        {"sandbox": [{"name": "x"}]},
        {"curves": [{"case": "", "losses": "abc", "reference": False}]},
        {"curves": 5},
        {"complete": 3},
        {"schema": "other"},
        {"hand_in": {"counted": 1e999}},
    ],
)
def test_a_report_of_other_types_is_none(report, change):
    raw = {**json.loads(report.to_json()), **change}
    with pytest.raises(InternalError, match="not a report"):
        Report.from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "5", "{", "[" * 100_000, '{"schema": NaN}'])
def test_what_is_no_report_at_all(text):
    with pytest.raises(InternalError, match="not a report"):
        Report.from_json(text)
