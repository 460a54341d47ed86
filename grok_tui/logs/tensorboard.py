"""TensorBoard: the event files in one folder are one run."""

from __future__ import annotations

import os
from pathlib import Path

from grok_tui.files import open_regular
from grok_tui.logs.event_file import HEADER_BYTES, length_of
from grok_tui.logs.event_source import EventSource, is_event_file
from grok_tui.logs.formats import Folder, Found, LogRef


class TensorBoardFormat:
    """How TensorBoard's event files are recognised and read."""

    name = "tensorboard"
    title = "TensorBoard"

    def find(self, folder: Folder) -> Found:
        """Return the run of the event files in a folder; those in folders below are other runs."""
        files = frozenset(name for name in folder.files if is_event_file(name))
        return Found((LogRef(folder.path, self.name),), files) if files else Found()

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the run in one event file, told by its name or by how it begins.

        Raises:
            OSError: the file cannot be read.
        """
        is_ours = is_event_file(path.name) or _begins_with_record(path)
        return (LogRef(path, self.name),) if is_ours else ()

    def open(self, log: LogRef, *, complete: bool = False) -> EventSource:
        """Return the reader of a run."""
        return EventSource(log.path, complete=complete)


FORMAT = TensorBoardFormat()


def _begins_with_record(path: Path) -> bool:
    descriptor = open_regular(path, follow=True)
    try:
        header = os.read(descriptor, HEADER_BYTES)
    finally:
        os.close(descriptor)
    return len(header) == HEADER_BYTES and length_of(header) is not None
