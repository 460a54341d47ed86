"""What all screens share: saving, the primer, small terminals, themes, ASCII, and news."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support import SAMPLES, grokking_rows, write_run
from textual.color import Color
from tui_support import FakeTrainer, screen_text, until, until_shown

from grok_tui.chart.palette import Role
from grok_tui.runs.record import State
from grok_tui.settings import Settings
from grok_tui.tui import theme
from grok_tui.tui.app import GrokTui
from grok_tui.tui.screens.ask import LineScreen
from grok_tui.tui.screens.primer import PrimerScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.screens.small import SmallScreen
from grok_tui.tui.widgets.chart_panel import ChartPanel

SAMPLE = SAMPLES / "add-53-flash-1"


@pytest.mark.parametrize("is_open", [True, False])
async def test_what_is_shown_is_saved_and_nothing_is_overwritten(
    is_open: bool, tmp_path: Path
) -> None:
    app = GrokTui(SAMPLES, open_run=SAMPLE if is_open else None)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "add-53-flash-1")
        if not is_open:
            await pilot.press("end")
        await pilot.press("E")
        await until(pilot, lambda: isinstance(app.screen, LineScreen), "it asks where")
        await pilot.press("enter")
        path = tmp_path / "add-53-flash-1.svg"
        await until(pilot, lambda: path.exists() and path.stat().st_size > 1000, "it is saved")
        await until(pilot, lambda: not isinstance(app.screen, LineScreen), "the question is gone")
        before = path.read_bytes()
        await pilot.press("E", "enter")
        await until_shown(pilot, "is there already")
        assert path.read_bytes() == before
        await pilot.press(*["backspace"] * 3, *"csv", "enter")
        await until(pilot, path.with_suffix(".csv").exists, "another name is fine")


def scales(app: GrokTui) -> set[str]:
    """Return the scales of the x axes of what would be saved."""
    assert isinstance(app.screen, RunScreen)
    view = app.screen.view()
    return {panel.spec.x.scale for panel in view.figure.panels} if view else set()


async def test_a_log_axis_is_saved_as_it_is_shown(tmp_path: Path) -> None:
    app = GrokTui(SAMPLES, open_run=SAMPLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "grokked at")
        assert isinstance(app.screen, RunScreen)
        for scale in ("log", "linear"):
            await until(pilot, lambda scale=scale: scales(app) == {scale}, f"the axis is {scale}")
            await pilot.press("x")


async def test_where_nothing_is_shown_nothing_is_saved(tmp_path: Path) -> None:
    app = GrokTui(tmp_path)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "No runs here yet")
        await pilot.press("E")
        await until_shown(pilot, "there is nothing here to save")


async def test_the_primer_is_read_from_everywhere() -> None:
    app = GrokTui(SAMPLES)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "add-53-flash-1")
        await pilot.press("f2")
        await until_shown(pilot, "WHAT GROKKING IS")
        await pilot.press("space", "space", "k", "j")
        await until(pilot, lambda: "WHAT GROKKING IS" not in screen_text(app), "it scrolls")
        await pilot.press("escape", "question_mark", "p")
        await until(pilot, lambda: isinstance(app.screen, PrimerScreen), "and from the help")
        await pilot.press("q", "q")
        assert isinstance(app.screen, RunsScreen)


async def test_a_terminal_that_is_too_small_is_told_and_nothing_is_lost() -> None:
    app = GrokTui(SAMPLES, open_run=SAMPLE)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "grokked at")
        await pilot.press("E", *"typed")
        for size in ((59, 24), (80, 14)):
            await pilot.resize_terminal(*size)
            await until_shown(pilot, f"{size[0]}x{size[1]} is too small", "60x15")
            await pilot.press("x")
            assert isinstance(app.screen, SmallScreen)
        await pilot.resize_terminal(60, 15)
        await until(pilot, lambda: not isinstance(app.screen, SmallScreen), "it is large enough")
        await until_shown(pilot, "add-53-flash-1.svgtyped")


async def test_a_small_terminal_can_be_left() -> None:
    app = GrokTui(SAMPLES)
    async with app.run_test(size=(40, 10)) as pilot:
        await until_shown(pilot, "too small")
        await pilot.press("q")
        await until(pilot, lambda: app._exit, "it ends")


@pytest.mark.parametrize("name", list(theme.THEMES))
async def test_every_theme_has_a_colour_for_every_curve(name: str) -> None:
    app = GrokTui(SAMPLES, open_run=SAMPLE, settings=Settings(theme=name))
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "grokked at")
        assert app.theme == name
        chart = app.screen.query(ChartPanel).first()
        colours = {role: chart.get_component_styles(f"chart--{role}").color for role in Role}
        assert len(set(colours.values())) == len(colours), "each its own"
        if not app.current_theme.ansi:
            background = app.screen.background_colors[1]
            for role, colour in colours.items():
                if role is Role.RAW:  # what is smoothed stays in the background
                    continue
                assert contrast(colour, background) >= 3, f"WCAG asks 3 of marks: {role}"


def contrast(one: Color, other: Color) -> float:
    """Return the ratio of luminances after WCAG 2."""
    first, second = sorted((_luminance(one), _luminance(other)))
    return (second + 0.05) / (first + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


async def test_in_ascii_all_screens_are_ascii() -> None:
    app = GrokTui(SAMPLES, open_run=SAMPLE, settings=Settings(ascii=True))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "^ grokked at", "*****", "---^")
        for keys in ("l", "question_mark", "p", "escape", "escape", "E", "escape", "e", "b"):
            await pilot.press(keys)
            await pilot.pause()
            assert screen_text(app).isascii()


async def test_news_are_told_once_while_the_app_runs(trainer: FakeTrainer, root: Path) -> None:
    told: list[str] = []
    app = GrokTui(root, fps=30, settings=Settings(bell=True))
    app._notifier.tell = told.append  # type: ignore[method-assign]
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "● running")
        trainer.answer(State.FINISHED)
        trainer.lock.release()
        await until(pilot, lambda: told, "the end is told")
        await pilot.pause(0.2)
        (sentence,) = told
        assert sentence.startswith("live-1: finished at step ")
        await until_shown(pilot, sentence)


async def test_data_wait_for_a_line_that_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    app = GrokTui(SAMPLES)
    caught_up: list[bool] = []
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "add-53-flash-1")
        waits = [0.05, 0.05, 0.0]
        monkeypatch.setattr(app, "_wait_s", lambda: waits.pop(0))
        screen = app.screen
        monkeypatch.setattr(screen, "catch_up", lambda: caught_up.append(not waits))
        app.on_feed_changed(None)  # type: ignore[arg-type]
        app.on_feed_changed(None)  # type: ignore[arg-type]
        assert caught_up == []
        await until(pilot, lambda: caught_up, "it is shown when there is room")
        assert caught_up == [True]


def test_a_view_without_a_run_keeps_its_name() -> None:
    """Screens that show several runs save pictures and numbers, too."""
    from grok_tui.report.saving import run_view
    from grok_tui.tui.questions import where_to_save
    from grok_tui.watch.judgement import read_run

    view = replace(run_view(read_run(SAMPLE)), name="compare", run=None)
    asked = where_to_save(view)
    assert asked.answer == "compare.svg"
    assert asked.check("compare.svg") is None
    assert "one run" in (asked.check("compare.html") or "")


async def test_without_colours_a_console_shows_its_own_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "linux")
    app = GrokTui(SAMPLES)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "add-53-flash-1")
        segments = [each for strip in app.screen._compositor.render_strips() for each in strip]
        colours = {
            colour
            for each in segments
            if each.style
            for colour in (each.style.color, each.style.bgcolor)
            if colour is not None
        }
        assert all(colour.is_default for colour in colours)
        reversed_text = "".join(each.text for each in segments if each.style and each.style.reverse)
        assert reversed_text.count("finished") == 1, "the chosen run stands out"


async def test_the_list_below_a_run_is_made_when_somebody_goes_back(root: Path) -> None:
    """It took a sixth of the time until the first chart."""
    run = write_run(root, grokking_rows(), name="mine")
    app = GrokTui(root, open_run=run.root)
    async with app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, "mine-1", "accuracy", "loss")
        assert not any(isinstance(screen, RunsScreen) for screen in app.screen_stack)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "back on the list")
        await until_shown(pilot, "1 run", "mine-1")
        await pilot.press("enter")
        await until_shown(pilot, "mine-1", "loss")
        assert [type(screen) for screen in app.screen_stack][1:] == [RunsScreen, RunScreen]
