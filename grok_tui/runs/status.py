"""What a run is doing now, derived from its directory the same way by everybody.

The state in `run.json` is what the trainer last wrote; whether that is still true is decided by
its lock on this machine, and by the age of its heartbeat on another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grok_tui.runs.host import Host
from grok_tui.runs.record import ENDED, Record, State
from grok_tui.runs.spool import Command

START_GRACE_S = 60.0
"""A run that was just made may take this long to take its lock: loading torch from a slow network
file system takes tens of seconds."""
STALE_AFTER_S = 90.0
"""Age of a heartbeat from another machine that is no longer explained by file attributes that a
network file system keeps for up to a minute."""

_ON_THE_WAY = {
    (State.RUNNING, "pause"): State.PAUSING,
    (State.PAUSED, "resume"): State.RESUMING,
    (State.PAUSING, "resume"): State.RESUMING,
    (State.RESUMING, "pause"): State.PAUSING,
    (State.RUNNING, "stop"): State.STOPPING,
    (State.PAUSING, "stop"): State.STOPPING,
    (State.RESUMING, "stop"): State.STOPPING,
    (State.PAUSED, "stop"): State.STOPPING,
    (State.STARTING, "stop"): State.STOPPING,
    (State.RUNNING, "park"): State.PARKING,
    (State.PAUSED, "park"): State.PARKING,
    (State.STARTING, "park"): State.PARKING,
}


@dataclass(frozen=True, slots=True)
class Status:
    """A state with the reason for it, where one is needed."""

    state: State
    reason: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether a trainer is there to hear commands."""
        return self.state not in ENDED | {
            State.QUEUED,
            State.LOST,
            State.STALE,
            State.UNREADABLE,
            State.LIVE,
            State.QUIET,
        }


def status(
    record: Record,
    *,
    lock_held: bool,
    last_sign: float | None,
    pending: Sequence[Command],
    host: Host,
    now: float,
    is_stopped: bool = False,
) -> Status:
    """Derive what a run is doing.

    Args:
        record: the content of `run.json`.
        lock_held: whether a process on this machine holds the run's lock; asked before and after
            the record was read, since a trainer may come or go in between.
        last_sign: when the heartbeat was last replaced, in seconds since the epoch by the clock of
            the file system: clocks of other machines may differ by minutes.
        pending: commands that were not acknowledged yet.
        host: this machine.
        now: seconds since the epoch.
        is_stopped: whether the process of the run stands still on a signal.
    """
    if record.state in ENDED:
        return Status(record.state, record.reason)
    if record.state is State.QUEUED:
        is_here = record.host == host.name
        return Status(State.QUEUED, None if is_here else f"in the queue of {record.host}")
    if lock_held and is_stopped and _is_here(record, host):
        return Status(State.FROZEN, "SIGSTOP keeps its process in memory; it hears nothing")
    if lock_held:
        return Status(_with_pending(record.state, pending), record.warning or record.reason)
    if _is_here(record, host):
        return _without_trainer(record, now)
    if record.host == host.name:
        return Status(State.LOST, "the machine was restarted")
    if now - (last_sign or record.state_time) > STALE_AFTER_S:
        return Status(State.STALE, f"no sign of life from {record.host}")
    return Status(_with_pending(record.state, pending), record.warning or record.reason)


def _with_pending(state: State, pending: Sequence[Command]) -> State:
    for command in pending:
        state = _ON_THE_WAY.get((state, command.verb), state)
    return state


def _is_here(record: Record, host: Host) -> bool:
    if record.boot_id and host.boot_id:
        return record.boot_id == host.boot_id
    return record.host == host.name


def _without_trainer(record: Record, now: float) -> Status:
    if record.pid is not None or record.state is not State.STARTING:  # it had the lock
        return Status(State.CRASHED, "its process is gone without a word: killed, or out of memory")
    if now - record.state_time < START_GRACE_S:
        return Status(State.STARTING)
    return Status(State.CRASHED, "it never started")
