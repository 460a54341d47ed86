from __future__ import annotations

import time
from pathlib import Path

import pytest
from support import grokking_rows, write_run
from sweep_support import ACTIVATION, DECAY, FRACTION, middle_of, write_cells
from textual.pilot import Pilot
from tui_support import screen_text, until, until_shown

from grok_tui.runs.record import State
from grok_tui.runs.sweep import SweepPaths
from grok_tui.tui.app import GrokTui
from grok_tui.tui.screens.compare import CompareScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.screens.sweep import SweepScreen
from grok_tui.tui.widgets.heat_map import HeatMap

SIZE = (110, 32)


def opened(root: Path) -> GrokTui:
    return GrokTui(root, open_sweep=write_cells(root))


def chosen(pilot: Pilot[None]) -> tuple[int, int]:
    return pilot.app.screen.query_one(HeatMap).chosen


async def test_a_sweep_is_shown_with_its_phases_and_the_chosen_cell(root: Path) -> None:
    async with opened(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(
            pilot,
            "sweep · add-53-flash · 6 cells × 2 seeds · 10 of 12 runs ended",
            "task.train_fraction ↓",
            "optimizer.weight_decay →",
            "[m]",
            "Gm",
            "0 of 2 seeds grokked (0%–66%) · half of them later, if ever",
        )
        await pilot.press("l")
        await until_shown(pilot, "[Gm]", "1 of 2 seeds grokked", "optimizer.weight_decay=1")


async def test_a_heading_that_is_cut_says_so(root: Path) -> None:
    """Half of "10 of 12 runs ended" would be another count."""
    async with opened(root).run_test(notifications=True, size=(60, 24)) as pilot:
        await until_shown(pilot, " × 2 seeds · 10 of 12 runs …")


async def test_m_shows_each_quantity_in_turn(root: Path) -> None:
    async with opened(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "sweep · phase", "Gm")
        for title, text in (
            ("grok step", "later"),
            ("delay ratio", "×"),
            ("success rate", "1/2"),
            ("complexity fall", "%"),
            ("phase", "Gm"),
        ):
            await pilot.press("m")
            await until_shown(pilot, f"sweep · {title}", text)


async def test_the_cursor_moves_by_arrows_letters_and_mouse_and_stays_inside(root: Path) -> None:
    async with opened(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "Gm")
        await pilot.press("j", "right", "l")
        assert chosen(pilot) == (1, 2)
        await pilot.press("down", "l")
        assert chosen(pilot) == (1, 2)
        await pilot.press("k", "left", "h", "up")
        assert chosen(pilot) == (0, 0)
        row = next(n for n, line in enumerate(screen_text(pilot.app).splitlines()) if "Gm" in line)
        column = screen_text(pilot.app).splitlines()[row].index("Gm")
        await pilot.click(offset=(column, row))
        assert chosen(pilot) == (0, 1)
        await pilot.click(offset=(column, row))
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen), "it is opened")


async def test_enter_compares_the_seeds_of_a_cell_or_opens_its_run(root: Path) -> None:
    sweep = write_cells(root, seeds=(0,))
    async with GrokTui(root, open_sweep=sweep).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "5 of 6 runs ended")
        await pilot.press("l", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "a lone run is opened")
        await until_shown(pilot, "c0001-s0")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, SweepScreen), "back")
        await pilot.press("l", "enter")
        await until_shown(pilot, "this cell has no runs yet")


async def test_x_turns_and_y_and_brackets_say_why_they_cannot(root: Path) -> None:
    async with opened(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "Gm")
        await pilot.press("l", "x")
        await until_shown(pilot, "optimizer.weight_decay ↓", "[Gm]")
        assert chosen(pilot) == (1, 0)
        await pilot.press("y")
        await until_shown(pilot, "this sweep has no other axis")
        await pilot.press("right_square_bracket")
        await until_shown(pilot, "all axes of this sweep are shown")


async def test_a_third_axis_is_cut_and_shown_by_keys(root: Path) -> None:
    sweep = write_cells(root, (FRACTION, DECAY, ACTIVATION), (0,))
    async with GrokTui(root, open_sweep=sweep).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "model.activation=relu")
        await pilot.press("right_square_bracket")
        await until_shown(pilot, "phase · model.activation=tanh")
        await pilot.press("left_square_bracket")
        await until_shown(pilot, "phase · model.activation=relu")
        await pilot.press("y")
        await until_shown(pilot, "model.activation ↓", "phase · task.train_fraction=0.3")


async def test_v_draws_lines_and_m_says_what_they_are(root: Path) -> None:
    async with opened(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "Gm")
        await pilot.press("v", "j")
        await until_shown(pilot, "grok step along optimizer.weight_decay", "b 0.6; shade: middle")
        await pilot.press("m")
        await until_shown(pilot, "the lines are of grok steps; v shows the cells")
        await pilot.press("v")
        await until_shown(pilot, "sweep · phase")


async def test_only_what_went_wrong_is_told_over_the_diagram(root: Path) -> None:
    """It shows by itself what became of the others, and messages would cover its legend."""
    sweep, told = write_cells(root), list[str]()
    app = GrokTui(root, open_sweep=sweep, fps=30)
    app._notifier.tell = told.append  # type: ignore[method-assign]
    async with app.run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "10 of 12 runs ended")
        for seed, state in enumerate((State.FINISHED, State.CRASHED)):
            run = write_run(sweep, [], name=f"c2s{seed}", state=state, created=time.time())
            run.root.rename(SweepPaths(sweep).run(2, seed).root)
        await until_shown(pilot, "12 of 12 runs ended", "c0002-s1: crashed")
        assert [sentence for sentence in told if "finished" in sentence]
        assert "finished" not in screen_text(app)


async def test_the_list_opens_the_sweep_of_the_chosen_run(root: Path) -> None:
    write_cells(root, seeds=(0,))
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "c0001-s0")
        await pilot.press("S")
        await until_shown(pilot, "sweep · phase", "5 of 6 runs ended")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "back")


async def test_where_there_is_no_sweep_it_is_said(root: Path) -> None:
    write_run(root, grokking_rows()[:5])
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "run-1")
        await pilot.press("S")
        await until_shown(pilot, "no run here belongs to a sweep")


async def test_new_runs_of_a_sweep_appear(root: Path) -> None:
    def first(place: tuple[int, ...], seed: int) -> float | None:
        return middle_of(place, seed) if place == (0, 0) else None

    sweep = write_cells(root, middle=first)
    async with GrokTui(root, open_sweep=sweep).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "2 of 12 runs ended")
        write_cells(root, middle=lambda p, s: None if p == (0, 0) else middle_of(p, s))
        await until_shown(pilot, "10 of 12 runs ended", "Gm")


@pytest.mark.parametrize("name", ["cells.svg", "cells.csv", "cells.png"])
async def test_the_diagram_is_saved(root: Path, tmp_path: Path, name: str) -> None:
    async with opened(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "Gm")
        await pilot.press("E")
        await until_shown(pilot, "save sweep")
        await pilot.press("ctrl+u", *str(tmp_path / name), "enter")
        await until(pilot, lambda: (tmp_path / name).exists(), "it is saved")


async def test_many_columns_are_scrolled_to_the_cursor(root: Path) -> None:
    axis = type(DECAY)(key=DECAY.key, values=[10.0**-n for n in range(20)], is_log=True)
    sweep = write_cells(root, (FRACTION, axis), (0,), lambda place, _: 400.0)
    async with GrokTui(root, open_sweep=sweep).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "[G]", "0.001", "›")
        assert "1e-19" not in screen_text(pilot.app)
        await pilot.press(*["l"] * 19)
        await until_shown(pilot, "1e-19", "‹")
