"""Where the workers of one framework of a submission stand: their user, their folders, and the time that is left."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from autograder.assignment import Limits
from autograder.errors import SubmissionError
from autograder.report import SandboxLayer
from autograder.sandbox.policy import Policy
from autograder.sandbox.users import borrow_user
from autograder.student import failures


class Bench:
    """The place of one framework's workers; they share a user that nobody else has.

    Attributes:
        limits: Deadlines and sizes.
        secrets: Paths that the workers must be unable to read; the first in a folder of its own.
        deadline: When the submission's time is up, by :func:`time.monotonic`.
        code: The student's files, where these workers may read them and no other user.
    """

    def __init__(self, root: Path, code: Path, limits: Limits, secrets: Sequence[Path]) -> None:
        """Make the place.

        Args:
            root: A folder to make; workers may pass through it, and see nothing else.
            code: Folder of the student's files.
            limits: Deadlines and sizes; the submission's time starts now.
            secrets: What a worker must be unable to read, besides the file that this makes to be tried.
        """
        self.limits = limits
        self.deadline = time.monotonic() + limits.total_seconds
        self._root = root
        self._user = borrow_user()
        root.mkdir()
        root.chmod(0o711)
        self.secrets = [str(_secret(root / "closed")), *map(str, secrets)]
        self.code = code if self._user.uid is None else _copy_for(self._user.uid, code, root / "code")

    def seconds(self, wanted: float) -> float:
        """The deadline of one call: as wanted, or what is left of the submission's time.

        Raises:
            SubmissionError: Nothing is left.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise SubmissionError(failures.time_is_up(self.limits.total_seconds))
        return min(wanted, left)

    def policy(self) -> Policy:
        """Confinement of a new worker, with a scratch folder of its own."""
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
        )
        return policy.with_readable([self.code])

    def explain(self, layer: SandboxLayer) -> SandboxLayer:
        """Add what only the grader knows: why there is no other user."""
        if layer.on or layer.name != "other user":
            return layer
        return SandboxLayer(layer.name, False, self._user.why)

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
