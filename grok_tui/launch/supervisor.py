"""Serves the queue of a folder of runs: starts the next run whenever there is a place for it.

It ends when nobody waits any more. The runs go on without it, and keep their places; one that is
killed loses nothing, since whoever comes next finds everything in the files.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from grok_tui.errors import GrokTuiError
from grok_tui.launch.local import Place, restart, start
from grok_tui.launch.queue import Queue, is_early, queue_of
from grok_tui.launch.slots import fitting, slots
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import LockHeldError, RunLock
from grok_tui.runs.record import Record, State, read_record, write_record

POLL_S = 0.5
"""Between two looks for a free place: a run takes seconds to start anyway."""
BEGIN_WITHIN_S = 60.0
"""How long a trainer may take until it holds its run's lock, as from a slow file system."""


def main(root: Path) -> int:
    """Serve the queue until it is empty, unless somebody does so already."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    queue = queue_of(root)
    while queue.waiting():  # asked again after the lock is given back: a run may have come late
        try:
            lock = RunLock(queue.lock)
        except LockHeldError:
            return 0
        try:
            _serve(queue)
        finally:
            lock.release()
    return 0


def _serve(queue: Queue) -> None:
    queue.put_back()
    while waiting := queue.waiting():
        for paths in waiting:
            _start_if_free(queue, paths)
        time.sleep(POLL_S)


def _start_if_free(queue: Queue, paths: RunPaths) -> None:
    """Start a run where it has a place; one that cannot be started leaves the queue."""
    try:
        record = read_record(paths.record)
        wanted = str(record.config.get("device", "auto"))
        for slot in fitting(slots(queue.folder), wanted):
            with slot.take() as lock:
                if lock is None:
                    continue
                device = None if slot.device == "cpu" else slot.device
                if queue.take(paths):
                    record = read_record(paths.record)
                    if is_early(paths, record):  # nobody has started or stopped it meanwhile
                        _start(paths, record, Place(device, lock.descriptor))
                    queue.forget(paths)
                return
    except OSError as error:  # too many processes, a full disk: it may be better at the next look
        _say(f"{paths.root.name} could not be started: {error}")
        queue.put_back()
    except GrokTuiError as error:
        _say(f"{paths.root.name} leaves the queue: {error}")
        queue.take(paths)
        queue.forget(paths)


def _start(paths: RunPaths, record: Record, place: Place) -> None:
    """Start a run and wait until it has taken over its directory, or is gone."""
    fields = {"state": State.STARTING, "state_time": time.time(), "pid": None}
    write_record(paths.record, msgspec.structs.replace(record, **fields))
    has_begun_before = bool(paths.metrics_files())
    launch = restart if has_begun_before else start
    launch(paths, place)
    _say(f"{paths.root.name} starts on {place.device or record.config.get('device')}")
    _wait_until_begun(paths)


def _wait_until_begun(paths: RunPaths) -> None:
    deadline = time.monotonic() + BEGIN_WITHIN_S
    while time.monotonic() < deadline:
        record = read_record(paths.record)
        if record.pid is not None or record.state is not State.STARTING:
            return
        time.sleep(0.05)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # a full disk: nobody would start the next run
        os.write(sys.stdout.fileno(), f"{time.strftime('%F %T')}  {line}\n".encode())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
