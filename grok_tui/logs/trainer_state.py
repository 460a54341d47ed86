"""Hugging Face's Trainer: the `trainer_state.json` of its checkpoints."""

from __future__ import annotations

from pathlib import Path

from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.trainer_source import CHECKPOINT, STATE, TrainerSource


class TrainerStateFormat:
    """How the histories of Hugging Face's Trainer are recognised and read."""

    name = "trainer_state"
    title = "Hugging Face Trainer"

    def find(self, folder: Folder) -> Found:
        """Return the run that a Trainer writes to a folder, with its checkpoints."""
        names = (name for name in folder.folders if CHECKPOINT.fullmatch(name))
        checkpoints = frozenset(name for name in names if (folder.path / name / STATE).is_file())
        files = folder.files & {STATE}
        if not checkpoints and not files:
            return Found()
        return Found((LogRef(folder.path, self.name),), files, checkpoints)

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the run in one file, told by its name."""
        return (LogRef(path, self.name),) if path.name == STATE else ()

    def open(self, log: LogRef, *, complete: bool = False) -> TrainerSource:
        """Return the reader of a run."""
        return TrainerSource(log.path, complete=complete)


FORMAT = TrainerStateFormat()
