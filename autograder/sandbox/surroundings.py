"""What a grading needs of the machine, looked at before anything starts: so a lack is told in words."""

from __future__ import annotations

import platform
import resource
import shutil
import tempfile
from pathlib import Path
from typing import Final

from autograder.errors import InternalError

MB: Final = 1_000_000
FILES: Final = 128  # open at once: a grading of three workers has 20, and each further one takes 3
MANY_FILES: Final = 1024  # asked for where the account may have them


def must_suffice() -> None:
    """See that processes can be looked at, that there is a place for temporary files, and that files can be opened.

    Raises:
        InternalError: With what is missing and what to do.
    """
    _must_see_processes()
    temporary_folder()
    _must_open_files()


def must_have_room(megabytes: int) -> None:
    """See that so much is free where temporary files go.

    Raises:
        InternalError: It isn't.
    """
    folder = temporary_folder()
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise InternalError(f"{folder}, where temporary files go, can't be looked at: {error.strerror}") from error
    if free < megabytes * MB:
        raise InternalError(
            f"{folder}, where temporary files go, has {free / MB:,.0f} MB left, and a submission may take "
            f"{megabytes:,} MB there. Free some space, or set TMPDIR to a folder that has it, and grade again."
        )


def temporary_folder() -> Path:
    """Where temporary files go.

    Raises:
        InternalError: There is no place where any could be written.
    """
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise InternalError(
            "There is no folder for temporary files that this account may write to and that has room: free some space "
            "in /tmp, give back its permissions (`chmod 1777 /tmp`), or set TMPDIR to another folder, and grade again."
        ) from error


def _must_see_processes() -> None:
    if platform.system() == "Linux" and not Path("/proc/self/stat").exists():
        raise InternalError(
            "/proc isn't mounted, and without it nobody sees what a submission's processes use. Mount it "
            "(`mount -t proc proc /proc`), or start the container in the usual way, and grade again."
        )


def _must_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        most = MANY_FILES if hard == resource.RLIM_INFINITY else min(hard, MANY_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
        soft = max(soft, most)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        raise InternalError(
            f"This account may have {soft} files open at once, and grading takes up to {FILES}. Raise the limit "
            f"(`ulimit -n {MANY_FILES}`) and grade again."
        )
