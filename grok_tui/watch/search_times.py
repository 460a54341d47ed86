"""When to look for new runs again: often in small folders, and seldom where it costs much."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

EVERY_S = 2.0
QUICK_S = 0.05
"""Whoever asks is answered by a look at once, where it takes less than this."""
SHARE, SHARE_CHANGED = 250, 20
"""A look is taken so many times more seldom than the CPU time that it needs; and less seldom where
something was made or removed in one of the folders themselves."""
PAUSE = 5
"""The same of the time that it lasts, which on a network file system is waiting."""


class SearchTimes:
    """Remembers what the last look cost, and what the folders were like."""

    def __init__(self, roots: Sequence[Path]) -> None:
        """Look at once into these folders, of which some may be files."""
        self._roots = roots
        self._changes: list[int] = []
        self._took_s = 0.0
        self._later = self._soon = 0.0
        """When to look in any case, and when where something has changed."""

    def is_due(self, now: float, *, urgent: bool) -> bool:
        """Return whether it is time to look; `urgent` says that somebody waits for it."""
        if now >= self._later or (urgent and self._took_s < QUICK_S):
            return True
        return now >= self._soon and self._changes != self._look_at_roots()

    def wait_until(self, now: float) -> float:
        """Return the moment at which it may be time again."""
        return min(self._later, max(self._soon, now + EVERY_S))

    def search(self, find: Callable[[], bool]) -> bool:
        """Look, and remember what that cost; return what it returns."""
        self._changes = self._look_at_roots()
        begun, worked = time.monotonic(), time.thread_time()
        found = find()
        now, worked = time.monotonic(), time.thread_time() - worked
        self._took_s = now - begun
        least_s = max(EVERY_S, PAUSE * self._took_s)
        self._later = begun + max(least_s, SHARE * worked)
        self._soon = begun + max(least_s, SHARE_CHANGED * worked)
        return found

    def _look_at_roots(self) -> list[int]:
        return [_changed(root) for root in self._roots]


def _changed(path: Path) -> int:
    """Return when something was made or removed in a folder last; the same for all that is none."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return found.st_mtime_ns if stat.S_ISDIR(found.st_mode) else 0
