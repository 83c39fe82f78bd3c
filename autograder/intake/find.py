"""Where the modules lie in what was handed in: each is brought to the top if there is just one that can be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from autograder.errors import AssignmentError, SubmissionError
from autograder.intake.entries import Entry, SizeLimits, admitted, key_of, pieces
from autograder.intake.names import check_parts, shown
from autograder.intake.platforms import own_name

DEEPEST = 2  # archives within each other, inside of what was handed in
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
_MOST_SHOWN = 8

Reader = Callable[[bytes, SizeLimits], Iterable[Entry]]


def is_archive(name: str) -> bool:
    return name.casefold().endswith(ARCHIVES)


def unpacked(entries: Iterable[Entry], wanted: Sequence[str], limits: SizeLimits, read: Reader) -> tuple[Entry, ...]:
    """The files, with those of archives among them in a folder of the archive's name, where a module is looked for yet.

    What archives hold counts as everything else does, so that no nesting gets around the limits.

    Args:
        entries: The files; each can be opened.
        wanted: File names of the modules.
        limits: Of all files together.
        read: Gives the files of an archive.

    Raises:
        SubmissionError: There are archives alone, and they can't be opened, or hold too much.
    """
    found = admitted(entries, limits)
    for _ in range(DEEPEST):
        names = {own_name(entry.parts[-1]) for entry in found}
        inner = [entry for entry in found if is_archive(entry.parts[-1])]
        if not inner or names.issuperset(wanted):
            break
        try:
            opened = (file for entry in inner for file in _inside(entry, limits, read))
            found = admitted([*(entry for entry in found if entry not in inner), *opened], limits)
        except SubmissionError:
            if names.isdisjoint(wanted):
                raise
            break  # one module is there and can be graded; this archive may be anything
    return found


def _inside(archive: Entry, limits: SizeLimits, read: Reader) -> Iterable[Entry]:
    try:
        inside = list(read(b"".join(pieces(archive)), limits))
    except SubmissionError as error:
        where = f"In {shown(archive.path)}: {error.finding.message}"
        raise SubmissionError(replace(error.finding, message=where)) from error
    for entry in inside:
        parts = (*archive.parts, *entry.parts)
        check_parts(parts)
        yield replace(entry, parts=parts)


def taken(entries: Sequence[Entry], wanted: Sequence[str], named: Mapping[str, str]) -> dict[str, Entry]:
    """The file that each module is, where it doesn't lie at the top under its own name; ambiguous ones are left out.

    Args:
        entries: All files.
        wanted: File names of the modules.
        named: Of some modules the file that is to be taken, by whoever grades.

    Raises:
        AssignmentError: There is no such file.
    """
    found = {module: _named(entries, module, path) for module, path in named.items()}
    at_top = {entry.path for entry in entries if len(entry.parts) == 1}
    for module in wanted:
        if module in found or module in at_top:
            continue
        exact = [entry for entry in entries if entry.parts[-1] == module]
        meant = exact or [entry for entry in entries if own_name(entry.parts[-1]) == module]
        if len(meant) == 1:
            found[module] = meant[0]
    return found


def _named(entries: Sequence[Entry], module: str, path: str) -> Entry:
    wanted = tuple(part for part in path.split("/") if part not in {"", "."})
    for entry in entries:
        if entry.parts == wanted:
            return entry
    names = sorted((entry.path for entry in entries), key=lambda name: (not name.endswith(".py"), name))
    listed = ", ".join(map(shown, names[:_MOST_SHOWN])) + (" ..." if len(names) > _MOST_SHOWN else "")
    raise AssignmentError(f"--as {module}={path}: the submission holds no {path}. It holds: {listed}")


def brought_to_top(entries: Sequence[Entry], modules: Mapping[str, Entry], wanted: Sequence[str]) -> tuple[Entry, ...]:
    """The files, with these modules at the top, and what lies beside them as well, where its place there is free.

    Another module that is ``wanted`` stays where it is: which of several counts isn't told by what lies beside it.
    """
    bases = {entry.parts[:-1] for entry in modules.values()} - {()}
    wishes = [replace(entry, parts=(name,)) for name, entry in modules.items()]
    rest = [entry for entry in entries if entry not in modules.values()]
    helpers = [entry for entry in rest if entry.parts[-1] not in wanted]
    near = [(entry, base) for base in sorted(bases) for entry in helpers if entry.parts[: len(base)] == base]
    wishes += [entry for entry in rest if len(entry.parts) == 1]
    wishes += [replace(entry, parts=entry.parts[len(base) :]) for entry, base in near]
    moved = [entry for entry, _ in near]
    wishes += [entry for entry in rest if entry not in moved]
    files: dict[tuple[str, ...], Entry] = {}
    folders: set[tuple[str, ...]] = set()
    for entry in wishes:
        key = key_of(entry)
        above = [key[:depth] for depth in range(1, len(key))]
        if key not in files and key not in folders and files.keys().isdisjoint(above):
            files[key] = entry
            folders.update(above)
    return tuple(files.values())
