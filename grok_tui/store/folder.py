"""The folder of one log in the cache: who may write there, which files it has, who uses it."""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from grok_tui.files import first_names, make_private
from grok_tui.locks import Lock

STATE, _WRITER, _USED = "state", "writer", "used"
"""What is kept, the lock of the one who writes, and the shared lock of all who read."""
_CHECKED = ".checked"
_CHECK_EVERY_S = 600.0
"""How often the size of all folders is looked at."""
_MOST_FILES = 100_000
_OPEN_FILES = 16_384
"""Enough for some thousand long metrics; the usual limit is 1 024."""
_TRIES = 3


class Folder:
    """A folder in the cache; it is made when the first file is needed."""

    def __init__(self, path: Path) -> None:
        """Use a folder; if it is there, others that clean up leave it alone from now on.

        Raises:
            OSError: it is there and cannot be used.
        """
        self.path = path
        self._used: Lock | None = None
        self._writer: Lock | None = None
        self._serial = itertools.count()
        if path.is_dir():
            self.hold()

    @property
    def state(self) -> Path:
        """The file that says what is kept; replaced in one piece."""
        return self.path / STATE

    @property
    def is_ours(self) -> bool:
        """Whether this process alone may write here."""
        return self._writer is not None

    @property
    def is_held(self) -> bool:
        """Whether the folder is there, and stays there."""
        return self._used is not None

    def hold(self) -> None:
        """Make the folder, and be the one who writes there if nobody else is.

        Raises:
            OSError: it cannot be made.
        """
        for _ in range(_TRIES):
            make_private(self.path)
            with contextlib.suppress(BlockingIOError, FileNotFoundError):
                self._used = self._lock(_USED, shared=True)
                break
        else:
            raise OSError(f"{self.path.name} is being removed")
        with contextlib.suppress(BlockingIOError):
            self._writer = self._lock(_WRITER)
        _allow_files()

    def _lock(self, name: str, *, shared: bool = False) -> Lock:
        lock = Lock(self.path / name, shared=shared)
        try:
            is_same = os.path.samestat(os.fstat(lock.descriptor), (self.path / name).lstat())
        except FileNotFoundError:
            is_same = False
        if not is_same:  # somebody removed the folder meanwhile
            lock.release()
            raise FileNotFoundError(self.path)
        return lock

    def new_file(self) -> Path:
        """Return the path of a file that is not there yet.

        Raises:
            OSError: this process may not write here.
        """
        if not self.is_held:
            self.hold()
        if not self.is_ours:
            raise BlockingIOError(f"{self.path.name} is written by another process")
        return self.path / f"{time.time_ns():x}-{next(self._serial)}"

    def sweep(self, needed: Collection[str]) -> None:
        """Remove files that nothing refers to; who has mapped one keeps it.

        Raises:
            OSError: they cannot be removed.
        """
        for name in first_names(self.path, _MOST_FILES):
            if name not in needed and name not in (STATE, _WRITER, _USED):
                (self.path / name).unlink(missing_ok=True)

    def release(self) -> None:
        """Let others write, and remove what they like."""
        for lock in (self._writer, self._used):
            if lock is not None:
                lock.release()
        self._writer = self._used = None


def _allow_files() -> None:
    """Let this process have more files open: a mapped array counts as one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # a system may allow less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def keep_small(root: Path, most_bytes: int) -> None:
    """Remove the folders that were used least lately, until all fit; at most every ten minutes.

    Folders in use stay.

    Raises:
        OSError: the cache cannot be looked through.
    """
    checked = root / _CHECKED
    with contextlib.suppress(FileNotFoundError):
        if 0 <= time.time() - checked.stat().st_mtime < _CHECK_EVERY_S:
            return
    checked.touch(mode=0o600)
    found = sorted(_used_at(folder) for folder in root.iterdir() if folder.is_dir())
    sizes = {folder: _size(folder) for _, folder in found}
    total = sum(sizes.values())
    for _, folder in found:
        if total <= most_bytes:
            return
        if _removed(folder):
            total -= sizes[folder]


def _used_at(folder: Path) -> tuple[float, Path]:
    try:
        return (folder / STATE).stat().st_mtime, folder
    except OSError:
        return 0.0, folder


def _size(folder: Path) -> int:
    """Return the bytes that a folder takes on the disk."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


def _removed(folder: Path) -> bool:
    try:
        lock = Lock(folder / _USED)
    except OSError:
        return False
    try:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()
    return True
