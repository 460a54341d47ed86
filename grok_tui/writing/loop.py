"""A run while somebody's own loop trains it: rows, step boundaries, and the end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grok_tui.runs.checkpoints import program_saves
from grok_tui.runs.program import ProgramControl
from grok_tui.runs.pulse import Pulse
from grok_tui.runs.record import State
from grok_tui.runs.session import Session
from grok_tui.runs.spool import Command
from grok_tui.writing.saves import Saves
from grok_tui.writing.values import check_name, number, whole


class LoopControl(ProgramControl):
    """What others want of a loop in this process."""

    can_stop = False
    """Whether the loop asks if it should stop."""

    def _stop(self, command: Command) -> str | None:
        if not self.can_stop:
            return "its loop neither goes through run.steps nor asks run.should_stop"
        return super()._stop(command)


class Loop:
    """The run of the loop in this process."""

    def __init__(self, session: Session) -> None:
        """Take up a run that is open, and hear commands from now on."""
        self._session = session
        self._recorder = session.recorder
        self.saves = Saves(self._recorder)
        saved = program_saves(self._recorder.paths)
        self.checkpoint: Path | None = saved[0][1] if saved else None
        self.step = saved[0][0] if saved else 0
        self._names: set[str] = set()
        self._is_in_steps = False
        self._trains_since = time.perf_counter()
        self._recorder.step = self.step
        self._pulse = Pulse(self._recorder, session.control, between=self._judge)
        self._pulse.__enter__()
        self._control.begin({**self._control.refusals(), "checkpoint": self._save})

    @property
    def _control(self) -> LoopControl:
        assert isinstance(self._session.control, LoopControl)
        return self._session.control

    @property
    def path(self) -> Path:
        """The run directory."""
        return self._recorder.paths.root

    def should_stop(self) -> bool:
        """Return whether the loop is to end, and remember that it asks."""
        self._control.can_stop = True
        return self._control.stop_reason is not None

    def steps(self, first: int, count: int) -> Iterator[int]:
        """Give the steps from the first to that before `count`, and wait between them if asked."""
        self.plan(count)
        self._begin_rows(first)
        self._control.can_stop = True
        self._is_in_steps = True
        try:
            for step in range(first, count):
                if self._boundary(step):
                    return
                yield step
            self._make(max(first, count))
        finally:
            self._is_in_steps = False

    def made(self, count: int) -> bool:
        """Stand after so many steps; return whether the loop is to end."""
        self._control.can_stop = self._is_in_steps = True
        return self._boundary(count)

    def plan(self, count: int) -> None:
        """Tell how many steps will be made."""
        self._recorder.plan(count)

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Write a row; outside of `steps`, the first row of a step ends that step."""
        step = whole("step", step)
        row = {}
        for name, value in values.items():
            if name not in self._names:
                check_name(name)
                self._names.add(name)
            if value is not None:
                row[name] = value if type(value) is float else number(name, value)
        if not self._recorder.has_begun:
            self._begin_rows(step)
        if row and self._recorder.has_begun:
            self._recorder.write(step, row)
        if not self._is_in_steps and step + 1 > self.step:
            self._boundary(step + 1)

    def end(self, reason: str | None = None) -> None:
        """Write down that the loop is over, or was stopped."""
        if reason:
            self._control.ask_to_stop(reason)
        is_stopped = self._control.stop_reason is not None
        if is_stopped:
            self.saves.save_at_end("at the end")
        self._end_pulse()
        self._session.end(State.STOPPED if is_stopped else State.FINISHED)

    def crash(self, error: BaseException) -> None:
        """Write down what ended the loop; to leave it by Ctrl-C or exit is no crash."""
        if isinstance(error, KeyboardInterrupt):
            self.end("on Ctrl-C")
        elif isinstance(error, Exception):
            self._end_pulse()
            self._session.crash(error)
            self._session.close()
        else:
            self.end(f"its program left it by {type(error).__name__}")

    def _end_pulse(self) -> None:
        self._pulse.__exit__()
        self._judge()

    def _judge(self) -> None:
        """Note what the rows show; what goes wrong there must not end somebody's training."""
        with contextlib.suppress(Exception):
            self._recorder.judge()

    def _begin_rows(self, step: int) -> None:
        """Open the file of rows; those of an earlier session from this step on are superseded."""
        if not self._recorder.has_begun:
            with contextlib.suppress(OSError):  # a full disk; the next row tries again
                self._recorder.begin(step - 1)
            self._make(step)

    def _boundary(self, made: int) -> bool:
        """Stand between two steps, as long as wanted; return whether the loop is to end."""
        now = time.perf_counter()
        self._pulse.trained_s += now - self._trains_since
        self._make(made)
        is_over = self._control.should_stop()
        self._trains_since = time.perf_counter()
        return is_over

    def _make(self, made: int) -> None:
        self.step = self._recorder.step = made

    def _save(self, _command: Command) -> str | None:
        return self.saves.save("on command")
