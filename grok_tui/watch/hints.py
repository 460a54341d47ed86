"""Hints from the operating system that something changed. They may be late, lost or never come
(network file systems send none), so that nothing depends on them: the poll reads the truth."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch


class Hints:
    """Calls back from a thread of its own when a file in a watched folder changed."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        """Prepare; `on_change` must return at once."""
        self._handler = _Handler(on_change)
        self._observer = Observer()
        self._watch: ObservedWatch | None = None
        self._folder: Path | None = None
        self.problem: str | None = None
        """Why there are no hints, such as a limit of the system that was reached."""

    def start(self) -> None:
        """Start the observer; when it cannot, `problem` says why."""
        try:
            self._observer.start()
        except OSError as error:
            self.problem = _why(error)

    def watch(self, folder: Path | None) -> None:
        """Watch this folder only, not what lies in folders below it."""
        if folder == self._folder or not self._observer.is_alive():
            return
        self._folder, self.problem = folder, None
        try:
            if self._watch is not None:
                self._observer.unschedule(self._watch)
                self._watch = None
            if folder is not None:
                self._watch = self._observer.schedule(
                    self._handler, str(folder), event_filter=_CHANGES
                )
        except (OSError, KeyError) as error:
            self.problem = _why(error)

    def stop(self) -> None:
        """Stop the observer."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=2)


# Only changes: reading a file makes events too, and would call for another read for ever.
_CHANGES: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileClosedEvent,
]


def _why(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EMFILE):
        return "the system's limit of inotify is reached (fs.inotify)"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


class _Handler(FileSystemEventHandler):
    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change

    def on_any_event(self, _event: FileSystemEvent) -> None:
        self._on_change()
