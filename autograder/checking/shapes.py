"""What a device that knows no values can judge: a run goes on until the code asks for one."""

from __future__ import annotations

import re
from typing import Final

from autograder.errors import SubmissionError
from autograder.student.values import DeviceInUse

# How torch 2.13 says that a tensor on its device "meta" has no values.
_NO_VALUES: Final = re.compile(
    r"[Cc]annot copy out of meta tensor|cannot be called on meta tensors|'Meta' backend|on meta tensors|no data!"
)


def judged_so_far(device: DeviceInUse, error: SubmissionError) -> str:
    """What to say of a run that ended so only because the device knows shapes alone; empty if it ended otherwise."""
    said = f"{error.finding.message} {error.finding.details}"
    if device.kind != "shapes" or not _NO_VALUES.search(said):
        return ""
    return f"Followed as far as shapes go, on {device.label}. {device.why}."
