"""Locks that the kernel takes away when the process that holds them ends.

Open-file-description locks are used where the system has them. A process id proves nothing
(numbers are used again), `flock` stays held by forked children, and POSIX locks vanish when any
descriptor of the file is closed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path
from weakref import WeakSet

from grok_tui.files import open_regular

_HAS_OFD = hasattr(fcntl, "F_OFD_SETLK")
# struct flock: type, whence, start, length, pid (0 is required for OFD locks).
_FLOCK = "hhqqi4x"
_HELD_ERRORS = (errno.EAGAIN, errno.EACCES)


class Lock:
    """A lock on a file, held from creation until `release` or the process's end."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        """Take the lock, without waiting.

        Args:
            path: the file, which is made if it is missing.
            shared: whether others may hold it too, if theirs are shared as well.

        Raises:
            BlockingIOError: another process holds it.
            OSError: the file cannot be made, or cannot be locked where it lies.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, 0o600)
        try:
            _lock(self._descriptor, shared=shared)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in _HELD_ERRORS:
                raise BlockingIOError(f"{path} is held by another process") from None
            raise
        _taken.add(self)

    @property
    def descriptor(self) -> int:
        """The open file that the lock hangs on: a process that inherits it holds the lock too."""
        return self._descriptor

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


_taken: WeakSet[Lock] = WeakSet()


def _release_all() -> None:
    for lock in list(_taken):
        lock.release()


# A forked worker would otherwise keep holding what a dead process held.
os.register_at_fork(after_in_child=_release_all)


def is_held(path: Path) -> bool:
    """Return whether some process on this machine holds the lock; takes nothing itself.

    Raises:
        OSError: the lock file is there but cannot be opened.
    """
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:
        return False
    try:
        return _is_locked(descriptor)
    finally:
        os.close(descriptor)


if _HAS_OFD:

    def _lock(descriptor: int, *, shared: bool) -> None:
        kind = fcntl.F_RDLCK if shared else fcntl.F_WRLCK
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, 0, 0, 0, 0))

    def _is_locked(descriptor: int) -> bool:
        query = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, query)
        return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)

else:  # macOS: flock, which monitors probe with a shared lock so that they do not see each other

    def _lock(descriptor: int, *, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def _is_locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD_ERRORS:
                return True
            raise
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return False
