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
from grok_tui.launch.local import Place, restart, start, start_together
from grok_tui.launch.queue import Queue, is_early, queue_of
from grok_tui.launch.slots import fitting, slots
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import LockHeldError, RunLock
from grok_tui.runs.record import State, read_record, write_record

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
            if not any(slot.is_free for slot in slots(queue.folder)):
                break
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
                _take_and_start(queue, paths, Place(device, lock.descriptor))
                return
    except OSError as error:  # too many processes, a full disk: it may be better at the next look
        _say(f"{paths.root.name} could not be started: {error}")
        queue.put_back()
    except GrokTuiError as error:
        _say(f"{paths.root.name} leaves the queue: {error}")
        queue.take(paths)
        queue.forget(paths)


def _take_and_start(queue: Queue, paths: RunPaths, place: Place) -> None:
    """Start a run, and those that share its process, unless somebody else has taken them."""
    taken = [each for each in queue.sharing(paths) if queue.take(each)]
    # Nobody has started or stopped these meanwhile.
    early = [each for each in taken if is_early(each, read_record(each.record))]
    if early:
        _start(early, place)
    for each in taken:
        queue.forget(each)


def _start(runs: list[RunPaths], place: Place) -> None:
    """Start runs and wait until they have taken over their directories, or are gone."""
    for paths in runs:
        fields = {"state": State.STARTING, "state_time": time.time(), "pid": None}
        record = msgspec.structs.replace(read_record(paths.record), **fields)
        write_record(paths.record, record)
    if len(runs) > 1:
        start_together(runs, place)
    elif runs[0].metrics_files():  # it has begun before
        restart(runs[0], place)
    else:
        start(runs[0], place)
    for paths in runs:
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
