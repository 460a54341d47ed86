"""`heartbeat.json`: a sign of life with the numbers that change all the time."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from grok_tui.files import write_atomic
from grok_tui.runs.decode import Amount, Count, UnreadableError, read_json

INTERVAL_S = 1.0
MAX_BYTES = 1 << 16


class Heartbeat(Struct, frozen=True, kw_only=True):
    """How a trainer is doing."""

    time: Amount
    """Seconds since the epoch."""
    step: Count
    steps_per_s: Amount | None = None
    """Speed over the last steps; nothing while paused."""
    trained_s: Amount = 0.0
    """Seconds spent training in all, pauses left out."""
    memory_bytes: Count | None = None
    """Resident memory of the process."""
    gpu_memory_bytes: Count | None = None
    lost_rows: Count = 0
    """Metrics rows that could not be written, as on a full disk."""


def read_heartbeat(path: Path) -> Heartbeat | None:
    """Return the newest sign of life, or nothing when there is none that can be read."""
    try:
        return read_json(path, Heartbeat, MAX_BYTES)
    except UnreadableError:
        return None


def write_heartbeat(path: Path, heartbeat: Heartbeat) -> None:
    """Replace the heartbeat; raises OSError where even a full disk's own blocks do not suffice."""
    write_atomic(path, msgspec.json.encode(heartbeat), over_when_full=True)
