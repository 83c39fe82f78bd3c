"""A few attacks of each kind, with all layers and without those that stop them. `make attacks` runs all of them."""

from __future__ import annotations

import os
import platform
from collections import Counter

import pytest

from attacks.declared import REACHED_BY, STRIKES, attack
from attacks.judge import Judge
from attacks.layers import known
from attacks.scene import Scene
from attacks.suite import all_attacks, by_layers

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="the judge looks into /proc")
HELD = (
    "read-hidden-labels", "read-the-graders-memory", "kill-the-grader", "write-the-results", "connect-by-tcp",
    "take-all-memory", "fork-for-ever", "leave-a-daemon", "exit-at-once", "forge-an-answer", "send-noise",
    "predict-by-another-model", "smuggle-weights-in", "report-false-losses", "patch-the-adapter-in-time",
    "raise-codes", "zip-that-climbs-out", "write-deleted-files",
)  # fmt: skip
# They get through without their layers, so that each alarm is seen to ring once.
THROUGH = ("read-its-own-environment", "leave-memory-for-the-next", "smuggle-weights-in", "raise-codes",
           "zip-that-climbs-out", "write-many-files")  # fmt: skip
ATTACKS = {found.name: found for found in all_attacks()}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    place = tmp_path_factory.mktemp("attacks")
    for folder in (place, *place.parents):
        if folder.stat().st_uid == os.getuid() and "pytest" in folder.name:
            folder.chmod(0o755)  # a worker of another user goes through here
    with Scene(place / "scene") as scene:
        yield scene


@pytest.fixture(scope="module")
def judge(scene):
    with Judge(scene) as judge:
        yield judge


def test_there_are_enough_and_of_every_phase():
    assert len(ATTACKS) == len(all_attacks())
    assert len(ATTACKS) >= 80
    assert set(Counter(found.when for found in ATTACKS.values())) == set(STRIKES) == set(REACHED_BY)


def test_layers_are_known():
    wanted = {layer for found in ATTACKS.values() for layer in found.layers}
    assert wanted <= set(known())


@pytest.mark.parametrize("name", HELD)
def test_an_attack_is_held(judge, name):
    result = judge.judge(ATTACKS[name])
    assert result.alarms == ()
    assert result.outcomes


def test_the_next_submission_gets_its_points(judge):
    result = judge.honest()
    assert (result.alarms, result.score) == ((), result.max_score)


def test_the_staff_are_told_and_nobody_else(judge, scene):
    result = judge.judge(ATTACKS["forge-a-score"])
    assert any("an answer that wasn't asked for" in note for note in result.staff)
    assert result.alarms == ()  # among them: the accusation is shown to the student


@pytest.mark.parametrize(("missing", "attacks"), by_layers([ATTACKS[name] for name in THROUGH]))
def test_an_attack_gets_through_without_what_stops_it(scene, missing, attacks):
    with Judge(scene, missing) as judge:
        for found in attacks:
            assert judge.judge(found).alarms, found.name


def test_an_attack_that_is_none_is_told(judge):
    @attack("import")
    def misspelt():
        """Nothing."""
        return nothing_of_that_name  # noqa: F821 - that is the mistake

    assert judge.judge(misspelt.__attack__).alarms == ("is no attack: NameError",)


def test_a_phase_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'later' is none of import"):
        attack("later")
