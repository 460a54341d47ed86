"""The trash of a folder of runs: runs are moved to `.trash/`, and back. Nothing is ever deleted."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from grok_tui.errors import GrokTuiError, UsageError, unknown
from grok_tui.files import make_private
from grok_tui.runs.layout import RunPaths, is_run
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import State, read_record

FOLDER = ".trash"
_ENTRY = re.compile(r"(\d{20})-(.+)")


@dataclass(frozen=True, slots=True)
class Trashed:
    """A run in the trash."""

    path: Path
    name: str
    """What its directory was called."""
    time: float
    """When it was thrown away, in seconds since the epoch."""


def trash(paths: RunPaths) -> Trashed:
    """Move a run to the trash of its folder.

    Raises:
        UsageError: it lives, or waits in the queue, or cannot be moved.
    """
    name, now = paths.root.name, time.time_ns()
    _need_quiet(paths)
    folder = paths.root.parent / FOLDER
    target = folder / f"{now:020d}-{name}"
    try:
        make_private(folder)
        paths.root.rename(target)
    except OSError as error:
        raise UsageError(f"cannot move {paths.root} to {folder}: {error.strerror}") from None
    return Trashed(target, name, now / 1e9)


def trashed(root: Path) -> list[Trashed]:
    """Return the runs in the trash of a folder, the newest first; none where there is no trash."""
    try:
        names = sorted((entry.name for entry in os.scandir(root / FOLDER)), reverse=True)
    except OSError:
        return []
    matches = [match for match in map(_ENTRY.fullmatch, names) if match]
    entries = [Trashed(root / FOLDER / m[0], m[2], int(m[1]) / 1e9) for m in matches]
    return [entry for entry in entries if is_run(entry.path)]


def restore(root: Path, name: str) -> Path:
    """Move the run of this name that was thrown away last back to its folder.

    Raises:
        UsageError: there is none, or its place is taken.
    """
    there = trashed(root)
    entry = next((each for each in there if each.name == name), None)
    if entry is None:
        raise unknown(f"run in the trash of {root}", name, {each.name for each in there})
    return put_back(entry)


def put_back(entry: Trashed) -> Path:
    """Move a run from the trash back to where it was.

    Raises:
        UsageError: its place is taken, or it cannot be moved.
    """
    target = entry.path.parent.parent / entry.name
    if os.path.lexists(target):  # renaming onto an empty folder would succeed
        raise UsageError(f"cannot restore {entry.name}: there is another {target}")
    try:
        entry.path.rename(target)
    except OSError as error:
        raise UsageError(f"cannot move {entry.path} to {target}: {error.strerror}") from None
    return target


def _need_quiet(paths: RunPaths) -> None:
    """Raise UsageError where a process writes into a run, or is about to."""
    name = paths.root.name
    for lock, what in ((paths.lock, "lives: stop it first"), (paths.measure_lock, "is measured")):
        try:
            held = is_held(lock)
        except OSError as error:
            raise UsageError(f"cannot tell whether {name} lives: {error}") from None
        if held:
            raise UsageError(f"{name} {what}")
    try:
        state = read_record(paths.record).state
    except GrokTuiError:
        return  # a broken run may be thrown away
    if state is State.QUEUED:
        raise UsageError(f"{name} waits in the queue: stop it first")
