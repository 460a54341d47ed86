"""The trainer's process: takes the run's lock, trains, and writes down how it ended."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from grok_tui import config
from grok_tui.config import Config
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock
from grok_tui.runs.record import Record, State, read_record, write_record
from grok_tui.text import safe
from grok_tui.training.control import Control
from grok_tui.training.recorder import Recorder, say

EXIT_STOPPED = 76
"""Somebody stopped the run before its last step."""


def main(arguments: list[str]) -> int:
    """Train the run in the given directory; return the exit status."""
    try:
        if len(arguments) != 1:
            raise UsageError("usage: python -m grok_tui.training RUN_DIR")
        paths = RunPaths(Path(arguments[0]).absolute())
        record = read_record(paths.record)
        lock = RunLock(paths.lock)  # held until the process ends
        record = _claim(paths, read_record(paths.record))
    except (GrokTuiError, OSError) as error:
        print(f"grok-tui: {error}", file=sys.stderr)
        return getattr(error, "exit_status", 1)
    try:
        return _train(paths, record)
    finally:
        lock.release()


def _claim(paths: RunPaths, record: Record) -> Record:
    """Write down who trains; refuse a run that was trained before."""
    if record.state is not State.STARTING or paths.metrics_files():
        raise UsageError(f"run {record.id} was started before (it is {record.state})")
    host = this_host()
    record = msgspec.structs.replace(record, pid=os.getpid(), host=host.name, boot_id=host.boot_id)
    write_record(paths.record, record)
    return record


def _load_loop() -> Callable[[Config, Recorder, Control], State]:
    """Import the training loop, and torch with it: this takes seconds, and may fail."""
    gc.disable()  # a million objects that live for ever: looking for garbage costs an eighth
    try:
        from grok_tui.training.loop import train
    finally:
        gc.freeze()
        gc.enable()
    return train


def _train(paths: RunPaths, record: Record) -> int:
    recorder = Recorder(paths, record)
    control = Control(paths, recorder)
    control.catch_signals()
    try:
        train = _load_loop()
        ended = train(config.parse_tree(record.config, "run.json"), recorder, control)
    except Exception as error:
        # Whatever happened must be told to those who watch the run, who may see nothing else.
        is_foreseen = isinstance(error, GrokTuiError)
        if not is_foreseen:
            say(traceback.format_exc().rstrip())
        reason = str(error) if is_foreseen else f"{type(error).__name__}: {error}"
        recorder.enter(State.CRASHED, reason=safe(reason))
        control.refuse_rest("the run has crashed")
        return 1
    recorder.enter(ended, control.stop_reason if ended is State.STOPPED else None)
    control.refuse_rest(f"the run has ended ({ended})")
    recorder.close()
    return 0 if ended is State.FINISHED else EXIT_STOPPED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
