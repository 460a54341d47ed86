"""Reading files that somebody else may have made, and replacing files in one piece.

A FIFO named `metrics.jsonl` hangs a plain `open()`, a link leads out of the run directory, and a
reader must never see half of a file.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


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
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is not a regular file")
    return descriptor


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        OSError: it cannot be opened, is no regular file, or is longer than `max_bytes`.
    """
    descriptor = open_regular(path)
    try:
        if os.fstat(descriptor).st_size > max_bytes:
            raise OSError(f"{path.name} is longer than {max_bytes} bytes")
        return os.read(descriptor, max_bytes)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Replace `path` by `data` so that every reader sees the old content or the new one.

    Args:
        path: the file to replace; its folder must exist.
        data: the new content.
        sync: whether to wait until the content is on the disk.

    Raises:
        OSError: it could not be written; `path` is then as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
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
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
