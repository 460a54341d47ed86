"""Notes what a launched program writes while it runs: afterwards nobody can tell."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from grok_tui.runs.layout import RunPaths
from grok_tui.runs.make import readable
from grok_tui.runs.process import family, files_written_by
from grok_tui.runs.record import Record
from grok_tui.runs.traces import Traces, read_traces, write_traces

EVERY_S = 1.0
"""Between two looks; each takes less than a millisecond a process."""
MOST_FILES = 1000
MOST_PROCESSES = 1000


class Tracing:
    """Looks from time to time at the files that a program has open in the places of its logs."""

    def __init__(self, paths: RunPaths, record: Record) -> None:
        """Go on with what was seen when the program was started before."""
        known = read_traces(paths.traces)
        self._paths = paths
        self._places = [Path(os.path.realpath(paths.root / each)) for each in record.logs]
        self._files = dict.fromkeys(known.files)
        self._processes = dict.fromkeys(known.processes)
        self._look_at = 0.0

    def look(self, program: int) -> None:
        """Note what is new of a program and all that it has started, if it is time to look."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + EVERY_S
        before = len(self._files), len(self._processes)
        for pid in family(program):
            if len(self._processes) < MOST_PROCESSES:
                self._processes.setdefault(pid)
            self._note_files(pid)
        if (len(self._files), len(self._processes)) != before:
            with contextlib.suppress(OSError):  # a full disk: the next change says it all
                write_traces(self._paths.traces, Traces([*self._files], [*self._processes]))

    def _note_files(self, pid: int) -> None:
        for name in files_written_by(pid):
            is_there = any(Path(name).is_relative_to(place) for place in self._places)
            is_ours = Path(name).is_relative_to(os.path.realpath(self._paths.root))
            is_text = name == readable(name)  # JSON has no words for other names
            if is_there and not is_ours and is_text and len(self._files) < MOST_FILES:
                self._files.setdefault(name)
