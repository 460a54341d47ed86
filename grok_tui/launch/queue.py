"""The queue of a folder of runs on one machine: which runs wait for their turn, in which order.

It is made of files under the folder of runs (`.queue/HOST/`), so that it outlives the app: an
file for each run that waits, called after the moment at which it came and the run; in it stand the
runs that are to share a process, where there are several. To rename that file is to decide: of all
who want to start or to remove a run, one succeeds.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.files import make_private, open_output, read_regular, write_atomic
from grok_tui.runs.host import file_name, this_host
from grok_tui.runs.layout import RUN_ID, RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import Record, State, read_record, write_record

_MOST_SHARING_BYTES = 1 << 18
_ENTRY = re.compile(rf"(\d{{20}})-({RUN_ID.pattern})")


@dataclass(frozen=True, slots=True)
class Queue:
    """The files of one machine's queue in a folder of runs."""

    root: Path
    """The folder of runs."""
    host: str
    """The machine, in a form that a folder can be called."""

    @property
    def folder(self) -> Path:
        """Everything of this queue."""
        return self.root / ".queue" / self.host

    @property
    def entries(self) -> Path:
        """Folder with a file for each run that waits."""
        return self.folder / "waiting"

    @property
    def taken(self) -> Path:
        """Folder with a file for each run that is being started or removed."""
        return self.folder / "taken"

    @property
    def lock(self) -> Path:
        """Held by the supervisor while it serves this queue."""
        return self.folder / "supervisor.lock"

    @property
    def log(self) -> Path:
        """What the supervisor says."""
        return self.folder / "supervisor.log"

    def waiting(self) -> list[RunPaths]:
        """Return the runs that wait, the next one first."""
        return [RunPaths(self.root / run) for _, run in self._names(self.entries)]

    def add(self, runs: Sequence[RunPaths]) -> None:
        """Let runs that share a process wait behind those that wait already; raises OSError."""
        make_private(self.entries)
        make_private(self.taken)
        stem = time.time_ns()
        for number, paths in enumerate(runs):
            name = f"{stem + number:020d}-{paths.root.name}"
            others = "" if len(runs) == 1 else "\n".join(run.root.name for run in runs)
            write_atomic(self.entries / name, others.encode())

    def sharing(self, paths: RunPaths) -> list[RunPaths]:
        """Return the runs that wait to share a process with one that waits, it included."""
        names = self._names(self.entries)
        waiting = {run for _, run in names}
        for name, run in names:
            if run == paths.root.name:
                try:
                    text = read_regular(self.entries / name, _MOST_SHARING_BYTES).decode()
                except (OSError, UnicodeDecodeError):
                    break
                together = [each for each in text.split("\n") if each in waiting]
                return [RunPaths(self.root / each) for each in together] or [paths]
        return [paths]

    def take(self, paths: RunPaths) -> bool:
        """Take a run out of the queue; return whether it was there, and nobody else has taken it.

        Whoever takes it calls `forget` when it is started or removed.
        """
        for name, run in self._names(self.entries):
            if run == paths.root.name:
                with contextlib.suppress(FileNotFoundError):
                    (self.entries / name).rename(self.taken / name)
                    return True
        return False

    def names(self) -> frozenset[str]:
        """Return the names of all runs that wait, or are being started or removed."""
        return frozenset(run for at in (self.entries, self.taken) for _, run in self._names(at))

    def is_taken(self, paths: RunPaths) -> bool:
        """Return whether somebody is starting or removing a run."""
        return any(run == paths.root.name for _, run in self._names(self.taken))

    def forget(self, paths: RunPaths) -> None:
        """Remove what is left of a run that was taken."""
        for name, run in self._names(self.taken):
            if run == paths.root.name:
                (self.taken / name).unlink(missing_ok=True)

    def put_back(self) -> None:
        """Let the runs wait again that somebody took and died before they had a process."""
        for name, run in self._names(self.taken):
            entry, paths = self.taken / name, RunPaths(self.root / run)
            with contextlib.suppress(GrokTuiError, OSError):
                if is_early(paths, read_record(paths.record)):
                    entry.rename(self.entries / name)
            entry.unlink(missing_ok=True)

    def _names(self, folder: Path) -> list[tuple[str, str]]:
        """Return (name of the file, run) in a folder, the oldest first."""
        try:
            matches = map(_ENTRY.fullmatch, sorted(entry.name for entry in os.scandir(folder)))
        except OSError:
            return []
        return [(match[0], match[2]) for match in matches if match]


def queue_of(root: Path) -> Queue:
    """Return the queue of this machine."""
    return Queue(root, this_host().file_name)


def enqueue(*runs: RunPaths) -> int:
    """Let runs wait for their turn, and see to it that the queue is served.

    Args:
        runs: one run, or several of one folder that share a process: they differ in their seeds.

    Returns:
        The number of runs that wait, these included.

    Raises:
        UsageError: one is somebody else's, or its folder cannot be written.
    """
    return enqueue_all([runs])


def enqueue_all(processes: Sequence[Sequence[RunPaths]]) -> int:
    """Let the runs of many processes wait, each as `enqueue` does; they lie in one folder.

    The first ones start while the others come, and the queue is looked through once for all.
    """
    queue = queue_of(processes[0][0].root.parent)
    try:
        for number, runs in enumerate(processes):
            _add(queue, runs)
            if number == 0:
                serve(queue)
        serve(queue)
    except OSError as error:
        raise UsageError(f"cannot write {queue.folder}: {error.strerror}") from None
    return len(queue.waiting())


def _add(queue: Queue, runs: Sequence[RunPaths]) -> None:
    host = this_host()
    records = [read_record(paths.record) for paths in runs]
    for paths in runs:
        _need_owner(paths)
        if not RUN_ID.fullmatch(paths.root.name):
            raise UsageError("a run that waits has a name of letters, digits, dots, dashes and _")
    fields = {"state": State.QUEUED, "state_time": time.time(), "pid": None, "reason": None}
    for paths, record in zip(runs, records, strict=True):
        record = msgspec.structs.replace(record, **fields, host=host.name, boot_id=host.boot_id)
        write_record(paths.record, record)
    queue.add(runs)


def remove(paths: RunPaths) -> None:
    """Stop a run that waits.

    Raises:
        GrokTuiError: it is being started at this moment.
    """
    record = read_record(paths.record)
    _need_owner(paths)
    queue = Queue(paths.root.parent, file_name(record.host))
    was_waiting = queue.take(paths)
    is_lost = record.state is State.QUEUED and not queue.is_taken(paths)
    if not was_waiting and (not is_lost or is_held(paths.lock)):
        raise GrokTuiError(f"{paths.root.name} is starting now: stop it when it runs")
    fields = {"state": State.STOPPED, "state_time": time.time(), "reason": "before its turn"}
    write_record(paths.record, msgspec.structs.replace(record, **fields))
    queue.forget(paths)


def serve(queue: Queue) -> None:
    """Start a supervisor, detached, where runs wait and nobody serves them."""
    if not queue.waiting() or is_held(queue.lock) or not _is_ours(queue.folder):
        return
    with open_output(queue.log) as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-P", "-m", "grok_tui.launch.supervisor", str(queue.root.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=supervisor.wait, name="reaper", daemon=True).start()


def is_early(paths: RunPaths, record: Record) -> bool:
    """Return whether a run is still to get its process."""
    waits = record.state in (State.QUEUED, State.STARTING)
    return waits and record.pid is None and not is_held(paths.lock)


def _is_ours(folder: Path) -> bool:
    return folder.lstat().st_uid == os.geteuid()


def _need_owner(paths: RunPaths) -> None:
    if not _is_ours(paths.record):
        raise UsageError(f"{paths.root.name} is somebody else's run")
