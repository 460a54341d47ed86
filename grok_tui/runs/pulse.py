"""The trainer's sign of life, from a thread of its own: a step may take minutes."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from grok_tui.runs.control import Control
from grok_tui.runs.heartbeat import INTERVAL_S, Heartbeat, write_heartbeat
from grok_tui.runs.recorder import Recorder

SYNC_EVERY_S = 15.0
"""Metrics reach the disk at least this often; a crash of the machine loses no more."""


class Pulse:
    """Writes the heartbeat every second until it is stopped."""

    def __init__(
        self,
        recorder: Recorder,
        control: Control,
        *,
        gpu_bytes: Callable[[], int | None] = lambda: None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the pulse of a trainer.

        Args:
            recorder: knows the step.
            control: knows whether the run is paused.
            gpu_bytes: returns the bytes in use on a GPU, where the trainer knows of one.
            between: called after each beat, for what the loop need not wait for.
        """
        self.trained_s = 0.0
        """Seconds spent training; the loop adds them up."""
        self._recorder = recorder
        self._control = control
        self._gpu_bytes = gpu_bytes
        self._between = between
        self._last: tuple[int, float] = (0, 0.0)
        self._steps_per_s: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def state_dict(self) -> dict[str, float]:
        """Return the seconds spent training."""
        return {"trained_s": self.trained_s}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on counting from there."""
        self.trained_s = state["trained_s"]

    def __enter__(self) -> Pulse:
        self._last = (self._recorder.step, self.trained_s)
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)
        self._beat()

    def _run(self) -> None:
        synced = time.monotonic()
        while not self._stopping.wait(INTERVAL_S):
            self._beat()
            self._between()
            if time.monotonic() - synced > SYNC_EVERY_S:
                self._recorder.sync()
                synced = time.monotonic()

    def _beat(self) -> None:
        beat = Heartbeat(
            time=time.time(),
            step=max(self._recorder.step, 0),
            steps_per_s=self._speed(),
            trained_s=round(self.trained_s, 3),
            memory_bytes=_resident_bytes(),
            gpu_memory_bytes=self._gpu_bytes(),
            lost_rows=self._recorder.lost_rows,
        )
        with contextlib.suppress(OSError):  # a full disk: the next one may succeed
            write_heartbeat(self._recorder.paths.heartbeat, beat)

    def _speed(self) -> float | None:
        """Return steps a second since the step moved last; a step may take minutes."""
        if self._control.is_paused:
            return None
        step, trained_s = self._recorder.step, self.trained_s
        last_step, last_s = self._last
        if step > last_step and trained_s > last_s:
            self._last = (step, trained_s)
            self._steps_per_s = (step - last_step) / (trained_s - last_s)
        return self._steps_per_s


def _resident_bytes() -> int:
    """Return the process's resident memory now, or its peak where the system tells only that."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * os.sysconf("SC_PAGE_SIZE")
