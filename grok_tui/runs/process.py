"""What the system tells of a process: when it was started, and whether it stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_STATE, _STARTED = 0, 19
"""Fields of /proc/PID/stat, counted after the name (see proc(5): fields 3 and 22)."""
_STOPPED = "T"


def start_ticks(pid: int) -> int | None:
    """Return when a process was started, in clock ticks since the machine's start.

    Together with its number this tells it from every other process of the same boot; nothing
    where there is no such process, or a system without /proc.
    """
    fields = _stat(pid)
    return int(fields[_STARTED]) if fields else None


def is_stopped(pid: int) -> bool:
    """Return whether a process stands still on a signal (SIGSTOP), and will until SIGCONT."""
    fields = _stat(pid)
    return fields is not None and fields[_STATE] == _STOPPED


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that are still there."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    except OSError:
        return found
    return found


def family(pid: int) -> list[int]:
    """Return a process with all that it has started, and what these have, and are still there."""
    found = [pid]
    for each in found:  # grows on the way
        found += children(each)
    return found


def files_written_by(pid: int) -> Iterator[str]:
    """Yield the paths of what a process has open for writing now; nothing without /proc."""
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # gone, or somebody else's
        return
    for descriptor in descriptors:
        try:
            told = Path(f"/proc/{pid}/fdinfo", descriptor.name).read_text("ascii").split()
            if int(told[told.index("flags:") + 1], 8) & os.O_ACCMODE != os.O_RDONLY:
                yield str(descriptor.readlink())
        except (OSError, ValueError):  # closed meanwhile
            continue


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()  # the name before may hold spaces and parentheses
