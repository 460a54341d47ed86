"""Writes everything that a trainer says into its run directory.

A full disk never stops training: what could not be written is counted, and the count travels in
the heartbeat.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from grok_tui.analysis.judge import Judge
from grok_tui.analysis.verdict import whole
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import Data, Record, State, write_record
from grok_tui.runs.writer import LineWriter, MetricsWriter

_BOUNDS = (100_000, 60.0)
"""Rows and seconds of one read of what older sessions wrote."""
SAY_EVERY_S = 1.0
"""Between two lines of metrics in the output, for those who watch it without the app."""


def say(line: str, output: int | None = None) -> None:
    """Print a line, or lose it: a buffered one would raise on a full disk, and again at the end.

    Args:
        line: what is said.
        output: an open file; the standard output if not given.
    """
    with contextlib.suppress(OSError):
        descriptor = sys.stdout.fileno() if output is None else output
        os.write(descriptor, f"{line}\n".encode(errors="replace"))


class Recorder:
    """The run directory of one running trainer."""

    def __init__(self, paths: RunPaths, record: Record, output: int | None = None) -> None:
        """Open the files; what is said goes to an open file, or to the standard output.

        Raises:
            OSError: they cannot be made.
        """
        self.paths = paths
        self.step = -1
        """The step that was made last; the untrained network is step 0."""
        self.lost_saves = 0
        """Checkpoints that could not be written."""
        self.fetch: Callable[[], None] = lambda: None
        """Writes the rows that still wait on the device, before what must not overtake them."""
        self._output = output
        self._record = record
        self._metrics: MetricsWriter | None = None
        self._events = LineWriter(paths.events)
        self._judge = Judge()
        self._judged = RunSource(paths)
        self._told = 0
        self._replacing = threading.Lock()
        self._lasting: str | None = None
        self._say_at = 0.0

    @property
    def lost_rows(self) -> int:
        """Metrics rows that could not be written."""
        return self._metrics.lost if self._metrics else 0

    @property
    def record(self) -> Record:
        """What is written in `run.json`."""
        return self._record

    def metrics_files(self) -> list[Path]:
        """Return the metrics files of all sessions."""
        return [path for _, _, path in self.paths.metrics_files()]

    def begin(self, resume_step: int) -> None:
        """Go on after a step: rows beyond it that older sessions wrote are superseded.

        Raises:
            OSError: the metrics file cannot be made.
        """
        self.step = resume_step
        session = self._record.session
        metrics = MetricsWriter(self.paths, session=session, resume_step=resume_step)
        if session > 1:
            self._judge_rows()
            self._told = len(self._judge.verdict().events)
        self._metrics = metrics

    @property
    def is_deleted(self) -> bool:
        """Whether somebody deleted the run directory; one that was only moved is none."""
        try:
            return not self.paths.root.exists() and not self._events.is_linked
        except OSError:  # a file system that does not answer has deleted nothing
            return False

    @property
    def last_step(self) -> int:
        """The step after which the run is finished."""
        return int(self._record.config["steps"])

    def tell_live(self, settings: Mapping[str, Any]) -> None:
        """Write down the settings that differ now from what was asked for."""
        if settings != self._record.live:
            self._replace(live=dict(settings))

    def warn(self, warning: str | None) -> None:
        """Tell those who watch the run of something, or that it is over.

        What was said at the start, of another device or version, holds until the end.
        """
        lines = [line for line in (self._lasting, warning) if line]
        said = "; ".join(lines) or None
        if said != self._record.warning:
            self._replace(warning=said)

    def plan(self, steps: int) -> None:
        """Tell how many steps a program of somebody's own is going to make."""
        if steps != self._record.steps:
            self._replace(steps=steps)

    def extend(self, last_step: int) -> None:
        """Let the run end later."""
        self._replace(config={**self._record.config, "steps": last_step})

    def describe(self, *, data: Data | None = None, **fields: Any) -> None:
        """Write down what became clear at the start: data sizes, device, versions."""
        if data is not None:
            self._judge = Judge(chance=data.chance, test_size=data.test_size)
        self._lasting = fields.get("warning")
        self._replace(data=data, **fields)

    def enter(self, state: State, reason: str | None = None) -> None:
        """Change the run's state and note it in the journal."""
        try:
            self.fetch()
        except Exception as error:  # a device that has failed keeps its rows, but not the reason
            if state is not State.CRASHED:
                raise
            self._say(f"the last rows are lost: {error}")
        goes_on = self._record.state is State.PAUSED or self._record.session > 1
        kind = "resumed" if goes_on else "started"
        detail = {"reason": reason} if reason else {}
        self.note(kind if state is State.RUNNING else str(state), detail)
        self.sync()
        step = max(self.step, 0)
        self._replace(state=state, state_time=time.time(), state_step=step, reason=reason)

    def note(self, kind: str, detail: Mapping[str, Any] = {}, *, sync: bool = False) -> bool:
        """Add a line to the journal; return whether it is in there.

        It is said, too, unless the output is that of a launched program: its lines may be a log.
        `detail` may give another step.
        """
        row = {"kind": kind, "step": max(self.step, 0), "time": round(time.time(), 3), **detail}
        is_written = self._events.write(row, sync=sync)
        said = " ".join(f"{key}={value}" for key, value in detail.items())
        if not (self._record.program and self._record.program.is_launched):
            self._say(f"step {row['step']}: {kind} {said}".rstrip())
        return is_written

    @property
    def has_begun(self) -> bool:
        """Whether rows can be written."""
        return self._metrics is not None

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Write a row of metrics of a step; `judge` says later what it shows."""
        assert self._metrics is not None
        self._metrics.write(step, values)

    def judge(self) -> None:
        """Note what the rows show that were written since it was called last."""
        if self._metrics is not None:
            with contextlib.suppress(OSError):  # they are still there at the next call
                self._judge_rows()
            self._note_findings()

    def measure(self, step: int, values: Mapping[str, float]) -> None:
        """Write a row of metrics of a step, and note what it shows for certain."""
        self.write(step, values)
        self._say_progress(step, values)
        for name, value in values.items():
            self._judge.observe(name, step, value)
        self._note_findings()

    def _judge_rows(self) -> None:
        more = True
        while more:
            batch = self._judged.read(*_BOUNDS)
            self._judge.feed(batch.columns)
            more = batch.more

    def _note_findings(self) -> None:
        found = self._judge.verdict().events
        for event in found[self._told :]:
            dates = {"step": event.step, "seen_at": event.seen_at}
            interval = {} if event.low is None else {"low": event.low, "high": event.high}
            self.note(event.kind, {key: whole(value) for key, value in (dates | interval).items()})
        self._told = len(found)

    def _say(self, line: str) -> None:
        say(line, self._output)

    def _say_progress(self, step: int, values: Mapping[str, float]) -> None:
        if time.monotonic() < self._say_at or "train/loss" not in values:
            return
        self._say_at = time.monotonic() + SAY_EVERY_S
        wholes = {name: value for name, value in values.items() if name.count("/") == 1}
        said = "  ".join(f"{name} {value:.4g}" for name, value in wholes.items())
        self._say(f"step {step}: {said}")

    def sync(self) -> None:
        """Wait until all rows are on the disk."""
        if self._metrics:
            self._metrics.sync()

    def close(self) -> None:
        """Close the files."""
        if self._metrics:
            self._metrics.close()
        self._events.close()

    def _replace(self, **fields: Any) -> None:
        with self._replacing:  # checkpoints are written by another thread
            self._record = msgspec.structs.replace(self._record, **fields)
            with contextlib.suppress(OSError):
                write_record(self.paths.record, self._record)
