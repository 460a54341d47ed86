"""What Slurm says of this user's jobs, asked for in the background and not often."""

from __future__ import annotations

import threading
import time

from grok_tui.runs.slurm import job_states

EVERY_S = 20.0
"""Between two questions: administrators of clusters ask for that."""


class SlurmStates:
    """The newest answer; to look at it never waits."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self._next = 0.0
        self._asking = threading.Lock()

    def of(self, job: str) -> tuple[str, str] | None:
        """Return state and reason of a job; nothing for one that has ended, or is not known yet."""
        now = time.monotonic()
        if now >= self._next and self._asking.acquire(blocking=False):
            self._next = now + EVERY_S
            threading.Thread(target=self._ask, name="squeue", daemon=True).start()
        return self._known.get(job)

    def _ask(self) -> None:
        try:
            self._known = job_states()
        finally:
            self._asking.release()
