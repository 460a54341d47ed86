"""Which machine this is, and whether it was restarted since."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Host:
    """A machine between two starts."""

    name: str
    boot_id: str | None
    """Changes at every start of the machine; nothing where the system has none."""


@cache
def this_host() -> Host:
    """Return the machine that this process runs on."""
    try:
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot_id = None
    return Host(socket.gethostname(), boot_id)
