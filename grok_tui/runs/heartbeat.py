"""`heartbeat.json`: a sign of life with the numbers that change all the time."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from grok_tui.files import read_regular, write_atomic

INTERVAL_S = 1.0
MAX_BYTES = 1 << 16


class Heartbeat(Struct, frozen=True, kw_only=True):
    """How a trainer is doing."""

    time: float
    """Seconds since the epoch."""
    step: int
    steps_per_s: float | None = None
    """Speed over the last seconds; nothing while paused."""
    trained_s: float = 0.0
    """Seconds spent training in all, pauses left out."""
    memory_bytes: int | None = None
    """Resident memory of the process."""
    gpu_memory_bytes: int | None = None
    lost_rows: int = 0
    """Metrics rows that could not be written, as on a full disk."""


def read_heartbeat(path: Path) -> Heartbeat | None:
    """Return the newest sign of life, or nothing when there is none that can be read."""
    try:
        return msgspec.json.decode(read_regular(path, MAX_BYTES), type=Heartbeat)
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def write_heartbeat(path: Path, heartbeat: Heartbeat) -> None:
    """Replace the heartbeat; raises OSError when the disk is full."""
    write_atomic(path, msgspec.json.encode(heartbeat))
