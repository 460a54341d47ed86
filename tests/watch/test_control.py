from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.watch.control import Way, way, why_not, why_not_signal
from grok_tui.watch.view import RunView


def run(state: State, *, is_sample: bool = False) -> RunView:
    return RunView(id="a-1", path=Path("a-1"), name="a", status=Status(state), is_sample=is_sample)


@pytest.mark.parametrize("verb", ["pause", "resume", "stop", "park", "checkpoint"])
@pytest.mark.parametrize("state", [State.RUNNING, State.PAUSED, State.PAUSING, State.RESUMING])
def test_a_live_run_hears_everything(verb: str, state: State) -> None:
    assert why_not(verb, run(state)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.FINISHED, "has ended (finished): there is nothing to pause"),
        (State.CRASHED, "has ended (crashed)"),
        (State.LOST, "nobody would hear it: the run is lost"),
        (State.STALE, "nobody would hear it: the run is stale"),
        (State.UNREADABLE, "nobody would hear it"),
        (State.STARTING, "still starting"),
        (State.STOPPING, "stopping already"),
    ],
)
def test_others_say_why_not(state: State, reason: str) -> None:
    assert reason in (why_not("pause", run(state)) or "")


def test_a_starting_run_can_be_stopped() -> None:
    assert why_not("stop", run(State.STARTING)) is None
    assert why_not("park", run(State.STARTING)) is None


@pytest.mark.parametrize("state", [State.STOPPED, State.PARKED, State.CRASHED, State.LOST])
def test_a_run_without_a_process_can_be_resumed_and_nothing_else(state: State) -> None:
    assert why_not("resume", run(state)) is None
    assert way("resume", run(state)) is Way.PROCESS
    assert way("resume", run(state, is_sample=True)) is not Way.PROCESS
    assert why_not("pause", run(state)) is not None


@pytest.mark.parametrize("state", [State.FINISHED, State.STALE, State.UNREADABLE, State.PAUSED])
def test_others_get_no_second_process(state: State) -> None:
    assert way("resume", run(state)) is not Way.PROCESS
    assert (way("extend", run(state)) is Way.PROCESS) is (state is State.FINISHED)


def test_a_frozen_run_is_thawed_before_it_hears_anything() -> None:
    for verb in ("resume", "stop", "park"):
        assert why_not(verb, run(State.FROZEN)) is None
        assert way(verb, run(State.FROZEN)) is Way.THAW
    assert why_not("set", run(State.FROZEN)) == "the run is frozen: resume it first"


def test_a_run_in_the_queue_can_be_stopped_and_nothing_else() -> None:
    assert why_not("stop", run(State.QUEUED)) is None
    assert way("stop", run(State.QUEUED)) is Way.QUEUE
    for verb in ("pause", "resume", "park", "extend", "set"):
        assert "waits in the queue" in (why_not(verb, run(State.QUEUED)) or "")


def test_a_run_that_waits_for_slurm_can_be_held_too() -> None:
    waiting = replace(run(State.QUEUED), job="4711_3")
    assert why_not("park", waiting) is None
    assert way("park", waiting) is Way.HOLD
    assert "stopped or parked" in (why_not("pause", waiting) or "")


@pytest.mark.parametrize("freezing", [True, False])
def test_only_a_process_gets_a_signal(freezing: bool) -> None:
    assert why_not_signal(run(State.RUNNING), freezing=freezing) is None
    for state in (State.FINISHED, State.CRASHED, State.QUEUED, State.STALE):
        assert "no process" in (why_not_signal(run(state), freezing=freezing) or "")
    assert "sample" in (why_not_signal(run(State.RUNNING, is_sample=True), freezing=True) or "")
    assert (why_not_signal(run(State.FROZEN), freezing=freezing) is None) is not freezing


def test_a_sample_is_never_controlled() -> None:
    assert "recorded sample" in (why_not("stop", run(State.RUNNING, is_sample=True)) or "")
