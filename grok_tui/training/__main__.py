"""The trainer's process: takes the run's lock, trains, and writes down how it ended."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from grok_tui import config
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.runs import spool
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import LockHeldError, RunLock
from grok_tui.runs.process import start_ticks
from grok_tui.runs.record import ENDED, Record, State, read_record, write_record
from grok_tui.runs.writer import WRITER
from grok_tui.text import safe
from grok_tui.training.control import Control
from grok_tui.training.recorder import Recorder, say

LEAVE_WITHIN_S = 20.0
"""How long a trainer may take from its last word until it is gone: its files reach the disk."""
EXIT_STATUS = {State.FINISHED: 0, State.STOPPED: 76, State.PARKED: 75}
"""What the process tells whoever waits for it: how the run ended."""


def main(arguments: list[str]) -> int:
    """Train the run in the given directory; return the exit status."""
    try:
        asked = _parse(arguments)
        paths, resume = RunPaths(asked.run.absolute()), asked.resume
        lock = _take_lock(paths)  # held until the process ends
        record = _claim(paths, read_record(paths.record), resume=resume)
    except (GrokTuiError, OSError) as error:
        print(f"grok-tui: {error}", file=sys.stderr)
        return getattr(error, "exit_status", 1)
    try:
        return _train(paths, record, resume=resume, device=asked.device)
    finally:
        lock.release()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m grok_tui.training", description=__doc__)
    parser.add_argument("run", type=Path, help="the run directory")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    parser.add_argument("--device", help="where to train, in place of what the run asks for")
    parser.add_argument("--slot", type=int, help="open file whose lock is this run's place")
    asked = parser.parse_args(arguments)
    if asked.slot is not None:  # a forked data worker would keep the place when the run is over
        os.register_at_fork(after_in_child=lambda: os.close(asked.slot))
    return asked


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
    if resume and record.state is State.FINISHED and not is_extended:
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


def is_elsewhere(folder: Path, run: Path) -> bool:
    """Return whether a folder of functions is none that came with the run directory."""
    place = folder.resolve()
    return folder.is_absolute() and run.resolve() not in (place, *place.parents)


def _load_loop() -> Callable[..., State]:
    """Import the training loop, and torch with it: this takes seconds, and may fail."""
    gc.disable()  # a million objects that live for ever: looking for garbage costs an eighth
    try:
        from grok_tui.training.loop import train
    finally:
        gc.freeze()
        gc.enable()
    return train


def _train(paths: RunPaths, record: Record, *, resume: bool, device: str | None) -> int:
    recorder = Recorder(paths, record)
    control = Control(paths, recorder)
    control.catch_signals()
    try:
        train = _load_loop()
        settings = config.parse_tree(record.config, "run.json")
        if record.folder and is_elsewhere(Path(record.folder), paths.root):
            sys.path.append(record.folder)  # at the end: a torch.py there is not torch
        if device:
            settings = msgspec.structs.replace(settings, device=device)
        ended = train(settings, recorder, control, resume=resume)
    except Exception as error:
        # Whatever happened must be told to those who watch the run, who may see nothing else.
        is_foreseen = isinstance(error, GrokTuiError)
        if not is_foreseen:
            say(traceback.format_exc().rstrip())
        reason = str(error) if is_foreseen else f"{type(error).__name__}: {error}"
        recorder.enter(State.CRASHED, reason=safe(reason))
        control.refuse_rest("the run has crashed")
        return 1
    recorder.enter(ended, control.stop_reason if ended is not State.FINISHED else None)
    control.refuse_rest(f"the run has ended ({ended})")
    recorder.close()
    return EXIT_STATUS[ended]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
