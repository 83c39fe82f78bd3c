"""How each layer is taken away. An attack has to get through without it: a suite in which all hold proves little."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from autograder.blueprint import Framework
from autograder.sandbox import confine
from autograder.student.zygotes import Zygote

CONFINED = tuple(name for name, _ in confine.LAYERS)  # taken away in the worker, by bare_zygote.py
IN_ZYGOTE = ("burial",)
WITHOUT_END = 100_000


class BareZygote(Zygote):
    """Its workers lack some layers."""

    def __init__(self, framework: Framework, without: Collection[str]) -> None:
        self.without = sorted(without)
        super().__init__(framework)

    def _another(self, *, gpu: bool) -> BareZygote:
        return BareZygote(self.framework, self.without)

    def _command(self) -> list[str]:
        return [sys.executable, "-s", "-P", str(Path(__file__).with_name("bare_zygote.py")), ",".join(self.without)]


def known() -> tuple[str, ...]:
    """The names of all layers."""
    return (*CONFINED, *IN_ZYGOTE, *(name for name in GRADERS if name not in CONFINED))


def take_away(layers: Collection[str]) -> None:
    """Take layers away from this process, which is a grader. Those of workers are the zygote's business."""
    for layer in layers:
        if layer in GRADERS:
            GRADERS[layer]()
        elif layer not in known():
            raise ValueError(f"there is no layer {layer!r}")


def _other_user() -> None:
    from autograder.sandbox.users import SpareUser
    from autograder.student import bench

    bench.borrow_user = lambda: SpareUser(None, "taken away")


def _clean_environment() -> None:
    from autograder.student import zygotes

    clean = zygotes.worker_environment
    zygotes.worker_environment = lambda home, **more: {**os.environ, **clean(home, **more)}


def _watchers() -> None:
    from autograder.student import worker

    worker.excess = lambda *_: None


def _output_cap() -> None:
    from autograder.student import worker

    real = worker.CappedOutput
    worker.CappedOutput = lambda _: real(2**30)


def _deadlines() -> None:
    from autograder.student.bench import Allowance

    Allowance.at_most = lambda *_: WITHOUT_END


def _new_names() -> None:
    """Token ids and class ids stay what they are in public."""
    from autograder.checking import data

    real = data.Permutation

    class Unchanged(real):
        @classmethod
        def draw(cls, rng: Any, vocab_size: int, num_classes: int) -> Any:
            import numpy as np

            return real(np.arange(vocab_size), np.arange(num_classes))

    data.Permutation = Unchanged


def _recomputation() -> None:
    """Believe predictions as they come."""
    from autograder.checking import saving, training
    from autograder.checking.identify import Probe

    training.identify = saving.identify = lambda *_: Probe(None, comparable=False)
    saving.identity_of = lambda *_: None


def _losses_recomputed() -> None:
    from autograder.checking import losses

    losses.reported_loss = lambda *_: "as reported"
    from autograder.rubrics import text_classifier

    text_classifier.losses.reported_loss = losses.reported_loss


def _accounts() -> None:
    """Take the worker's own word for the time that a call took (here: its main process' alone)."""
    from autograder.student import meter

    meter.family = lambda pid, *_: {pid}


def _intake() -> None:
    """Unpack by the library's most obliging function, and hand the folder on."""
    from autograder.grading import session
    from autograder.intake.submission import Submission

    def unpack(path: Path, into: Path, **_: Any) -> Submission:
        if path.is_dir():
            shutil.copytree(path, into, symlinks=True)
        elif path.suffix == ".zip":
            _unzip(path, into)
        else:
            import tarfile

            with tarfile.open(path) as archive:
                archive.extraction_filter = tarfile.fully_trusted_filter if hasattr(tarfile, "data_filter") else None
                archive.extractall(into)
        return Submission(path, into, tuple(sorted(str(p.relative_to(into)) for p in into.rglob("*") if p.is_file())))

    session.open_submission = unpack


def _unzip(path: Path, into: Path) -> None:
    """As a script does that joins paths: zipfile's own extractall would take the dots out."""
    import stat
    import zipfile

    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            target = into / entry.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            if stat.S_ISLNK(entry.external_attr >> 16):
                target.symlink_to(archive.read(entry).decode())
            else:
                target.write_bytes(archive.read(entry))


def _tidy_text() -> None:
    """Show a student's words as they are, in every form of the report."""
    import jinja2

    from autograder.reporters import html, text

    text.clean = lambda words: words
    html.Environment = lambda **options: jinja2.Environment(**{**options, "autoescape": False})


GRADERS: dict[str, Callable[[], None]] = {
    "other user": _other_user,
    "clean environment": _clean_environment,
    "watchers": _watchers,
    "output cap": _output_cap,
    "deadlines": _deadlines,
    "new names": _new_names,
    "recomputation": _recomputation,
    "losses recomputed": _losses_recomputed,
    "accounts": _accounts,
    "intake": _intake,
    "tidy text": _tidy_text,
}
