"""One process's hold on one run: its lock from the first moment, and how it ended at the last."""

from __future__ import annotations

import os
import time
import traceback

import msgspec

from grok_tui import config
from grok_tui.config import Config
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.files import open_output
from grok_tui.runs import spool
from grok_tui.runs.control import Control
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import LockHeldError, RunLock
from grok_tui.runs.process import start_ticks
from grok_tui.runs.record import ENDED, Record, State, read_record, write_record
from grok_tui.runs.recorder import Recorder, say
from grok_tui.runs.writer import WRITER
from grok_tui.text import safe

LEAVE_WITHIN_S = 10.0
"""How long a trainer may take from its last word until it is gone: its files reach the disk."""


class Session:
    """A run that this process trains, alone or with others."""

    def __init__(
        self,
        paths: RunPaths,
        *,
        resume: bool = False,
        joins: bool = False,
        has_output: bool = False,
        control: type[Control] = Control,
    ) -> None:
        """Take the run's lock and write down who trains it.

        Args:
            paths: the run directory.
            resume: whether it is to go on.
            joins: whether grok-tui launched this program as the run, and holds its lock; then it
                takes the lock beside that.
            has_output: whether what is said goes to the run's output, and not to this process's.
            control: what hears the commands.

        Raises:
            LockHeldError: another process trains it.
            UsageError: it was started before, or is finished.
            OSError: its files cannot be made.
        """
        self._lock = RunLock(paths.program_lock) if joins else _take_lock(paths)
        record = read_record(paths.record)
        record = record if joins else _claim(paths, record, resume=resume)
        self._output = open_output(paths.stdout) if has_output else None
        self.record = record
        self.recorder = Recorder(paths, record, self._output.fileno() if self._output else None)
        self.control = control(paths, self.recorder)

    def config(self) -> Config:
        """Return what the run is asked to do.

        Raises:
            UsageError: it is written down wrongly.
        """
        return config.parse_tree(self.record.config, "run.json")

    def end(self, state: State) -> None:
        """Write down how the run ended."""
        reason = self.control.stop_reason if state is not State.FINISHED else None
        self.recorder.enter(state, reason)
        self.control.refuse_rest(f"the run has ended ({state})")
        self.close()

    def close(self) -> None:
        """Close the run's files, and let another process train it."""
        self.recorder.close()
        self.release()

    def crash(self, error: Exception) -> None:
        """Tell what happened to those who watch the run, who may see nothing else."""
        is_foreseen = isinstance(error, GrokTuiError)
        if not is_foreseen:
            told = "".join(traceback.format_exception(error))
            say(told.rstrip(), self._output.fileno() if self._output else None)
        reason = str(error) if is_foreseen else f"{type(error).__name__}: {error}"
        self.recorder.enter(State.CRASHED, reason=safe(reason))
        self.control.refuse_rest("the run has crashed")

    def release(self) -> None:
        """Let another process train the run; safe to call twice."""
        self._lock.release()
        if self._output is not None:
            self._output.close()


def _take_lock(paths: RunPaths) -> RunLock:
    """Take the run's lock; one that is only about to be given back is waited for.

    Raises:
        LockHeldError: another process trains.
    """
    deadline = time.monotonic() + LEAVE_WITHIN_S
    while True:
        record = read_record(paths.record)
        try:
            return RunLock(paths.lock)
        except LockHeldError:
            is_leaving = record.state in ENDED or record.pid is None
            if not is_leaving or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _claim(paths: RunPaths, record: Record, *, resume: bool) -> Record:
    """Write down who trains; refuse a run that was trained before, unless it is to go on."""
    sessions = [session for writer, session, _ in paths.metrics_files() if writer == WRITER]
    if not resume and (record.state is not State.STARTING or sessions):
        raise UsageError(f"run {record.id} was started before (it is {record.state})")
    is_extended = any(command.verb == "extend" for command in spool.pending(paths))
    if resume and not (record.program or is_extended) and record.state is State.FINISHED:
        raise UsageError(f"run {record.id} has made all its steps; extend it to train it further")
    host = this_host()
    record = msgspec.structs.replace(
        record,
        state=State.STARTING,
        state_time=time.time(),
        reason=None,
        session=max([record.session, *sessions]) + 1 if resume else 1,
        pid=os.getpid(),
        start_ticks=start_ticks(os.getpid()),
        host=host.name,
        boot_id=host.boot_id,
    )
    write_record(paths.record, record)
    return record
