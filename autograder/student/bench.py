"""Where the workers of one framework of a submission stand: their user, their folders, and the time that is left.

All calls go through here, so that time is accounted for in one place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from autograder.assignment import Limits
from autograder.errors import SubmissionError
from autograder.report import SandboxLayer
from autograder.sandbox.policy import Policy
from autograder.sandbox.probe import HIDDEN_DATA
from autograder.sandbox.users import borrow_user
from autograder.student import failures
from autograder.student.worker import Answer, Overran, Worker

EXPOSED: Final = (
    "On this machine a submission's code could read hidden data or the solution{why}, so nothing was graded. Grade as "
    "root on Linux, in the project's image, or as an ordinary user on Linux 5.13 or newer with Landlock; `autograder "
    "doctor` says what is missing here. If you trust the submission, --unprotected grades it all the same, and the "
    "report says so."
)


class Allowance:
    """Seconds that a submission's calls may take in all, in both frameworks; the grader's own work takes none."""

    def __init__(self, seconds: float) -> None:
        self._total = self.left = seconds

    def at_most(self, wanted: float) -> float:
        """The deadline of one call: as wanted, or what is left.

        Raises:
            SubmissionError: Nothing is left.
        """
        if self.left <= 0:
            raise SubmissionError(failures.time_is_up(self._total))
        return min(wanted, self.left)


class Bench:
    """The place of one framework's workers; they share a user that nobody else has.

    Attributes:
        limits: Deadlines and sizes.
        secrets: Paths that the workers must be unable to read; the first in a folder of its own.
        code: The student's files, where these workers may read them and no other user.
    """

    def __init__(
        self,
        root: Path,
        code: Path,
        limits: Limits,
        secrets: Sequence[Path],
        allowance: Allowance | None = None,
        *,
        guarded: bool = False,
    ) -> None:
        """Make the place.

        Args:
            root: A folder to make; workers may pass through it, and see nothing else.
            code: Folder of the student's files.
            limits: Deadlines and sizes.
            secrets: What a worker must be unable to read, besides the file that this makes to be tried.
            allowance: What the submission's benches share; by default one of its own.
            guarded: A worker that can read the secrets gets no line of the submission's.
        """
        self.limits = limits
        self.allowance = allowance or Allowance(limits.total_seconds)
        self._guarded = guarded
        self._overran: dict[str, Overran] = {}
        self._root = root
        self._user = borrow_user()
        root.mkdir()
        root.chmod(0o711)
        self.secrets = [str(_secret(root / "closed")), *map(str, secrets)]
        self.code = code if self._user.uid is None else _copy_for(self._user.uid, code, root / "code")

    def ask(
        self,
        worker: Worker,
        method: str,
        doing: str,
        seconds: float,
        arrays: Mapping[str, np.ndarray] | None = None,
        **parameters: Any,
    ) -> Answer:
        """Ask a worker for one call (see :meth:`Worker.call`) and take its time off the allowance.

        What has once overrun its deadline is not waited for again; nor, for long, is another method that is found in
        the same function of the student's.

        Raises:
            SubmissionError: As the call does; or the allowance is used up.
            Overran: This method has overrun before.
        """
        if earlier := self._overran.get(method):
            raise earlier
        held_up, was_alive = worker.held_up, worker.alive
        limit, started = self.allowance.at_most(seconds), time.monotonic()
        try:
            return worker.call(method, doing, limit, arrays, overran=tuple(self._overran.values()), **parameters)
        except Overran as error:
            if was_alive:  # else another method overran, and the worker is gone for that reason
                self._overran[method] = error
            raise
        finally:
            self.allowance.left -= (time.monotonic() - started) - (worker.held_up - held_up)

    def policy(self, *, gpu: bool = False) -> Policy:
        """Confinement of a new worker, with a scratch folder of its own; ``gpu`` lets it use the machine's."""
        uid = self._user.uid
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=self._root))
        if uid is not None:
            shutil.chown(scratch, uid, uid)
        policy = Policy(
            str(scratch),
            uid=uid,
            memory_mb=self.limits.memory_mb,
            scratch_mb=self.limits.scratch_mb,
            file_mb=self.limits.scratch_mb,
            cpu_seconds=int(self.limits.total_seconds) + 60,
            gpu=gpu,
            protected=(os.getpid(),),
        )
        return policy.with_readable([self.code])

    def explain(self, layer: SandboxLayer) -> SandboxLayer:
        """Add what only the grader knows: why there is no other user."""
        if layer.on or layer.name != "other user":
            return layer
        return SandboxLayer(layer.name, False, self._user.why)

    def exposed(self, layers: Sequence[SandboxLayer]) -> str:
        """Why no code of the submission may run behind these layers; empty where it may."""
        why = [layer.why for layer in layers if layer.name == HIDDEN_DATA and not layer.on]
        return EXPOSED.format(why=f" ({why[0]})" if why[0] else "") if self._guarded and why else ""

    def close(self) -> None:
        """Give the user back. All its workers have to be gone."""
        self._user.release()


def _secret(closed: Path) -> Path:
    closed.mkdir(mode=0o700)
    secret = closed / "probe"
    secret.write_text("a worker that can read this can read the hidden data")
    secret.chmod(0o600)
    return secret


def _copy_for(uid: int, code: Path, target: Path) -> Path:
    """A copy that this user may read but not change, and that no other user may read: not even the reference's."""
    shutil.copytree(code, target, symlinks=True, copy_function=shutil.copyfile)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            shutil.chown(path, 0, uid)
            path.chmod(0o750 if path.is_dir() else 0o640)
    return target
