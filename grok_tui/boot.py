"""Whether the machine was started anew."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def boot_id() -> str | None:
    """Return what changes at every start of the machine; nothing where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
