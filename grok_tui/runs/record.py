"""`run.json`: who a run is, what it was asked to do, and how far it has come."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from grok_tui.config import Expected
from grok_tui.files import write_atomic
from grok_tui.runs.decode import Amount, Count, read_json

SCHEMA = 1
MAX_BYTES = 1 << 20


class State(StrEnum):
    """What a run is doing, in the word that is shown."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    FROZEN = "frozen"
    RESUMING = "resuming"
    STOPPING = "stopping"
    STOPPED = "stopped"
    PARKING = "parking"
    PARKED = "parked"
    FINISHED = "finished"
    CRASHED = "crashed"
    LOST = "lost"
    STALE = "stale"
    UNREADABLE = "unreadable"
    LIVE = "live"
    """Another program's log that grows."""
    QUIET = "quiet"
    """Another program's log that has not grown for a while."""


ENDED = frozenset({State.STOPPED, State.PARKED, State.FINISHED, State.CRASHED})
"""States that the trainer writes as its last word."""


class Data(Struct, frozen=True, kw_only=True):
    """What the trainer knows of the task's examples."""

    train_size: Count
    test_size: Count
    classes: Count | None = None
    chance: Annotated[float, Meta(ge=0, lt=1)] | None = None
    """Accuracy of guessing."""


class Parent(Struct, frozen=True, kw_only=True):
    """The run that another one was forked from."""

    id: str
    step: Count
    """The step of the checkpoint that it goes on from."""
    changes: dict[str, Any] = {}
    """What differs from the parent, by dotted key."""


class Program(Struct, frozen=True, kw_only=True):
    """Somebody's own program, which makes the steps of a run in place of our trainer."""

    is_launched: bool = False
    """Whether grok-tui started it, and not somebody else."""
    arguments: list[str] = []
    """Its command line, to start it again; nothing where a secret stood in it."""
    seal: str | None = None
    """Shows that this user launched that command line; see `grok_tui.launch.seal`."""


class Record(Struct, frozen=True, kw_only=True):
    """The content of `run.json`. Fields that a newer version added are ignored."""

    schema: int = SCHEMA
    id: str
    name: str
    preset: str | None = None
    changes: dict[str, Any] = {}
    """What differs from the preset, by dotted key."""
    config: dict[str, Any]
    expected: Expected | None = None
    """What the preset says that it will show, where nothing was changed that matters for it."""
    parent: Parent | None = None
    live: dict[str, Any] = {}
    """Settings that were changed while it ran, by dotted key."""
    program: Program | None = None
    """What makes the steps where that is not our trainer; `config` is then whatever it says."""
    steps: Count | None = None
    """Steps that a program says it will make; those of our trainer stand in its config."""
    logs: list[str] = []
    """Where a program writes logs of its own: files or folders, absolute or from the run's."""
    folder: str | None = None
    """Where it was made: functions of the user's own are looked for here."""
    command: list[str] = []
    """The command line that made it, with its secrets hidden."""
    environment: dict[str, str] = {}
    """Variables that decide how it computes, as the trainer found them."""
    created: Amount
    """Seconds since the epoch."""
    state: State = State.STARTING
    """The last state that was written down; what is true now, `status` derives."""
    state_time: Amount
    session: Count = 1
    """Counts the processes that trained it, one after the other."""
    warning: str | None = None
    """What those who watch it should know while it lives."""
    state_step: Count = 0
    """The step that was made last when the state was written down."""
    reason: str | None = None
    """Why a run stopped or crashed."""
    host: str
    boot_id: str | None = None
    pid: int | None = None
    """Set once the trainer holds the lock. Never believed to be alive: numbers are used again."""
    start_ticks: Count | None = None
    """When the process was started, in clock ticks since the machine's start."""
    device: str | None = None
    threads: int | None = None
    versions: dict[str, str] = {}
    data: Data | None = None


def read_record(path: Path) -> Record:
    """Read `run.json`.

    Raises:
        UnreadableError: it is missing or cannot be understood; the message says why.
    """
    return read_json(path, Record, MAX_BYTES)


def write_record(path: Path, record: Record) -> None:
    """Replace `run.json`; raises OSError where even a full disk's own blocks do not suffice."""
    encoded = msgspec.json.format(msgspec.json.encode(record), indent=2)
    write_atomic(path, encoded + b"\n", sync=True, over_when_full=True)
