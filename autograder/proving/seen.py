"""Whether each check has been seen to pass and to fail: one that can't fail proves nothing."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.proving.verify import Verdict
from autograder.report import Outcome


def never_seen(verdicts: Sequence[Verdict]) -> list[str]:
    """What no case has shown of a check, as sentences.

    What the stub has skipped doesn't count, as nothing was judged; what failed there does. A check of both
    frameworks is one for each, and one for the pair of them where it compares the two.

    Args:
        verdicts: Of all cases of an assignment; of a few, most checks would be found wanting.
    """
    checks = dict.fromkeys((number, case) for v in verdicts for number, case, _ in v.outcomes)
    shown = {(number, case, outcome) for v in verdicts for number, case, outcome in v.outcomes}
    return [
        f"check {f'{number} {case}'.strip()} was never seen to {verb}: {why}"
        for number, case in checks
        for outcome, verb, why in _WANTED
        if (number, case, outcome) not in shown
    ]


_WANTED = (
    (Outcome.PASSED, "pass", "no correct submission was judged by it"),
    (Outcome.FAILED, "fail", "add a known mistake that it has to catch"),
)
