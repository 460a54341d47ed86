"""What the app remembers of how somebody looks at runs, from one start to the next."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from grok_tui.files import make_private, read_regular, write_atomic

MAX_BYTES = 1 << 16


class Grid(Struct, frozen=True, kw_only=True):
    """The charts of a run's screen. Fields that a newer version added are ignored."""

    charts: tuple[str, ...] = ()
    """Keys of the charts in their order; none are the usual ones."""
    log_x: bool = True
    log_y: dict[str, bool] = {}
    """Charts whose y axis was chosen, by key."""


def remembered(path: Path) -> Grid:
    """Return what was remembered, or the usual where nothing can be read."""
    try:
        return msgspec.json.decode(read_regular(path, MAX_BYTES), type=Grid)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Grid()


def remember(path: Path, grid: Grid) -> None:
    """Replace what is remembered; raises OSError where it cannot be written."""
    make_private(path.parent)
    write_atomic(path, msgspec.json.encode(grid) + os.linesep.encode())
