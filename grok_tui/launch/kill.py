"""Ends a trainer that does not listen any more, and nobody else.

A process id proves nothing: it may be used again, or stand in a directory that somebody else
wrote. So a process is a target only while it holds the run's lock open and belongs to this user.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from grok_tui.errors import GrokTuiError
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import read_record


def kill(paths: RunPaths) -> int:
    """Kill the trainer of a run with SIGKILL and return its process id.

    Raises:
        GrokTuiError: it cannot be told for certain which process that is.
    """
    name, record = paths.root.name, read_record(paths.record)
    if record.boot_id != this_host().boot_id:
        raise GrokTuiError(f"{name} is trained on {record.host}: kill it there")
    if record.pid is None or not is_held(paths.lock):
        raise GrokTuiError(f"{name} has no process")
    descriptor = _open(record.pid, name)
    try:
        # Asked after the process was opened, so that what is killed is what was asked about.
        if not _holds(record.pid, paths.lock):
            raise GrokTuiError(f"{name}: process {record.pid} does not hold its lock: not killed")
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    finally:
        os.close(descriptor)
    return record.pid


def _open(pid: int, name: str) -> int:
    if not hasattr(os, "pidfd_open"):
        raise GrokTuiError(f"{name}: this system cannot kill safely; its process is {pid}")
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        raise GrokTuiError(f"{name}: process {pid}: {error.strerror}") from None


def _holds(pid: int, lock: Path) -> bool:
    """Return whether a process of this user has the lock file open."""
    try:
        wanted = lock.lstat()
        folder = Path(f"/proc/{pid}/fd")
        if folder.parent.stat().st_uid != os.geteuid():
            return False
        return any(_is_file(entry, wanted) for entry in folder.iterdir())
    except OSError:
        return False


def _is_file(entry: Path, wanted: os.stat_result) -> bool:
    try:
        found = entry.stat()
    except OSError:  # closed meanwhile
        return False
    return (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)
