"""Sends signals to the process that trains a run, and to nobody else.

A process id proves nothing: it may be used again, or stand in a directory that somebody else
wrote. So a process is a target only while it holds the run's lock open, was started when the run
says, and belongs to this user.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from grok_tui.errors import GrokTuiError
from grok_tui.launch.group import send
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.process import children, start_ticks
from grok_tui.runs.record import Record, read_record


def kill(paths: RunPaths) -> int:
    """Kill the trainer of a run with SIGKILL and return its process id.

    Raises:
        GrokTuiError: it cannot be told for certain which process that is.
    """
    return _signal(paths, signal.SIGKILL, is_for_all=True)


def freeze(paths: RunPaths) -> int:
    """Stop the trainer of a run in the middle of whatever it does, and return its process id.

    It keeps its memory, and hears no command until `thaw`. A run of several processes would die
    of it: the others wait for the frozen one until their time is over.

    Raises:
        GrokTuiError: it has more than one process, or see `kill`.
    """
    record = read_record(paths.record)
    if record.program is not None and record.program.is_launched:
        raise GrokTuiError(f"{paths.root.name} is a launched program: pause freezes it")
    if record.pid is not None and children(record.pid):
        raise GrokTuiError(f"{paths.root.name} has several processes: freezing would end them")
    return _signal(paths, signal.SIGSTOP)


def thaw(paths: RunPaths) -> int:
    """Let a frozen trainer go on, and return its process id; see `kill` for errors."""
    return _signal(paths, signal.SIGCONT)


def companions(paths: RunPaths) -> list[str]:
    """Return the names of the other runs that a run's process trains: a signal meets them all."""
    pid = read_record(paths.record).pid
    lock = paths.lock.resolve()
    try:
        targets = [entry.readlink() for entry in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:  # it is gone, or somebody else's
        return []
    if lock not in targets:
        return []
    return sorted(each.parent.name for each in targets if each.name == lock.name and each != lock)


def with_others(paths: RunPaths) -> str:
    """Return what a signal to a run's process concerns besides the run, in words, or nothing."""
    count = len(companions(paths))
    runs = "another run" if count == 1 else f"{count} other runs"
    return f", with {runs} of the same process" if count else ""


def _signal(paths: RunPaths, number: signal.Signals, *, is_for_all: bool = False) -> int:
    name, record = paths.root.name, read_record(paths.record)
    if record.boot_id != this_host().boot_id:
        raise GrokTuiError(f"{name} is trained on {record.host}: that has to be done there")
    if record.pid is None or not is_held(paths.lock):
        raise GrokTuiError(f"{name} has no process")
    descriptor = _open(record.pid, name)
    try:
        # Asked after the process was opened, so that what is signalled is what was asked about.
        if not _is_trainer(record, paths.lock):
            raise GrokTuiError(f"{name}: process {record.pid} does not hold its lock: left alone")
        if is_for_all and record.program is not None and record.program.is_launched:
            for program in children(record.pid):
                send(program, number)
        signal.pidfd_send_signal(descriptor, number)
    finally:
        os.close(descriptor)
    return record.pid


def _open(pid: int, name: str) -> int:
    if not hasattr(os, "pidfd_open"):
        raise GrokTuiError(f"{name}: this system cannot signal safely; its process is {pid}")
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        raise GrokTuiError(f"{name}: process {pid}: {error.strerror}") from None


def _is_trainer(record: Record, lock: Path) -> bool:
    assert record.pid is not None
    if record.start_ticks not in (None, start_ticks(record.pid)):
        return False
    return _holds(record.pid, lock)


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
