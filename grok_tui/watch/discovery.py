"""Finds what can be opened: run directories and other programs' logs, in files and folders."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grok_tui.errors import UsageError
from grok_tui.logs.database import WRITE_AHEAD
from grok_tui.logs.formats import Folder, Found, LogRef, formats
from grok_tui.runs.layout import is_run

MAX_DEPTH = 8
"""Folders below the one that was given that are looked into."""
MAX_FOLDERS = 50_000
MAX_FOUND = 100_000
MAX_ENTRIES = 200_000
"""Entries of one folder that are looked at."""
_NEVER = frozenset({"node_modules", "site-packages", "__pycache__", "checkpoints", "venv"})
"""Folders with many files and no logs."""
Recent = Callable[[float], bool]
"""Whether a moment, in seconds since the epoch, is one of those that count."""


@dataclass(frozen=True, slots=True)
class Place:
    """One run that was found."""

    root: Path
    """The path that it was found under, as it was given."""
    path: Path
    """Names it: the run directory, or the log's `place`."""
    log: LogRef | None = None
    """The log of another program; nothing for a run directory."""

    @property
    def name(self) -> str:
        """What the run is called: the way to it from the folder that it was found in."""
        if self.log is None or self.path == self.root or not self.path.is_relative_to(self.root):
            return self.path.name
        return str(self.path.relative_to(self.root))


@dataclass(frozen=True, slots=True)
class Discovery:
    """Everything that was found."""

    places: tuple[Place, ...] = ()
    problem: str | None = None
    """What could not be looked at, of the paths that were given; or what there was too much of."""


def discover(roots: Sequence[Path]) -> Discovery:
    """Look for runs and logs in files and folders, in the order of their names.

    A path that does not exist has none in it: a folder of runs may be made later. Hidden folders
    and links to folders are left alone.
    """
    places: dict[Path, Place] = {}
    problems: list[str] = []
    for root in roots:
        try:
            found = look_at(root)
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(f"cannot read {root}: {error.strerror or error}")
            continue
        if not found and not root.is_dir():
            problems.append(f"{root} is no log that can be read")
        for place in found:
            if len(places) >= MAX_FOUND:
                problems.append(f"more than {MAX_FOUND} runs: the others are left out")
                break
            places.setdefault(place.path, place)
    return Discovery(tuple(places.values()), "; ".join(problems) or None)


def look_at(root: Path, is_recent: Recent | None = None) -> list[Place]:
    """Return what a path that somebody gave stands for: a run, the logs in a file, or a folder's.

    Args:
        root: the path.
        is_recent: files in folders count only if they were changed at such a moment; the others
            are not looked into, however many there are.

    Raises:
        OSError: it does not exist, or cannot be read.
    """
    if is_run(root):
        return [Place(root, root)]
    if root.is_dir():
        return _walk(root, is_recent)
    if not root.exists():
        if (log := _part_of(root)) is not None:
            return [Place(root, root, log)]
        raise FileNotFoundError(f"{root} does not exist")
    return [Place(root, log.place, log) for log in logs_in(root)]


def logs_in(path: Path) -> tuple[LogRef, ...]:
    """Return the logs in a file.

    Raises:
        OSError: it cannot be read.
    """
    return next((found for each in formats() if (found := each.logs_in(path))), ())


def _part_of(path: Path) -> LogRef | None:
    """Return the log that `PATH/RUN` stands for, where a file or a folder holds several runs."""
    if path.parent.is_file():
        logs = logs_in(path.parent)
    elif path.parent.is_dir():
        logs = ask_formats(_list(path.parent, None)).logs
    else:
        return None
    return next((log for log in logs if log.place == path), None)


def _walk(root: Path, is_recent: Recent | None) -> list[Place]:
    found: list[Place] = []
    waiting = deque([(root, 0)])
    looked_at = 0
    while waiting and looked_at < MAX_FOLDERS and len(found) < MAX_FOUND:
        path, depth = waiting.popleft()
        looked_at += 1
        if path != root and is_run(path):
            found.append(Place(root, path))
            continue
        try:
            folder = _list(path, is_recent)
        except OSError:
            if path == root:
                raise
            continue  # somebody else's, and not meant to be seen
        claimed = ask_formats(folder)
        found += [Place(root, log.place, log) for log in claimed.logs]
        if depth < MAX_DEPTH:
            below = sorted(folder.folders - claimed.folders - _NEVER)
            waiting.extend((path / name, depth + 1) for name in below if not name.startswith("."))
    return found


def _list(path: Path, is_recent: Recent | None) -> Folder:
    files, folders, fresh = set(), set(), set()
    with os.scandir(path) as entries:
        for number, entry in enumerate(entries):
            if number >= MAX_ENTRIES:
                break
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.add(entry.name)
                elif entry.is_file():
                    files.add(entry.name)
                    if is_recent is not None and is_recent(entry.stat().st_mtime):
                        fresh.add(entry.name)
            except OSError:
                continue
    if is_recent is not None:  # what is written to a database is in a file beside it at first
        files &= fresh | {name.removesuffix(WRITE_AHEAD) for name in fresh}
    return Folder(path, frozenset(files), frozenset(folders))


def ask_formats(folder: Folder) -> Found:
    """Let each format claim what it knows in a folder; the later ones do not see that."""
    logs: list[LogRef] = []
    files, folders = folder.files, folder.folders
    for each in formats():
        try:
            found = each.find(Folder(folder.path, files, folders))
        except OSError:
            continue
        logs += found.logs
        files, folders = files - found.files, folders - found.folders
    return Found(tuple(logs), folder.files - files, folder.folders - folders)


def need_places(paths: Sequence[Path]) -> list[Place]:
    """Return what the paths of a command line stand for.

    Raises:
        UsageError: one of them does not exist, cannot be read, or holds nothing that can be read.
    """
    places: list[Place] = []
    for path in paths:
        try:
            found = look_at(path)
        except FileNotFoundError:
            raise UsageError(f"{path} does not exist") from None
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
        if not found:
            known = ", ".join(each.title for each in formats())
            has = "has no run directories and no logs in it" if path.is_dir() else "is no log"
            raise UsageError(f"{path} {has}; readable are: {known}")
        places += found
    return places
