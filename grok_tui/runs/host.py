"""Which machine this is, and whether it was restarted since."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import cache

from grok_tui.boot import boot_id


@dataclass(frozen=True, slots=True)
class Host:
    """A machine between two starts."""

    name: str
    boot_id: str | None
    """Changes at every start of the machine; nothing where the system has none."""

    @property
    def file_name(self) -> str:
        """The name in a form that any file can be called."""
        return file_name(self.name)


def file_name(host: str) -> str:
    """Return the name of a machine in a form that any file can be called."""
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in host)[:40] or "-"


@cache
def this_host() -> Host:
    """Return the machine that this process runs on."""
    return Host(socket.gethostname(), boot_id())
