from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from tui_support import screen_text, until, until_shown

from grok_tui.config import load_sweep
from grok_tui.errors import UsageError
from grok_tui.launch import several, sweep
from grok_tui.launch.request import Request
from grok_tui.launch.several import Started
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import read_record
from grok_tui.tui import starting
from grok_tui.tui.app import GrokTui
from grok_tui.tui.screens.new_run import NewRunScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.screens.sweep import SweepScreen

SIZE = (100, 30)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunPaths]:
    """Make runs and start no trainer; return those that were to be started."""
    found: list[RunPaths] = []
    monkeypatch.setattr(several, "start", lambda run: found.append(run))
    monkeypatch.setattr(several, "start_together", lambda runs: found.extend(runs))

    def enqueue(run: RunPaths) -> int:
        found.append(run)
        return len(found)

    monkeypatch.setattr(several, "enqueue", enqueue)
    return found


def field(pilot: Pilot[None]) -> str:
    screen = pilot.app.screen
    assert isinstance(screen, NewRunScreen)
    return screen._field.key


async def go_to(pilot: Pilot[None], key: str) -> None:
    """Move the cursor of the form to a setting."""
    await pilot.press("home")
    for _ in range(60):
        if field(pilot) == key:
            return
        await pilot.press("down")
    raise AssertionError(f"there is no {key}")


async def open_form(pilot: Pilot[None]) -> None:
    await until_shown(pilot, "No runs here yet")
    await pilot.press("n")
    await until_shown(pilot, "new run · add-53-flash", "$ grok-tui train add-53-flash")
    await pilot.press("enter")


async def test_presets_are_told_with_what_they_show_and_cost(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "No runs here yet")
        await pilot.press("n")
        await until_shown(pilot, "groks within seconds", "Expected: grokked", "Cost: about 0:10")
        await pilot.press("j")
        await until_shown(pilot, "new run · add113-half", "$ grok-tui train add113-half")
        await pilot.press("G", "k", "g")
        await until_shown(pilot, "new run · add-53-flash")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the list")


async def test_a_value_is_checked_while_it_is_typed(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "steps")
        await pilot.press("enter", "x")
        await until_shown(pilot, "steps = 4000x", "steps: expected a whole number")
        await pilot.press("enter")  # a wrong value is not taken
        assert pilot.app.screen.query_one(Input).has_focus
        await pilot.press("backspace", "0", "enter")
        await until_shown(
            pilot, "* steps", "$ grok-tui train add-53-flash steps=40000", "1 changed"
        )
        assert "expected a whole number" not in screen_text(pilot.app)
        await pilot.press("x")
        await until(pilot, lambda: "steps=40000" not in screen_text(pilot.app), "as at first")


async def test_escape_leaves_the_value_as_it_was(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "steps")
        await pilot.press("enter", "9", "escape")
        assert isinstance(pilot.app.screen, NewRunScreen)
        assert "steps=" not in screen_text(pilot.app)


async def test_values_that_can_be_listed_are_chosen_by_a_key(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "task.twins")
        await pilot.press("right")
        await until_shown(pilot, "task.twins=together")
        await pilot.press("left")
        await until(pilot, lambda: "twins=together" not in screen_text(pilot.app), "as at first")
        await go_to(pilot, "loss")
        await pilot.press("right")  # what does not fit is passed over, and said so
        await until_shown(pilot, "loss=mse", "not hinge: loss: hinge is for two classes")
        await go_to(pilot, "steps")
        await pilot.press("l")
        await until_shown(pilot, "steps is typed: enter, then whole number")


async def test_tab_goes_to_the_other_side(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await pilot.press("tab", "j")
        await until_shown(pilot, "new run · add113-half")
        await pilot.press("tab", "j")
        assert field(pilot) == "launcher"


async def test_s_starts_one_run_and_shows_it(root: Path, started: list[RunPaths]) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "steps")
        await pilot.press("enter", "0", "enter", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run is shown")
        assert [run.root.name for run in started] == ["add-53-flash-1"]
        record = read_record(started[0].record)
        assert record.config["steps"] == 40000
        assert record.changes == {"steps": 40000}


@pytest.mark.parametrize("launcher", ["now", "queue"])
async def test_several_seeds_are_started_or_queued(
    root: Path, started: list[RunPaths], launcher: str
) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "seeds")
        await pilot.press("enter", *"3..5", "enter", "j")
        await pilot.press(*(["right"] if launcher == "queue" else []))
        queue = " --queue" if launcher == "queue" else ""
        await until_shown(pilot, f"$ grok-tui train add-53-flash --seeds 3..5{queue}")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the list is shown")
        said = "queued" if launcher == "queue" else "starting"
        await until_shown(pilot, f"add-53-flash-1 to add-53-flash-3 {said}")
        assert [read_record(run.record).config["seed"] for run in started] == [3, 4, 5]


async def test_what_cannot_be_started_is_told_and_can_be_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_asked: Sequence[Request], _root: Path, *, wait_for_place: bool) -> Started:
        raise UsageError("device cuda is not there")

    monkeypatch.setattr(starting, "start_all", fail)
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await pilot.press("s")
        await until_shown(pilot, "could not start: device cuda is not there")
        assert isinstance(pilot.app.screen, NewRunScreen)
        await pilot.press("s")
        await until(pilot, lambda: len(pilot.app._notifications) == 2, "it is tried again")


async def test_x_says_when_there_is_nothing_to_reset(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await pilot.press("x")
        await until_shown(pilot, "this is as the preset has it")


async def test_several_values_of_a_setting_start_a_sweep(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "_queue", lambda *_: None)  # made, but not trained
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "seeds")
        await pilot.press("enter", *"0..1", "enter")
        await go_to(pilot, "optimizer.weight_decay")
        await pilot.press("enter", *(["backspace"] * 4), *"0.1..", "x")
        await until_shown(pilot, "expected a number")
        await pilot.press("backspace", *"10 log 3", "enter")
        await until_shown(
            pilot,
            "new sweep of 3 cells × 2 seeds · add-53-flash",
            "0.1..10 log 3",
            "$ grok-tui sweep add-53-flash-sweep/sweep.toml",
        )
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SweepScreen), "it is shown")
        await until_shown(pilot, "add-53-flash-sweep: 6 runs queued", "3 cells × 2 seeds")
    written = load_sweep(root / "add-53-flash-sweep" / "sweep.toml")
    assert [axis.values for axis in written.axes] == [(0.1, 1.0, 10.0)]
    assert written.seeds == (0, 1)
    again = sweep.start_sweep(written, root)
    assert (again.fresh, again.resumed + again.waiting) == (0, 6), "the file is that of the sweep"


async def test_a_sweep_of_another_name_is_no_reason_to_lose_the_form(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "_queue", lambda *_: None)
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "No runs here yet")
        for values in ("1, 2", "1, 3"):
            await pilot.press("n")
            await until_shown(pilot, "new run · add-53-flash")
            await pilot.press("enter")
            await go_to(pilot, "optimizer.weight_decay")
            await pilot.press("enter", *(["backspace"] * 4), *values, "enter")
            await until_shown(pilot, "new sweep", f"optimizer.weight_decay           {values}")
            await pilot.press("s")
            if values == "1, 2":
                await until(pilot, lambda: isinstance(pilot.app.screen, SweepScreen), "it is shown")
                await pilot.press("b")
                await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the list")
        await until_shown(pilot, "could not start:", "another axes")
        assert isinstance(pilot.app.screen, NewRunScreen)


async def test_slurm_takes_a_run_of_the_form(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(starting, "need_slurm", lambda: None)
    monkeypatch.setattr(starting, "submit", lambda runs, *_: asked.append(runs) or 17)
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "launcher")
        await pilot.press("right", "right")
        await until_shown(pilot, "$ grok-tui train add-53-flash --launcher slurm")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run is shown")
        await until_shown(pilot, "add-53-flash-1 is job 17")
    assert [run.root.name for ((run,),) in asked] == ["add-53-flash-1"]


async def test_without_slurm_one_line_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await open_form(pilot)
        await go_to(pilot, "launcher")
        await pilot.press("right", "right", "s")
        await until_shown(pilot, "could not start: ")
        assert isinstance(pilot.app.screen, NewRunScreen)
    assert not list(root.glob("add-*"))
