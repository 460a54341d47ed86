"""A growing array whose items lie in a file of the cache, so that they need no memory.

The file is mapped privately: items are written into memory first, and read from there until they
are saved. Nothing is ever written through the mapping, so that a full disk is an error that is
told, and not the end of the process. What was saved once is never written over: others that have
mapped the file go on seeing what they saw.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grok_tui.analysis.growing import AnyArray, Growing
from grok_tui.analysis.pyramid import BLOCK
from grok_tui.files import open_regular

LEAST_BYTES = 1 << 16
"""A smaller array gets no file of its own."""
TAIL_BYTES = 1 << 15
"""At the end of an array so much is kept outside of its file at most."""
UNSAVED_BYTES = 1 << 19
"""From so many bytes on that are in memory only, an array is saved at once."""
_SLAB = 1 << 16

DTYPES: Mapping[str, np.dtype[Any]] = {
    "f4": np.dtype(np.float32),
    "f8": np.dtype(np.float64),
    "i8": np.dtype(np.int64),
    "block": BLOCK,
}
_NAMES = {dtype: name for name, dtype in DTYPES.items()}

NewFile = Callable[[], Path]
"""Makes the place for a new file, which is not there yet; raises OSError where nobody may."""


class DamagedError(Exception):
    """What lies in the cache is not what was put there."""


class Kept(msgspec.Struct, frozen=True):
    """Where the items of an array are, to be read by another process."""

    dtype: str
    saved: int
    """Items in the file."""
    tail: bytes
    """Those after them."""
    file: str | None = None
    crc: int = 0
    """Of the saved items."""
    changed_ns: int = 0
    """When the file was changed last."""


class Mapped(Growing):
    """A growing array in a file; while it is small, or cannot be written, it is in memory."""

    def __init__(self, dtype: str, new_file: NewFile) -> None:
        """Start without items, `f4` for numbers that need no more digits so far."""
        super().__init__(DTYPES[dtype])
        self._new_file = new_file
        self._forget_file()

    def _forget_file(self) -> None:
        self._file: Path | None = None
        self._mapping: mmap.mmap | None = None
        self._saved = self._crc = 0
        self._problem: OSError | None = None

    def append(self, items: AnyArray) -> None:
        """Add items at the end; what cannot be saved stays in memory."""
        if self.dtype == np.float32 and not _fits(items):
            self._widen()
        super().append(items)
        if self._unsaved * self.dtype.itemsize >= UNSAVED_BYTES:
            self._try_to_save()

    def _widen(self) -> None:
        """Keep numbers with all their digits from now on."""
        known = self.view
        self._forget_file()
        self._array, self.size = np.empty(0), 0
        for start in range(0, len(known), _SLAB):
            super().append(known[start : start + _SLAB])
            self._try_to_save()

    def _try_to_save(self) -> None:
        try:
            self.save()
        except OSError as error:
            self.stay_in_memory(error)

    @property
    def _unsaved(self) -> int:
        return self.size - self._saved

    def _moved(self, capacity: int) -> AnyArray:
        length = capacity * self.dtype.itemsize
        if length < LEAST_BYTES or self._problem is not None:
            return super()._moved(capacity)
        try:
            if self._file is None:
                self._file = self._new_file()
                _resize(self._file, length, os.O_CREAT | os.O_EXCL)
            else:
                _resize(self._file, length)
            moved = self._map(self._file)
        except OSError as error:  # not ours to write, or no room
            self.stay_in_memory(error)
            return super()._moved(capacity)
        moved[self._saved : self.size] = self._array[self._saved : self.size]
        return moved

    def stay_in_memory(self, problem: OSError) -> None:
        """Write no file from now on."""
        self._file, self._saved, self._problem = None, 0, problem

    def _map(self, path: Path) -> AnyArray:
        descriptor = open_regular(path)
        try:
            self._mapping = mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)
        finally:
            os.close(descriptor)
        count = len(self._mapping) // self.dtype.itemsize
        return np.frombuffer(self._mapping, self.dtype, count)

    def save(self) -> None:
        """Write what is new to the file, if there is one, and free its memory.

        Raises:
            OSError: the disk is full; nothing is lost.
        """
        if self._file is None or not self._unsaved:
            return
        items = self._array[self._saved : self.size].view(np.uint8).data
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            view, place = items, self._saved * self.dtype.itemsize
            while view:  # a write may be short; the call after it says why
                written = os.pwrite(descriptor, view, place)
                view, place = view[written:], place + written
        finally:
            os.close(descriptor)
        self._crc = zlib.crc32(items, self._crc)
        self._saved = self.size
        self._drop_pages()

    def _drop_pages(self) -> None:
        """Let the system take back the memory of what can be read from the file again."""
        end = self._saved * self.dtype.itemsize // mmap.PAGESIZE * mmap.PAGESIZE
        if self._mapping is not None and end:
            self._mapping.madvise(mmap.MADV_DONTNEED, 0, end)

    def kept(self) -> Kept:
        """Save what is much, free its memory, and return where all items are.

        Raises:
            OSError: it cannot be saved.
        """
        if self._problem is not None:
            raise self._problem
        if self._unsaved * self.dtype.itemsize > TAIL_BYTES:
            self.save()
        self._drop_pages()  # also those that charts have read
        name = _NAMES[self.dtype]
        tail = self._array[self._saved : self.size].tobytes()
        if self._file is None or not self._saved:
            return Kept(name, 0, tail)
        changed_ns = self._file.lstat().st_mtime_ns
        return Kept(name, self._saved, tail, self._file.name, self._crc, changed_ns)

    @classmethod
    def load(
        cls, kept: Kept, folder: Path, new_file: NewFile, *, is_trusted: bool, is_ours: bool
    ) -> Mapped:
        """Return the array that was kept.

        Args:
            kept: where its items are.
            folder: where its file lies.
            new_file: makes the place for another file.
            is_trusted: whether a file that was not changed since is what it was; if the machine
                was started anew since then, the disk may never have got it.
            is_ours: whether this process may write to the file.

        Raises:
            DamagedError: these are not the items that were kept.
            OSError: the file cannot be read.
        """
        if kept.dtype not in DTYPES:
            raise DamagedError
        array = cls(kept.dtype, new_file)
        if kept.file is not None:
            array._load_file(kept, folder / Path(kept.file).name, is_trusted=is_trusted)
            if not is_ours:
                array._file, array._saved = None, 0
        if len(kept.tail) % array.dtype.itemsize:
            raise DamagedError
        Growing.append(array, np.frombuffer(kept.tail, array.dtype))
        return array

    def _load_file(self, kept: Kept, file: Path, *, is_trusted: bool) -> None:
        length = kept.saved * self.dtype.itemsize
        status = file.lstat()
        if not 0 < length <= status.st_size:
            raise DamagedError
        self._array = self._map(file)
        is_as_left = is_trusted and status.st_mtime_ns == kept.changed_ns
        if not is_as_left and zlib.crc32(self._array[: kept.saved].view(np.uint8).data) != kept.crc:
            raise DamagedError
        self._file, self._crc = file, kept.crc
        self.size = self._saved = kept.saved


def _resize(file: Path, length: int, flags: int = 0) -> None:
    """Make a file longer, without writing: what nobody wrote takes no place on the disk."""
    descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    try:
        os.ftruncate(descriptor, -(-length // mmap.PAGESIZE) * mmap.PAGESIZE)
    finally:
        os.close(descriptor)


def _fits(items: AnyArray) -> bool:
    """Return whether 32-bit floats hold the numbers exactly."""
    with np.errstate(over="ignore"):
        short = np.asarray(items, dtype=np.float32)
    return bool(np.all((short == items) | (items != items)))
