"""Reading files that somebody else may have made, and replacing files in one piece.

A FIFO named `metrics.jsonl` hangs a plain `open()`, a link leads out of the run directory, and a
reader must never see half of a file.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

Result = TypeVar("Result")


def open_regular(path: Path, *, follow: bool = False) -> int:
    """Open a regular file for reading, without waiting, and return its descriptor.

    Args:
        path: the file.
        follow: whether the last part of the path may be a link; true only for paths that the
            user typed.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(f"{path.name} is a link") from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is not a regular file")
    return descriptor


def when_fresh(read: Callable[[], Result]) -> Result:
    """Return what a read of a file gives that is opened for it; once more if its handle was stale.

    On NFS a file that is replaced between the opening and the reading takes its handle with it.

    Raises:
        OSError: whatever the read raises.
    """
    try:
        return read()
    except OSError as error:
        if error.errno != errno.ESTALE:
            raise
    return read()


def open_output(path: Path) -> BinaryIO:
    """Open the file that a process prints to, at its end; only its owner may read it.

    Raises:
        OSError: it cannot be opened or made, or is a link.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def make_private(folder: Path) -> None:
    """Make a folder and those above it where they are missing; only their owner may enter.

    Raises:
        OSError: one of them cannot be made.
    """
    for part in (*reversed(folder.parents), folder):  # `parents=True` would open those above
        if not part.exists() or part == folder:
            part.mkdir(exist_ok=True, mode=0o700)


def first_names(folder: Path, count: int) -> list[str]:
    """Return names of entries of a folder, in the order of the system, at most so many.

    Raises:
        OSError: it cannot be listed.
    """
    with os.scandir(folder) as entries:
        return [entry.name for entry in itertools.islice(entries, count)]


MOST_STATS = 1000
"""Files of a folder of which the time of change is asked."""


def newest_change(path: Path) -> float | None:
    """Return when a file, or any file directly in a folder, was changed last, in epoch seconds.

    A folder that holds no file but folders changes when something is made in one of these.
    """
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            return path.stat().st_mtime
        with os.scandir(path) as entries:
            found = list(itertools.islice(entries, MOST_STATS))
        files = [entry for entry in found if entry.is_file()]
        return max((entry.stat().st_mtime for entry in files or found), default=None)
    except OSError:
        return None


def read_regular(path: Path, max_bytes: int, *, follow: bool = False) -> bytes:
    """Return the content of a regular file.

    Args:
        path: the file.
        max_bytes: no longer one is read.
        follow: whether the last part of the path may be a link; see `open_regular`.

    Raises:
        OSError: it cannot be opened, is no regular file, or is longer than `max_bytes`.
    """
    descriptor = open_regular(path, follow=follow)
    try:
        if os.fstat(descriptor).st_size > max_bytes:
            raise OSError(f"{path.name} is longer than {max_bytes} bytes")
        return os.read(descriptor, max_bytes)
    finally:
        os.close(descriptor)


def write_atomic(
    path: Path, data: bytes, *, sync: bool = False, over_when_full: bool = False
) -> None:
    """Replace `path` by `data` so that every reader sees the old content or the new one.

    Args:
        path: the file to replace; its folder must exist.
        data: the new content.
        sync: whether to wait until the content is on the disk.
        over_when_full: whether, on a full disk, to write over the old content in place: a file
            that a reader may see half of for a moment is better than one that is wrong for good.

    Raises:
        OSError: it could not be written; `path` is then as it was.
    """
    try:
        _replace(path, data, sync)
    except OSError as error:
        if not over_when_full or error.errno not in FULL or not _fits_in_place(path, data):
            raise
        _write_over(path, data)


FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk, or a share of it, that is full."""
_BLOCK = 512
"""Bytes that `st_blocks` counts in, on every system."""


def _replace(path: Path, data: bytes, sync: bool) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{time.time_ns()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:  # a write may be short; the call after it says why
                view = view[os.write(descriptor, view) :]
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
        if sync:
            _sync_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk, too; file systems that cannot do that are left alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fits_in_place(path: Path, data: bytes) -> bool:
    """Return whether the blocks that a file has already can hold the data."""
    try:
        return path.lstat().st_blocks * _BLOCK >= len(data)
    except OSError:
        return False


def _write_over(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.pwrite(descriptor, data, 0)
        os.ftruncate(descriptor, len(data))
    finally:
        os.close(descriptor)
