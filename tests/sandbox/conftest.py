"""Confined children: a process that confines itself as a worker does, tries things, and says what came of them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox.leftovers import remove_tree
from autograder.sandbox.policy import Policy
from autograder.sandbox.users import SpareUser, borrow_user

# The child. `before` runs unconfined, so that a test can take something away; each attempt is tried by itself.
CHILD = """
import json, os, sys, traceback
order = json.loads(sys.stdin.read())
from autograder.sandbox import linux
from autograder.sandbox.confine import confine
from autograder.sandbox.policy import Policy
from autograder.sandbox.probe import probe
grader, scratch, secret = order["grader"], order["policy"]["scratch"], order["secret"]
exec(order["before"])
policy = Policy.from_json(order["policy"])
reasons = confine(policy)
layers = probe(policy, [secret], grader, reasons)
found = {}
for name, code in order["attempts"].items():
    names = {"grader": grader, "scratch": scratch, "secret": secret, "values": order["values"]}
    try:
        exec(code, names)
        found[name] = names.get("answer", "done")
    except BaseException as error:
        found[name] = f"{type(error).__name__} {getattr(error, 'errno', '')}".strip()
print(json.dumps({"reasons": reasons, "layers": {l.name: [l.on, l.why] for l in layers}, "found": found}))
"""


class Stage:
    """Folders and a user for a confined child."""

    def __init__(self, base: Path, user: SpareUser) -> None:
        self.base = base
        self.user = user
        self.secret = base / "closed" / "probe"
        self.code = base / "code"

    def policy(self, *, other_user: bool = True, gpu: bool = False, **bounds: int) -> Policy:
        uid = self.user.uid if other_user else None
        scratch = Path(tempfile.mkdtemp(dir=self.base))
        if uid is not None:
            os.chown(scratch, uid, uid)
        return Policy(str(scratch), (str(self.code),), uid=uid, gpu=gpu, **bounds)

    def child(
        self,
        policy: Policy,
        attempts: Mapping[str, str] | None = None,
        before: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """What a confined child of this process found: reasons, layers, and the outcome of each attempt."""
        order = {
            "policy": policy.to_json(),
            "secret": str(self.secret),
            "grader": os.getpid(),
            "before": before,
            "attempts": dict(attempts or {}),
            "values": dict(values or {}),
        }
        ran = subprocess.run(
            [sys.executable, "-I", "-c", CHILD],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            cwd="/",
            check=False,  # its complaint says more than the exit status
        )
        assert ran.returncode == 0, ran.stderr
        found: dict[str, Any] = json.loads(ran.stdout)
        return found


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if platform.system() != "Linux":
        pytest.skip("confinement is Linux's")
    base = Path(tempfile.mkdtemp(prefix="autograder-test-"))
    base.chmod(0o711)
    (base / "code").mkdir()
    (base / "code" / "module.py").write_text("x = 1\n")
    (base / "closed").mkdir(mode=0o700)
    (base / "closed" / "probe").write_text("hidden")
    (base / "closed" / "probe").chmod(0o600)
    user = borrow_user()
    yield Stage(base, user)
    user.release()
    remove_tree(base)
