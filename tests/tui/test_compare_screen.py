from __future__ import annotations

from pathlib import Path

import pytest
from support import DATA, grokking_rows, write_run
from textual.pilot import Pilot
from tui_support import screen_text, until, until_shown

from grok_tui.analysis.seeds import Dates
from grok_tui.chart.figure import Figure
from grok_tui.config import AdamW, Config
from grok_tui.tui.app import GrokTui
from grok_tui.tui.comparing import dates_strip
from grok_tui.tui.screens.compare import CompareScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.widgets.overlay_panel import OverlayPanel

SIZE = (140, 40)


@pytest.fixture
def runs(root: Path) -> Path:
    """Three seeds of one setting, of which the last has not grokked, and one of another."""
    for seed, middle in enumerate((600.0, 900.0)):
        config = Config(name=f"run-seed{seed}", seed=seed)
        rows = grokking_rows(middle)
        write_run(root, rows, name=config.name, config=config, data=DATA, created=4 - seed)
    late = Config(name="run-seed2", seed=2)
    write_run(root, grokking_rows(1e6), name="run-seed2", config=late, data=DATA, created=2)
    other = Config(name="other", optimizer=AdamW(weight_decay=2.0))
    write_run(root, grokking_rows(400.0), name="other", config=other, data=DATA, created=1)
    return root


async def compare_all(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: screen_text(pilot.app).count("⚑ grokked") >= 3, "all is read")
    await pilot.press("V", "c")
    await until_shown(pilot, "compare 4 runs · test accuracy · x: step (log)")


async def test_runs_are_told_apart_by_letters_on_the_chart_and_beside_it(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await compare_all(pilot)
        await until_shown(pilot, "A ━━ run-seed0-1", "⚑ grokked 600", "D ━━ other-1")

        def is_lettered() -> bool:
            rows = [line[6:86] for line in screen_text(pilot.app).splitlines()[2:38]]
            return all(any(letter in row for row in rows) for letter in "ABCD")

        await until(pilot, is_lettered, "each line has its letter")
        await until_shown(
            pilot,
            "groks in 2 of 3 seeds (21–94 %), half by 900",
            "groks in 1 of 1 seed (21–100 %)",
            "optimizer.weight_decay  0.3 (A B C)  2 (D)",
        )


async def test_m_shows_the_next_metric_a_all_of_them_and_s_seeds_as_a_band(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await compare_all(pilot)
        for metric in ("test loss", "gap", "MDL", "train accuracy", "train loss"):
            await pilot.press("m")
            await until_shown(pilot, f"compare 4 runs · {metric} ·", f"── {metric} ")
        await pilot.press("a")
        await until_shown(pilot, "all charts", "── test accuracy", "── MDL", "── train loss")
        shown = [panel for panel in pilot.app.screen.query(OverlayPanel) if panel.display]
        assert len(shown) == 6
        await pilot.press("m")
        await until_shown(pilot, "all charts are shown; a shows one")
        await pilot.press("a", "s")
        while "· test accuracy ·" not in screen_text(pilot.app):  # after the last the first again
            await pilot.press("m")
            await pilot.pause()
        await until_shown(pilot, "seeds: median, lowest to highest", "3 seeds", "░", "A ━━ wd=0.3")
        await pilot.press("s")
        await until_shown(pilot, "A ━━ run-seed0-1")


async def test_x_aligns_and_says_who_cannot_be(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await compare_all(pilot)
        await pilot.press("x")
        await until_shown(pilot, "x: seconds since the first row")
        while "× grok step" not in screen_text(pilot.app):
            await pilot.press("x")
            await pilot.pause()
        await until_shown(pilot, "not drawn: has not grokked", "C ━━ run-seed2-1")
        await pilot.press("l")
        await until_shown(pilot, "x: steps after grokking (linear)")
        await pilot.press("x")
        await until_shown(pilot, "x: step (linear)")


async def test_a_small_screen_shows_the_chart_and_the_words_below(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=(80, 24)) as pilot:
        await compare_all(pilot)
        await until_shown(pilot, "── test accuracy", "A ━━ run-seed0-1", "when they grokked")
        assert "settings that differ" not in screen_text(pilot.app)
        await pilot.press(*"jjjjjjjj")
        await until_shown(pilot, "settings that differ")
        await pilot.press(*"kkkkkkkk")
        await until_shown(pilot, "A ━━ run-seed0-1")


async def test_what_is_compared_is_saved(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await compare_all(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, CompareScreen)
        view = screen.view()
        assert view is not None
        assert isinstance(view.figure, Figure)
        assert [len(panel.spec.lines) for panel in view.figure.panels] == [4]
        assert "A run-seed0-1: ⚑ grokked 600; B " in view.figure.caption
        assert "other-1 test accuracy" in view.numbers().splitlines()[0]
        await pilot.press("a", "s")
        await until_shown(pilot, "seeds: median")
        view = screen.view()
        assert view is not None
        assert isinstance(view.figure, Figure)
        assert len(view.figure.panels) == 6
        assert [len(panel.spec.left) for panel in view.figure.panels[:1]] == [2]


async def test_without_marks_the_seeds_of_the_chosen_run_are_compared(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: screen_text(pilot.app).count("⚑ grokked") >= 3, "all is read")
        await pilot.press("c")
        await until_shown(pilot, "compare 3 runs")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the list")
        await pilot.press("end", "c")
        await until_shown(pilot, "v marks the runs to compare: two or more, please")


async def test_what_cannot_be_done_says_why(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: screen_text(pilot.app).count("⚑ grokked") >= 3, "all is read")
        await pilot.press("v", "end", "v", "c")
        await until_shown(pilot, "compare 2 runs")
        await pilot.press("s")
        await until_shown(pilot, "no two of these runs have one setting")


async def test_a_run_that_goes_away_is_left_out(runs: Path) -> None:
    async with GrokTui(runs, fps=30).run_test(notifications=True, size=SIZE) as pilot:
        await compare_all(pilot)
        (runs / "other-1").rename(runs.parent / "elsewhere")
        await until_shown(pilot, "compare 3 runs")
        assert isinstance(pilot.app.screen, CompareScreen)


def test_dates_are_marks_on_a_logarithmic_axis() -> None:
    dates = Dates((100.0, 101.0, 1000.0), (9999.0,))
    assert dates_strip(dates, 100, 10_000, 8) == "2···●··›"
    assert dates_strip(Dates((), (50.0,)), 100, 10_000, 4) == "›···"
