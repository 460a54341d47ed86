from __future__ import annotations

import pytest

from grok_tui.runs.host import Host
from grok_tui.runs.record import Record, State
from grok_tui.runs.spool import Command
from grok_tui.runs.status import STALE_AFTER_S, START_GRACE_S, status

HERE = Host("here", "boot-1")
NOW = 10_000.0


def record(
    state: State, *, host: str = "here", boot_id: str | None = "boot-1", pid: int | None = None
) -> Record:
    return Record(
        id="r-1",
        name="r",
        config={},
        created=NOW - 5,
        state=state,
        state_time=NOW - 5,
        host=host,
        boot_id=boot_id,
        pid=pid,
    )


def command(verb: str) -> Command:
    return Command(id="1", verb=verb, time=NOW, host="here", pid=1)


def derive(
    written: Record, *, held: bool, verbs: tuple[str, ...] = (), beat_age_s: float = 0.0, now=NOW
) -> State:
    return status(
        written,
        lock_held=held,
        last_sign=NOW - beat_age_s,
        pending=[command(verb) for verb in verbs],
        host=HERE,
        now=now,
    ).state


@pytest.mark.parametrize("state", [State.FINISHED, State.STOPPED, State.CRASHED])
def test_the_last_word_is_believed(state: State) -> None:
    assert derive(record(state), held=False) is state
    assert derive(record(state), held=True) is state


@pytest.mark.parametrize("state", [State.STARTING, State.RUNNING, State.PAUSED])
def test_with_the_lock_held_the_written_state_is_true(state: State) -> None:
    assert derive(record(state), held=True) is state


@pytest.mark.parametrize(
    ("state", "verbs", "shown"),
    [
        (State.RUNNING, ("pause",), State.PAUSING),
        (State.PAUSED, ("resume",), State.RESUMING),
        (State.PAUSED, ("pause",), State.PAUSED),
        (State.RUNNING, ("pause", "resume"), State.RESUMING),
        (State.PAUSED, ("resume", "pause"), State.PAUSING),
        (State.RUNNING, ("pause", "stop"), State.STOPPING),
        (State.RUNNING, ("stop",), State.STOPPING),
        (State.PAUSED, ("stop",), State.STOPPING),
        (State.RUNNING, ("nonsense",), State.RUNNING),
    ],
)
def test_a_command_that_was_not_answered_shows(
    state: State, verbs: tuple[str, ...], shown: State
) -> None:
    assert derive(record(state), held=True, verbs=verbs) is shown


@pytest.mark.parametrize("state", [State.RUNNING, State.PAUSED])
def test_without_the_lock_a_run_on_this_machine_has_crashed(state: State) -> None:
    assert derive(record(state), held=False) is State.CRASHED


def test_a_run_that_was_just_made_may_take_its_time() -> None:
    assert derive(record(State.STARTING), held=False) is State.STARTING
    late = NOW + START_GRACE_S
    assert derive(record(State.STARTING), held=False, now=late) is State.CRASHED


def test_a_trainer_that_had_the_lock_and_lost_it_is_no_longer_starting() -> None:
    assert derive(record(State.STARTING, pid=77), held=False) is State.CRASHED


def test_after_a_restart_of_the_machine_the_run_is_lost() -> None:
    assert derive(record(State.RUNNING, boot_id="boot-0"), held=False) is State.LOST


def test_a_run_elsewhere_lives_by_its_heartbeat() -> None:
    elsewhere = record(State.RUNNING, host="there", boot_id="boot-9")
    assert derive(elsewhere, held=False, beat_age_s=STALE_AFTER_S / 2) is State.RUNNING
    late = NOW + 2 * STALE_AFTER_S
    assert derive(elsewhere, held=False, now=late) is State.STALE


def test_without_boot_ids_names_decide() -> None:
    assert derive(record(State.RUNNING, boot_id=None), held=False) is State.CRASHED
    assert derive(record(State.RUNNING, host="there", boot_id=None), held=False) is State.RUNNING
