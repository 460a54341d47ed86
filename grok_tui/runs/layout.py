"""Names of everything in a run directory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from grok_tui.files import first_names

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""What a run directory may be called."""

MAX_ENTRIES = 100_000
"""Entries of a run directory that are looked at: no run has as many."""
_METRICS_FILE = re.compile(r"metrics-([A-Za-z0-9_]{1,32})-(\d{1,6})\.jsonl")


@dataclass(frozen=True, slots=True)
class RunPaths:
    """The files of one run directory."""

    root: Path

    @property
    def record(self) -> Path:
        """Identity, config, versions, host and state; replaced as a whole."""
        return self.root / "run.json"

    @property
    def events(self) -> Path:
        """What happened: one JSON object a line."""
        return self.root / "events.jsonl"

    @property
    def stdout(self) -> Path:
        """What the trainer printed."""
        return self.root / "stdout.log"

    @property
    def lock(self) -> Path:
        """Held by the trainer while it lives."""
        return self.root / "run.lock"

    @property
    def program_lock(self) -> Path:
        """Held by a launched program while it writes its run itself."""
        return self.root / "program.lock"

    @property
    def traces(self) -> Path:
        """What a launched program was seen to write, and the numbers of its processes."""
        return self.root / "traces.json"

    @property
    def measure_lock(self) -> Path:
        """Held by the process that measures checkpoints while it lives."""
        return self.root / "measure.lock"

    @property
    def measure_output(self) -> Path:
        """What was printed by a process that measures in the background."""
        return self.root / "measure.log"

    @property
    def heartbeat(self) -> Path:
        """Step, speed and memory; replaced every second or so."""
        return self.root / "heartbeat.json"

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints: data, and a manifest that is written last."""
        return self.root / "checkpoints"

    @property
    def new_commands(self) -> Path:
        """Folder of commands that were sent."""
        return self.root / "control" / "new"

    @property
    def done_commands(self) -> Path:
        """Folder of the trainer's acknowledgements."""
        return self.root / "control" / "done"

    @property
    def notes(self) -> Path:
        """What people say of it: tags, a note, a star."""
        return self.root / "notes.json"

    def metrics(self, writer: str, session: int) -> Path:
        """Return the metrics file of one writer in one session."""
        return self.root / f"metrics-{writer}-{session}.jsonl"

    def metrics_files(self) -> list[tuple[str, int, Path]]:
        """Return (writer, session, path) of all metrics files, older sessions first.

        Raises:
            OSError: the directory cannot be listed.
        """
        found = []
        for name in first_names(self.root, MAX_ENTRIES):
            match = _METRICS_FILE.fullmatch(name)
            if match:
                found.append((match[1], int(match[2]), self.root / name))
        return sorted(found, key=lambda entry: (entry[1], entry[0]))


def is_run(path: Path) -> bool:
    """Return whether a folder is a run directory.

    One whose `run.json` is no file, or that must not be looked into and could be one, counts: so
    that somebody is told of it.
    """
    try:
        (path / "run.json").lstat()
        return True
    except PermissionError:
        return RUN_ID.fullmatch(path.name) is not None
    except OSError:
        return False
