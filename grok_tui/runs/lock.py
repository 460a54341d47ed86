"""The proof that a trainer lives: a lock that the kernel takes away when the process ends."""

from __future__ import annotations

from pathlib import Path

from grok_tui.errors import GrokTuiError
from grok_tui.locks import Lock, is_held

__all__ = ["LockHeldError", "RunLock", "is_held"]


class LockHeldError(GrokTuiError):
    """Another process trains in this run directory."""

    exit_status = 73


class RunLock(Lock):
    """The lock of one run directory, held from creation until `release` or the process's end."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            LockHeldError: another process holds it.
            OSError: the file cannot be made.
        """
        try:
            super().__init__(path)
        except BlockingIOError:
            raise LockHeldError(f"{path.parent} is being trained by another process") from None
