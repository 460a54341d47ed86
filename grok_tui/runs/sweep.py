"""The folder of a sweep: what was asked for, and a run directory for each cell and seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from grok_tui.errors import UsageError
from grok_tui.files import make_private, write_atomic
from grok_tui.runs.decode import UnreadableError, read_json
from grok_tui.runs.layout import RunPaths

SCHEMA = 1
_MAX_BYTES = 1 << 24


class SweepAxis(Struct, frozen=True, kw_only=True):
    """One setting that varies."""

    key: str
    values: list[Any]
    is_log: bool = False


class SweepRecord(Struct, frozen=True, kw_only=True):
    """The content of `sweep.json`: enough to find each cell again, whatever became of presets."""

    schema: int = SCHEMA
    name: str
    preset: str
    seeds: list[int]
    fixed: dict[str, Any]
    axes: list[SweepAxis]
    created: float
    launcher: str = "local"

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values on each axis."""
        return tuple(len(axis.values) for axis in self.axes)


@dataclass(frozen=True, slots=True)
class SweepPaths:
    """The files of one sweep."""

    root: Path

    @property
    def record(self) -> Path:
        """What was asked for."""
        return self.root / "sweep.json"

    def run(self, cell: int, seed: int) -> RunPaths:
        """Return the run of a cell and a seed; it may not exist yet."""
        return RunPaths(self.root / f"c{cell:04d}-s{seed}")

    def runs(self, cells: int, seeds: list[int]) -> Iterator[tuple[int, int, RunPaths]]:
        """Yield (cell, seed, run) for all of them, the cells in order."""
        for cell in range(cells):
            for seed in seeds:
                yield cell, seed, self.run(cell, seed)


def is_sweep(path: Path) -> bool:
    """Return whether a folder is that of a sweep."""
    return SweepPaths(path).record.is_file()


def read_sweep(path: Path) -> SweepRecord:
    """Return what a sweep was asked for.

    Raises:
        UsageError: it is no sweep, or cannot be read.
    """
    try:
        record = read_json(SweepPaths(path).record, SweepRecord, _MAX_BYTES)
    except UnreadableError as error:
        raise UsageError(f"{path} is no folder of a sweep: {error}") from None
    if not record.axes or not record.seeds or not all(axis.values for axis in record.axes):
        raise UsageError(f"{path}: sweep.json has no axes, or no seeds")
    return record


def write_sweep(path: Path, record: SweepRecord) -> None:
    """Write down what a sweep is asked for, in a folder that is made if it is missing.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        make_private(path)
        write_atomic(SweepPaths(path).record, msgspec.json.encode(record))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
