"""``autograder devices``: what this machine offers, and what device checks would run on."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final

import typer

from autograder.blueprint import Framework
from autograder.checking.needs import CPU, offered_by
from autograder.cli.console import Terminal
from autograder.errors import InternalError
from autograder.grading.session import Grader
from autograder.reporters.text import line, to_ascii
from autograder.sandbox import accelerators
from autograder.student.values import DeviceInUse

SCHEMA: Final = "autograder-devices/1"


@dataclass(frozen=True)
class Offer:
    """What a worker of one framework has.

    Attributes:
        device: What its device checks would run on; None where it can't be made ready.
        why: Why it can't.
    """

    framework: Framework
    device: DeviceInUse | None
    why: str = ""

    @property
    def tags(self) -> frozenset[str]:
        return frozenset({CPU}) if self.device is None else offered_by(self.device)

    def to_json(self, versions: dict[str, str]) -> dict[str, Any]:
        device = None if self.device is None else {k: asdict(self.device)[k] for k in ("kind", "label", "why")}
        return {"tags": in_order(self.tags), "device": device, "why": self.why, "versions": versions}


def devices(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for scripts.")] = False,
) -> None:
    """Say which devices this machine offers to checks, and what device checks would run on.

    Each framework is asked in a confined worker, as in a grading. A check that needs what is not there is not graded
    here, and costs nothing.
    """
    with Grader() as grader:
        offers = [_ask(grader, framework) for framework in Framework]
        versions = {framework: dict(grader.versions_of(framework)) for framework in Framework}
    if as_json:
        typer.echo(json.dumps(_told(offers, versions), indent=1))
        return
    console = Terminal()
    for text in _lines(offers, versions):
        console.print(
            to_ascii(text) if console.options.ascii_only else text, markup=False, highlight=False, soft_wrap=True
        )


def in_order(tags: frozenset[str]) -> list[str]:
    """The CPU first, which is everywhere."""
    return sorted(tags, key=lambda tag: (tag != CPU, tag))


def _ask(grader: Grader, framework: Framework) -> Offer:
    try:
        return Offer(framework, grader.offer(framework))
    except InternalError as error:
        return Offer(framework, None, line(str(error)))


def _tags(offers: Sequence[Offer]) -> list[str]:
    return in_order(frozenset().union(*(offer.tags for offer in offers)))


def _told(offers: Sequence[Offer], versions: dict[Framework, dict[str, str]]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "system": platform.system(),
        "machine": platform.machine(),
        "tags": _tags(offers),
        "frameworks": {offer.framework.value: offer.to_json(versions[offer.framework]) for offer in offers},
    }


def _lines(offers: Sequence[Offer], versions: dict[Framework, dict[str, str]]) -> list[str]:
    lines = [f"This machine offers: {', '.join(_tags(offers))}"]
    if not accelerators.may_have_gpu():
        lines.append("It has no GPU that PyTorch or TensorFlow could use.")
    lines.append("Device checks would run on:")
    for offer in offers:
        found = f"nothing ({offer.why})" if offer.device is None else line(offer.device.label)
        lines.append(f"  {offer.framework.label:8} {found}")
        if offer.device is not None and offer.device.why:
            lines.append(f"  {'':8} {line(offer.device.why)}")
        lines.append(f"  {'':8} {', '.join(f'{name} {number}' for name, number in versions[offer.framework].items())}")
    return lines
