from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui.runs.record import State
from grok_tui.runs.status import Status
from grok_tui.watch.control import needs_process, why_not
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
    assert needs_process("resume", run(state))
    assert not needs_process("resume", run(state, is_sample=True))
    assert why_not("pause", run(state)) is not None


@pytest.mark.parametrize("state", [State.FINISHED, State.STALE, State.UNREADABLE, State.PAUSED])
def test_others_get_no_second_process(state: State) -> None:
    assert not needs_process("resume", run(state))
    assert needs_process("extend", run(state)) is (state is State.FINISHED)


def test_a_sample_is_never_controlled() -> None:
    assert "recorded sample" in (why_not("stop", run(State.RUNNING, is_sample=True)) or "")
