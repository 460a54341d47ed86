"""Checkpoints that a program of somebody's own writes: grok-tui says when, the program how."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from grok_tui.runs.program import NO_CHECKPOINT
from grok_tui.runs.recorder import Recorder

Save: TypeAlias = Callable[[Path, int], object]
"""Saves the training to a path, as a file or a folder, for the number of steps made; or elsewhere,
and returns where."""


class Saves:
    """The checkpoints of one run."""

    def __init__(self, recorder: Recorder) -> None:
        """Save nothing until there is a function that does."""
        self.hook: Save | None = None
        self._recorder = recorder

    def save(self, reason: str) -> str | None:
        """Let the program save itself; return why it did not.

        It writes under another name first, so that what is there under its own is whole.

        Raises:
            Exception: whatever the program's own function raises.
        """
        if self.hook is None:
            return NO_CHECKPOINT
        folder, step = self._recorder.paths.checkpoints, max(self._recorder.step, 0)
        partial, whole = folder / f".step-{step}.partial", folder / f"step-{step}"
        folder.mkdir(mode=0o700, exist_ok=True)
        _remove(partial)
        elsewhere = self.hook(partial, step)
        if isinstance(elsewhere, str | Path) and not partial.exists():
            self._recorder.note("checkpoint", {"reason": reason, "path": str(elsewhere)})
            return None
        if not partial.exists():
            return f"its function saved nothing at the path that it was given, {partial.name}"
        _remove(whole)
        partial.rename(whole)
        self._recorder.note("checkpoint", {"reason": reason})
        return None

    def save_at_end(self, reason: str) -> None:
        """Save before the run ends; what goes wrong is noted, and ends nothing else."""
        if self.hook is None:
            return
        try:
            problem = self.save(reason)
        except Exception as error:  # the program's own code: it ends in any case
            problem = f"{type(error).__name__}: {error}"
        if problem:
            self._recorder.note("checkpoint_failed", {"reason": problem})


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
