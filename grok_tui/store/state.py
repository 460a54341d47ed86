"""What is kept of one log, in one file that is replaced in one piece: the commit point."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grok_tui.analysis.verdict import Verdict
from grok_tui.boot import boot_id
from grok_tui.files import read_regular, write_atomic
from grok_tui.logs.source import Mark
from grok_tui.store.mapped import DamagedError, Kept

VERSION = 2
"""Of everything in the cache; another version's is made anew."""
_MAGIC = b"grok-tui columns\n"
_MAX_BYTES = 1 << 30


class KeptRows(msgspec.Struct, frozen=True):
    """Rows that metrics share."""

    rows: Kept
    steps: Kept
    times: Kept


class KeptColumn(msgspec.Struct, frozen=True):
    """One metric."""

    name: str
    place: int
    """Which of the rows its values stand in."""
    values: Kept
    levels: list[Kept]
    """The lowest levels of their pyramid."""
    is_rising: bool


class Judged(msgspec.Struct, frozen=True):
    """What was said of all rows that are kept, so that nobody has to judge them anew."""

    given: tuple[float | None, int | None]
    """What the judge knew beside the rows: chance, and the number of test examples."""
    so_far: Verdict
    """While more may come."""
    for_good: Verdict
    learnt: tuple[float | None, float | None]
    """The first steps at which train and test accuracy were 90 %."""


class State(msgspec.Struct, frozen=True):
    """Everything that is kept of a log."""

    key: str
    """Which log it is."""
    mark: Mark
    """Where its source stood."""
    rows: list[KeptRows]
    columns: list[KeptColumn]
    version: int = VERSION
    boot: str | None = None
    judged: Judged | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether the machine was not started anew, so that the disk need not have everything."""
        return self.boot is not None and self.boot == boot_id()

    def arrays(self) -> Iterator[Kept]:
        """Return all arrays."""
        for rows in self.rows:
            yield from (rows.rows, rows.steps, rows.times)
        for column in self.columns:
            yield from (column.values, *column.levels)

    @property
    def files(self) -> frozenset[str]:
        """The names of the files that the arrays lie in."""
        return frozenset(kept.file for kept in self.arrays() if kept.file is not None)


def read_state(path: Path, key: str) -> State:
    """Return what is kept of the log with this key.

    Raises:
        DamagedError: nothing that this version of the program has put there for it.
        OSError: the file cannot be read.
    """
    data = read_regular(path, _MAX_BYTES)
    magic, rest = data[: len(_MAGIC)], data[len(_MAGIC) :]
    if magic != _MAGIC or zlib.crc32(rest[4:]) != int.from_bytes(rest[:4]):
        raise DamagedError
    try:
        state = msgspec.msgpack.decode(rest[4:], type=State)
    except msgspec.DecodeError:
        raise DamagedError from None
    if (state.version, state.key) != (VERSION, key):
        raise DamagedError
    return state


def write_state(path: Path, state: State) -> None:
    """Replace what is kept.

    Raises:
        OSError: it could not be written; what was kept before still is.
    """
    data = msgspec.msgpack.encode(state)
    write_atomic(path, _MAGIC + zlib.crc32(data).to_bytes(4) + data)
