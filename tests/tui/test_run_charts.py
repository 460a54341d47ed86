"""The keys and the mouse that look at charts; what they compute is tested without a screen."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from support import SAMPLES, grokking_rows, write_run
from textual.events import MouseScrollUp
from textual.pilot import Pilot
from tui_support import FakeTrainer, screen_text, until, until_shown

from grok_tui.analysis.series import Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.draw import MARGIN, RESTART_FOOT
from grok_tui.chart.palette import Role
from grok_tui.paths import state_file
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.notes import change_notes
from grok_tui.runs.record import State
from grok_tui.runs.writer import MetricsWriter
from grok_tui.settings import Settings
from grok_tui.tui.app import GrokTui
from grok_tui.tui.screens.pick import PickScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.widgets.chart_grid import ChartGrid
from grok_tui.tui.widgets.chart_panel import CHOSEN, CURSOR, ChartPanel
from grok_tui.watch.view import RunView

SIZE = (100, 30)


def charts(pilot: Pilot[None]) -> dict[str, ChartPanel]:
    panels = pilot.app.screen.query_one(ChartGrid).panels
    return {panel.panel.key: panel for panel in panels if panel.panel is not None}


def axis(pilot: Pilot[None]) -> Axis:
    (x,) = {panel.panel.spec.x for panel in charts(pilot).values() if panel.panel is not None}
    return x


def title(pilot: Pilot[None], key: str) -> str:
    return charts(pilot)[key].render_line(0).text


def rows_of(panel: ChartPanel) -> list[str]:
    return [panel.render_line(y).text for y in range(panel.size.height)]


async def shows(pilot: Pilot[None], *keys: str) -> None:
    await until(pilot, lambda: tuple(charts(pilot)) == keys, f"the charts are {keys}")


@pytest.fixture
def many(root: Path) -> RunPaths:
    """A run with metrics of all kinds."""
    all_rows = grokking_rows()
    dense, sparse = all_rows[:64], all_rows[:64:-4][::-1]
    rows = [
        (
            step,
            {
                **values,
                "train/f1": values["train/accuracy"] / 2,
                "test/f1": values["test/accuracy"] / 2,
                "lr": 0.01,
                "epoch": step / 100,
                "zeta": -1.0 if step < 40 else 5.0,
            },
        )
        for step, values in [*dense, *sparse]
    ]
    return write_run(root, rows)


def app_of(paths: RunPaths) -> GrokTui:
    return GrokTui(paths.root.parent, open_run=paths.root, fps=30)


def sample() -> GrokTui:
    return GrokTui(SAMPLES, open_run=SAMPLES / "add-53-flash-1")


async def test_one_cursor_stands_on_all_charts_and_titles_tell_its_values(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("left")
        await until_shown(pilot, "at step 4 000", "epoch 40", "accuracy @4 000")
        await pilot.press("home")
        await until_shown(pilot, "at step 0", "accuracy @0  ┅train 0.000")
        await pilot.press("l", "L")
        step = int(re.search(r"at step (\d+)", screen_text(pilot.app))[1])  # type: ignore[index]
        assert 1 < step < 20
        assert f"@{step} " in title(pilot, "loss")
        columns = {_cursor_column(charts(pilot)[key]) for key in ("accuracy", "gap")}
        assert len(columns) == 1, "charts below each other have it in one column"
        await pilot.press("h", "shift+left")
        assert f"at step {step}" not in screen_text(pilot.app)
        await pilot.press("G")
        await until_shown(pilot, "at step 4 000")
        await pilot.press("escape")
        await until(pilot, lambda: "at step 4" not in screen_text(pilot.app), "it is dropped")
        assert isinstance(pilot.app.screen, RunScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the list")


def _cursor_column(panel: ChartPanel) -> int:
    return next(row.index(CURSOR, MARGIN) for row in rows_of(panel)[2:] if CURSOR in row[MARGIN:])


async def test_a_moving_cursor_repaints_two_columns(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("left", "left")
        panel = charts(pilot)["gap"]
        repainted: list[int] = []
        refresh = panel.refresh

        def count(*regions: object, **options: object) -> object:
            repainted.extend(getattr(region, "area", 0) for region in regions)
            return refresh(*regions, **options)  # type: ignore[arg-type]

        panel.refresh = count  # type: ignore[method-assign, assignment]
        await pilot.press("left")
        await pilot.pause(0.2)
        title_and_columns = panel.size.width + 2 * panel.size.height
        assert 0 < sum(repainted) <= title_and_columns


async def test_zoom_and_pan_and_back(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("minus", "left_square_bracket")
        await until_shown(pilot, "the whole run is on the screen")
        whole = axis(pilot)
        await pilot.press("x")
        await until(pilot, lambda: axis(pilot).scale == "linear", "a linear axis")
        await pilot.press("plus")
        await until(pilot, lambda: axis(pilot).low == 2000, "the later half, with the newest data")
        await pilot.press("right_square_bracket")
        await until_shown(pilot, "the x axis ends here")
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: axis(pilot) == Axis("linear", 1000, 3000), "half a window back")
        await pilot.press("equals_sign", "minus")
        await until(pilot, lambda: axis(pilot).high - axis(pilot).low == 2000, "in and out")
        await pilot.press("minus")
        await until(pilot, lambda: axis(pilot) == Axis("linear", 0, 4000), "all of it")
        await pilot.press("x")
        await until(pilot, lambda: axis(pilot) == whole, "as at first")
        await pilot.press("plus", "0")
        await until(pilot, lambda: axis(pilot) == whole, "0 shows all")


async def test_a_cursor_that_leaves_the_window_takes_it_along(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("x", "plus")
        await until(pilot, lambda: axis(pilot).low == 2000, "the later half")
        await pilot.press("home")
        await until(pilot, lambda: axis(pilot).low == 0, "the first half")


async def test_the_mouse_points_zooms_and_drags() -> None:
    async with sample().run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("x")
        await until(pilot, lambda: axis(pilot).scale == "linear", "a linear axis")
        loss = charts(pilot)["loss"]
        middle = (MARGIN + loss.columns // 2, 5)
        await pilot.click(loss, offset=middle)
        await until_shown(pilot, "▸─ loss @", "at step 2 0")
        await pilot._post_mouse_events([MouseScrollUp], loss, offset=middle)
        await until(pilot, lambda: axis(pilot).high - axis(pilot).low == pytest.approx(3200), "in")
        before = axis(pilot).low
        await pilot.mouse_down(loss, offset=middle)
        await pilot.hover(loss, offset=(middle[0] + 5, 5))
        await pilot.mouse_up(loss, offset=(middle[0] + 5, 5))
        await until(pilot, lambda: axis(pilot).low < before, "what was to the left is seen")


async def test_enter_enlarges_the_chosen_chart_and_escape_shows_all() -> None:
    async with sample().run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "grokked at", f"{CHOSEN}─ accuracy")
        await pilot.press("j", "enter")
        await shows(pilot, "loss")
        assert charts(pilot)["loss"].size.width == 80
        await until_shown(pilot, f"{CHOSEN}─ loss", "chart 2 of 4")
        await pilot.press("down")
        await shows(pilot, "gap")
        await pilot.press("k", "up", "pagedown")
        await shows(pilot, "loss")
        await pilot.press("escape")
        await shows(pilot, "accuracy", "loss", "gap", "complexity")


async def test_charts_are_picked_by_typing_and_remembered(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("slash", *"F1", "space", "backspace", "backspace")
        await pilot.press("down", "space", "down", "space")
        await pilot.press("enter")
        await shows(pilot, "accuracy", "complexity", "f1")
        await until_shown(pilot, "f1  ┅train 0.5  ━test 0.5")
        await pilot.press("slash", *"lr", "space", "escape")
        await shows(pilot, "accuracy", "complexity", "f1")
        await until(pilot, state_file("grid.json").exists, "it is remembered")
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await shows(pilot, "accuracy", "complexity", "f1")


async def test_more_charts_than_fit_are_turned_like_pages(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("pageup")
        await until_shown(pilot, "all charts are on the screen")
        await pilot.press("slash", *"f1", "space", *["backspace"] * 2, *"lr", "space", "enter")
        await until_shown(pilot, "chart 1 of 6")
        await pilot.press("pagedown")
        await shows(pilot, "f1", "lr")
        await until_shown(pilot, "chart 5 of 6", "0.01")
        await pilot.press("pagedown")
        await shows(pilot, "accuracy", "loss", "gap", "complexity")
        await pilot.press("up")
        await shows(pilot, "f1", "lr")
        await pilot.resize_terminal(120, 40)
        await shows(pilot, "accuracy", "loss", "gap", "complexity", "f1", "lr")


async def test_y_switches_the_axis_of_the_chosen_chart(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("slash", *"zeta", "space", "enter")
        await until_shown(pilot, "zeta")
        await pilot.press("up", "y")
        await until_shown(pilot, "39 ≤ 0!")
        await pilot.press("y")
        await until(pilot, lambda: "≤ 0!" not in screen_text(pilot.app), "a linear axis")
        await pilot.press("up", "y")
        await until_shown(pilot, "several measures are on it")


async def test_x_may_count_anything(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("X", *"epo", "enter")
        await until_shown(pilot, "x: epoch", "40")
        assert axis(pilot) == Axis("linear", 0, 50)
        await pilot.press("X", *"norm", "enter")
        await until_shown(pilot, "x: complexity/weight_norm")
        await pilot.press("right")
        await until_shown(pilot, "at step 0", "@0 ")
        await pilot.press("X", *"step", "enter")
        await until(pilot, lambda: "x: " not in screen_text(pilot.app), "steps again")
        assert axis(pilot).scale == "log"


async def test_over_time_the_axis_is_a_clock(trainer: FakeTrainer, root: Path) -> None:
    async with GrokTui(root, open_run=trainer.paths.root).run_test(
        notifications=True, size=SIZE
    ) as pilot:
        await until_shown(pilot, "● running", "━test")
        screen = pilot.app.screen
        assert isinstance(screen, RunScreen)
        snapshot = screen._bridge.snapshot
        (run,) = snapshot.runs
        steps = run.curve("train/loss").steps
        times = Curve(steps, time.time() - 400 + np.linspace(0, 100, len(steps)))
        told: RunView = replace(run, times=times, memory_bytes=412_000_000)
        screen._bridge._feed.stop()
        screen._bridge._feed.latest = replace(snapshot, runs=(told,))
        screen.catch_up()
        await until_shown(pilot, "no data for 5m!", "412 MB")
        await pilot.press("X", *"time", "enter")
        await until_shown(pilot, "x: time", "30s", "1.5m")
        await pilot.press("left")
        await until_shown(pilot, "1:40")


async def test_a_smooths_over_the_raw_values(many: RunPaths) -> None:
    async with app_of(many).run_test(notifications=True, size=(120, 40)) as pilot:
        await until_shown(pilot, "grokked at", "━test 1.000")
        await pilot.press("a")
        await until_shown(pilot, "(≈): a point counts half")
        await until_shown(pilot, "≈1.000")
        loss = charts(pilot)["loss"]

        def has_raw() -> bool:
            rows = loss._raster.rows if loss._raster else ()
            return any(role is Role.RAW for row in rows for _, role in row)

        await pilot.press("a", "a")
        await until(pilot, has_raw, "dots behind the lines")
        await pilot.press("a")
        await until_shown(pilot, "no smoothing")
        await until(pilot, lambda: not has_raw(), "lines alone")


async def test_output_and_events_follow_the_end(trainer: FakeTrainer, root: Path) -> None:
    trainer.paths.stdout.write_text("".join(f"line {n} [/b]\n" for n in range(50)))
    trainer.paths.events.write_text('{"kind":"started","step":0,"time":1.0}\n')
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press("t")
        await until_shown(pilot, "line 49 [/b]", "follows the end")
        with trainer.paths.stdout.open("a") as file:
            file.write("Traceback: \x1b]2;owned\x07\n")
        trainer.beat(trained_s=2.0)
        await until_shown(pilot, "Traceback: ␛]2;owned␇")
        await pilot.press("tab", "home")
        await until_shown(pilot, "line 0 [/b]", "lines below")
        await pilot.press("end", "up")
        await until_shown(pilot, "1 lines below")
        await pilot.press("escape", "t")
        await until_shown(pilot, "events · t: close", "started")
        await pilot.press("t")
        await until(pilot, lambda: "events ·" not in screen_text(pilot.app), "charts alone")


async def test_restarts_are_marked_and_left_branches_shown_on_request(root: Path) -> None:
    rows = grokking_rows()
    paths = write_run(root, rows[:200], state=State.STOPPED)
    writer = MetricsWriter(paths, session=2, resume_step=1200)
    for step, values in rows[150:]:
        if step > 800:
            writer.write(step, {**values, "test/loss": 1.0})
    writer.close()
    async with app_of(paths).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: screen_text(pilot.app).count(RESTART_FOOT) == 4, "its marks")
        await pilot.press("u")
        await until(pilot, lambda: _left(pilot, "loss") > 10, "the branch on the chart of losses")
        await pilot.press("u")
        await until(pilot, lambda: _left(pilot, "loss") == 0, "it is hidden")


async def test_a_log_of_another_program_left_no_branch(tmp_path: Path) -> None:
    rows = [f"{s},{v['train/accuracy']},{v['test/accuracy']}\n" for s, v in grokking_rows()]
    log = tmp_path / "log.csv"
    log.write_text("step,train_acc,val_acc\n" + "".join(rows))
    app = GrokTui(log, open_run=log)
    async with app.run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("u")
        await until_shown(pilot, "it never went back")
        assert "cannot be read" not in screen_text(app)


def _left(pilot: Pilot[None], key: str) -> int:
    panel = charts(pilot)[key].panel
    assert panel is not None
    return max((len(line.curve) for line in panel.spec.left), default=0)


async def test_the_settings_say_which_charts_are_usual_until_others_are_picked(
    many: RunPaths,
) -> None:
    settings = Settings(grid=("test/loss", "lr"))
    app = GrokTui(many.root.parent, open_run=many.root, fps=30, settings=settings)
    async with app.run_test(notifications=True, size=SIZE) as pilot:
        await shows(pilot, "loss", "lr")
        await pilot.press("slash", "space", "enter")
        await until(pilot, lambda: tuple(charts(pilot)) != ("loss", "lr"), "other charts")


async def test_a_run_with_another_name_is_called_by_it(root: Path) -> None:
    paths = write_run(root, grokking_rows())
    change_notes(paths, lambda notes: structs.replace(notes, name="the good one"))
    async with app_of(paths).run_test(size=SIZE) as pilot:
        await until_shown(pilot, f" the good one · seed 0 · {paths.root.name}")


async def test_keys_that_cannot_act_say_why(root: Path) -> None:
    paths = write_run(root, [], state=State.STOPPED)
    async with app_of(paths).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "■ stopped")
        for key in ("left", "end", "plus", "y", "X"):
            await pilot.press(key)
            await until_shown(pilot, "there are no data yet")
            pilot.app.clear_notifications()
            await until(pilot, lambda: "no data yet" not in screen_text(pilot.app), "told")
        await pilot.press("u")
        await until_shown(pilot, "it never went back")


async def test_settings_tell_what_differs_from_the_preset() -> None:
    async with sample().run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "grokked at")
        await pilot.press("i")
        await until_shown(pilot, "settings of add-53-flash-1", "All settings:", "task.modulus")
        await pilot.press("i")
        await until_shown(pilot, "grokked at")


async def test_foreign_names_are_text_in_the_list(root: Path) -> None:
    paths = write_run(root, [(s, {"[/b]\x1b[2J": 1.0, "train/loss": 1.0}) for s in range(9)])
    async with app_of(paths).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "━test –")
        await pilot.press("slash", *"[/b", "space", "enter")
        await until_shown(pilot, "── [/b]␛[2J")
        assert not isinstance(pilot.app.screen, PickScreen)
