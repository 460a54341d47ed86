from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from support import SAMPLES, grokking_rows, save_checkpoint, write_run
from textual.css.query import NoMatches
from tui_support import FakeTrainer, screen_text, until, until_shown

from grok_tui.analysis.measures import ROBUSTNESS
from grok_tui.chart.draw import FLAG_FOOT, MARGIN
from grok_tui.config import Config
from grok_tui.logs.correction import correction_of
from grok_tui.runs.checkpoints import Manifest, commit
from grok_tui.runs.heartbeat import Heartbeat, write_heartbeat
from grok_tui.runs.lock import RunLock
from grok_tui.runs.measurements import open_writer
from grok_tui.runs.record import State, read_record
from grok_tui.tui.app import GrokTui
from grok_tui.tui.messages import FeedChanged
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.widgets.chart_grid import ChartGrid
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.widgets.ribbon import Ribbon

SAMPLE = SAMPLES / "add-53-flash-1"


def rows_of(panel: ChartPanel) -> list[str]:
    return [panel.render_line(y).text for y in range(panel.size.height)]


def charts(app: GrokTui) -> dict[str, ChartPanel]:
    """Return the charts on the screen by what they show."""
    panels = app.screen.query_one(ChartGrid).panels
    return {panel.panel.key: panel for panel in panels if panel.panel is not None}


def open_sample() -> GrokTui:
    return GrokTui(SAMPLES, open_run=SAMPLE)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_four_charts_with_the_flag_the_phases_and_the_verdict(size: tuple[int, int]) -> None:
    async with open_sample().run_test(notifications=True, size=size) as pilot:
        await until(
            pilot,
            lambda: screen_text(pilot.app).count(FLAG_FOOT) >= 5,
            "a flag on each chart and one in the verdict",
        )
        await until_shown(pilot, "grokked at step 449 (424–461)", "▏fitting", "4 000/4 000")

        def has_flag_and_line(panel: ChartPanel) -> bool:
            drawn = rows_of(panel)
            has_line = any("\u2801" <= char <= "\u28ff" for row in drawn for char in row)
            return sum(FLAG_FOOT in row for row in drawn) == 1 and has_line

        panels = charts(pilot.app).values()
        await until(pilot, lambda: all(map(has_flag_and_line, panels)), "a flag in each chart")
        flags = {
            key: next(row for row in rows_of(panel) if FLAG_FOOT in row).index(FLAG_FOOT)
            for key, panel in charts(pilot.app).items()
        }
        assert flags["accuracy"] == flags["gap"]
        assert flags["loss"] == flags["complexity"]


async def test_charts_are_drawn_where_textual_loses_a_resize(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ChartPanel, "on_resize", lambda _self: None)
    async with open_sample().run_test(notifications=True, size=(120, 40)) as pilot:
        await until(
            pilot,
            lambda: screen_text(pilot.app).count(FLAG_FOOT) >= 5,
            "a flag on each chart and one in the verdict",
        )


async def test_the_ribbon_stands_under_the_charts_it_belongs_to() -> None:
    async with open_sample().run_test(notifications=True, size=(120, 40)) as pilot:
        await until(
            pilot,
            lambda: (
                len(charts(pilot.app)) == 4
                and all(FLAG_FOOT in "".join(rows_of(p)) for p in charts(pilot.app).values())
            ),
            "all charts are drawn",
        )
        left, right = (each for each in pilot.app.screen.query(Ribbon) if each.display)
        for ribbon, chart in ((left, "gap"), (right, "complexity")):
            panel = charts(pilot.app)[chart]
            assert (ribbon.region.x, ribbon.region.width) == (panel.region.x, panel.region.width)
            text = ribbon.render_line(0).text
            assert text.startswith(" " * MARGIN + "▏fitting")
            axis = next(row for row in rows_of(panel) if FLAG_FOOT in row)
            rising = text.index("⚑")
            assert abs(rising - axis.index(FLAG_FOOT)) <= 3


async def test_a_rise_that_was_not_delayed_is_not_called_grokking() -> None:
    app = GrokTui(SAMPLES, open_run=SAMPLES / "together-1")
    async with app.run_test(size=(200, 40)) as pilot:
        await until_shown(pilot, "▏fitting", "▏↗", "▏generalised", "no grokking")
        assert FLAG_FOOT not in screen_text(pilot.app)


async def test_x_switches_the_step_axis_and_back() -> None:
    async with open_sample().run_test(notifications=True, size=(120, 40)) as pilot:
        await until_shown(pilot, "100 ", "grokked at step 449")
        accuracy = pilot.app.screen.query_one("#chart-0", ChartPanel)
        await pilot.press("x")
        await until(pilot, lambda: "2k" in rows_of(accuracy)[-1], "linear labels")
        await pilot.press("x")
        await until(pilot, lambda: "2k" not in rows_of(accuracy)[-1], "logarithmic labels")


SPECTRAL = ("eff. rank", "stable rank", "spectral entropy")
OF_UNITS = ("local complexity", "activation entropy", "dead units", "output scale")


async def test_m_shows_measures_one_by_one_and_help_explains_the_one_that_is_shown() -> None:
    """The sample has all default ones, and a slope; in the end all are shown again."""
    async with open_sample().run_test(notifications=True, size=(120, 40)) as pilot:
        await until_shown(pilot, "━MDL", "┅‖θ‖")
        await pilot.press("m")
        await until(pilot, lambda: "┅‖θ‖" not in screen_text(pilot.app), "the size alone")
        assert "━MDL" in screen_text(pilot.app)
        await pilot.press("question_mark")
        await until_shown(pilot, "MDL: Bytes that the weights need", "compared.")
        await pilot.press("escape", "m")
        for name in ("‖θ‖", "‖W‖²", "slope of ln‖θ‖²", *SPECTRAL, *OF_UNITS):
            await until_shown(pilot, f"━{name}")
            await pilot.press("m")
        await until_shown(pilot, "━MDL", "┅‖θ‖")
        await pilot.press("question_mark")
        await until_shown(pilot, "Show the next measure")
        assert "cannot be compared" not in screen_text(pilot.app)


async def test_help_tells_the_newest_numbers_of_a_networks_parts(root: Path) -> None:
    rank = "complexity/effective_rank"
    values = {rank: 40.0, f"{rank}/readout": 31.0, f"{rank}/embed": 1234.0, "train/loss": 1.0}
    paths = write_run(root, [(step, values) for step in range(20)])
    async with GrokTui(root, open_run=paths.root).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "━eff. rank 40")
        await pilot.press("m", "question_mark")
        await until_shown(pilot, "Effective rank", "Now: readout 31, embed 1.23k.")


async def test_space_pauses_and_resumes(trainer: FakeTrainer, root: Path) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running", "50 it/s", "eta")
        await pilot.press("space")
        await until(pilot, lambda: trainer.pending() == ["pause"], "pause is in the spool")
        await until_shown(pilot, "pausing…")
        trainer.answer(State.PAUSED)
        await until_shown(pilot, "‖ paused")
        await pilot.press("space")
        await until(pilot, lambda: trainer.pending() == ["resume"], "resume is in the spool")
        await until_shown(pilot, "resuming…")
        trainer.answer(State.RUNNING)
        await until_shown(pilot, "● running")


@pytest.mark.parametrize("presses", [2, 3, 5])
async def test_quick_presses_count_one_by_one(
    trainer: FakeTrainer, root: Path, presses: int
) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        for _ in range(presses):
            await pilot.press("space")
        expected = (["pause", "resume"] * presses)[:presses]
        await until(pilot, lambda: trainer.pending() == expected, "all are in the spool, in order")


async def test_a_command_that_cannot_be_written_is_told(trainer: FakeTrainer, root: Path) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        shutil.rmtree(trainer.paths.root / "control")
        (trainer.paths.root / "control").write_text("in the way")
        await pilot.press("space")
        await until_shown(pilot, "could not pause: ")


async def test_s_stops(trainer: FakeTrainer, root: Path) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press("s")
        await until(pilot, lambda: trainer.pending() == ["stop"], "stop is in the spool")
        await until_shown(pilot, "stopping…")
        trainer.answer(State.STOPPED)
        await until_shown(pilot, "■ stopped")


@pytest.mark.parametrize(
    ("key", "verb", "state", "shown"),
    [
        ("p", "park", State.PARKED, "▽ parked"),
        ("c", "checkpoint", State.RUNNING, "● running"),
    ],
)
async def test_other_commands(
    trainer: FakeTrainer, root: Path, key: str, verb: str, state: State, shown: str
) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press(key)
        await until(pilot, lambda: trainer.pending() == [verb], "it is in the spool")
        trainer.answer(state)
        await until_shown(pilot, shown)
        await until(pilot, lambda: trainer.pending() == [], "it is answered")


async def test_space_lets_a_stopped_run_go_on_in_a_new_process(root: Path) -> None:
    config = Config(name="short", steps=3)
    paths = write_run(root, grokking_rows()[:3], state=State.STOPPED, config=config)
    async with GrokTui(root, open_run=paths.root, fps=30).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await until_shown(pilot, "■ stopped")
        await pilot.press("space")
        await until_shown(pilot, "✓ finished", "3/3")
    record = read_record(paths.record)
    assert (record.session, record.state) == (2, State.FINISHED)


@pytest.mark.parametrize(
    ("key", "reason"), [("space", "recorded sample"), ("s", "recorded sample")]
)
async def test_a_key_that_cannot_act_says_why(tmp_path: Path, key: str, reason: str) -> None:
    app = GrokTui(tmp_path, samples=SAMPLES, open_run=SAMPLE)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "sample", "grokked at")
        await pilot.press(key)
        await until_shown(pilot, reason)


async def test_an_ended_run_says_so(root: Path) -> None:
    paths = write_run(root, grokking_rows()[:80], state=State.CRASHED, reason="ValueError: no")
    async with GrokTui(root, open_run=paths.root).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await until_shown(pilot, "✗ crashed", "crashed: ValueError: no; see its stdout.log.")
        await pilot.press("p")
        await until_shown(pilot, "this run has ended (crashed)")


async def test_m_in_capitals_measures_the_checkpoints_in_the_background(
    trainer: FakeTrainer, root: Path
) -> None:
    """They hold nothing that a network could have: what the process says is in its file."""
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(120, 30)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press("M")
        await until_shown(pilot, "could not measure: live-1 has no checkpoints")
        save_checkpoint(trainer.paths, 50)
        lock = RunLock(trainer.paths.measure_lock)
        await pilot.press("M")
        await until_shown(pilot, "live-1 is being measured already")
        assert not trainer.paths.measure_output.exists()
        lock.release()
        await pilot.press("M")
        await until_shown(pilot, "its checkpoints are being measured; measure.log")
        output = trainer.paths.measure_output
        await until(
            pilot, lambda: "none of 1 checkpoints can be used" in output.read_text(), "the end"
        )


async def test_measured_robustness_appears_while_the_app_is_open(
    trainer: FakeTrainer, root: Path
) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(160, 40)) as pilot:
        await until_shown(pilot, "● running", "━test")
        writer = open_writer(trainer.paths)
        writer.write(90, {ROBUSTNESS: 0.25})
        writer.write(50, {ROBUSTNESS: 0.125})
        writer.close()
        await until_shown(pilot, "×robust 0.250")
        await pilot.press("m", "m", "m", "m")
        await until_shown(pilot, "━robust accuracy ε=0.06 0.25")


@pytest.mark.parametrize("key", ["b", "escape"])
async def test_back_to_the_runs(key: str) -> None:
    async with open_sample().run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "grokked at step 449")
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the list")
        await until_shown(pilot, "no-weight-decay-1")


async def test_help_shows_the_keys_of_this_screen() -> None:
    async with open_sample().run_test(notifications=True, size=(100, 50)) as pilot:
        await until_shown(pilot, "grokked at")
        await pilot.press("question_mark")
        await until_shown(pilot, "Pause the run between two steps", "Pick the charts to show")
        await pilot.press("end")
        await until_shown(pilot, "eff. rank    how many directions")
        await pilot.press("question_mark")
        await until_shown(pilot, "grokked at step 449")


async def test_q_leaves_from_here_too() -> None:
    app = open_sample()
    async with app.run_test() as pilot:
        await until_shown(pilot, "accuracy")
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running, "the app has ended")


async def test_a_snapshot_that_arrives_while_the_app_ends_is_no_crash() -> None:
    app = open_sample()
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "grokked at")
        app._running = False  # what Textual does first when it ends, and then it takes widgets away
        await app.screen.query("StatusLine, ChartPanel, #verdict").remove()
        app.on_feed_changed(FeedChanged())
        app._running = True
        with pytest.raises(NoMatches):
            app.on_feed_changed(FeedChanged())


async def test_a_run_whose_directory_vanishes_is_told(root: Path, tmp_path: Path) -> None:
    paths = write_run(root, grokking_rows())
    async with GrokTui(root, open_run=paths.root, fps=30).run_test(
        notifications=True, size=(100, 30)
    ) as pilot:
        await until_shown(pilot, "grokked at")
        paths.root.rename(tmp_path / "elsewhere")
        await until_shown(pilot, "There is no run in")
        await pilot.press("space", "s", "x")


async def test_the_newest_checkpoint_is_shown(trainer: FakeTrainer, root: Path) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(120, 30)) as pilot:
        await until_shown(pilot, "● running")
        manifest = Manifest(step=1500, size=1, sha256="0" * 64, time=1.0, reason="test")
        commit(trainer.paths, b"x", manifest)
        await until_shown(pilot, "saved 1 500")


async def test_rows_that_are_missing_are_counted(trainer: FakeTrainer, root: Path) -> None:
    beat = Heartbeat(time=time.time(), step=99, steps_per_s=1712.0, lost_rows=12)
    write_heartbeat(trainer.paths.heartbeat, beat)
    with trainer.paths.metrics("trainer", 1).open("a") as file:
        file.write("{torn\n")
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(120, 30)) as pilot:
        await until_shown(pilot, "● running", "1.71k it/s", "12 lost rows!", "1 bad line!")


async def test_live_rows_repaint_only_what_changed(trainer: FakeTrainer, root: Path) -> None:
    app = GrokTui(root, open_run=trainer.paths.root, fps=30)
    async with app.run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "● running", "train 1.000")
        panel = app.screen.query_one("#chart-0", ChartPanel)
        await until(pilot, lambda: "⠉" in "".join(rows_of(panel)), "the curve is drawn")
        repainted: list[object] = []
        refresh = panel.refresh

        def count(*regions: object, **options: object) -> object:
            repainted.extend(regions)
            return refresh(*regions, **options)  # type: ignore[arg-type]

        panel.refresh = count  # type: ignore[method-assign, assignment]
        with trainer.paths.metrics("trainer", 1).open("a") as file:
            file.write('{"step":450,"train/accuracy":1.0,"test/accuracy":0.0}\n')
        await until(pilot, lambda: repainted, "something is repainted")
        await pilot.pause(0.3)
        assert len(repainted) <= 4, "title and the rows that the new point touches"


EVIL = ["[/b]x", "[@click=app.quit]x[/]", "\x1b]2;owned\x07", "\x9b31m", "a\u202eb", "[" * 300]


@pytest.mark.parametrize("name", EVIL)
async def test_hostile_names_are_shown_and_not_obeyed(root: Path, name: str) -> None:
    paths = write_run(
        root,
        [(s, {**values, name: 1.0}) for s, values in grokking_rows()],
        config=Config(name=name[:200]),
        state=State.CRASHED,
        reason=name,
        device=name,
    )
    async with GrokTui(root, fps=30).run_test(notifications=True, size=(120, 30)) as pilot:
        await until_shown(pilot, "✗ crashed")
        await pilot.press("enter")
        await until_shown(pilot, "✗ crashed", "accuracy")
        text = screen_text(pilot.app)
        await pilot.press("space")
        text += screen_text(pilot.app)
        assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(text)
        assert name[:5].replace("\x1b", "␛").replace("\x9b", "�").replace("\u202e", "�") in text
        assert pilot.app.is_running
        assert paths.root.is_dir()


@pytest.mark.parametrize("size", [(20, 6), (1, 1), (250, 80)])
async def test_any_size_lives(size: tuple[int, int]) -> None:
    async with open_sample().run_test(notifications=True, size=size) as pilot:
        await pilot.pause(0.5)
        await pilot.resize_terminal(80, 24)
        await until_shown(pilot, "grokked at step 449")
        await pilot.resize_terminal(*size)
        await pilot.pause(0.3)
        assert pilot.app.is_running


async def test_where_room_is_short_nothing_is_cut_in_two() -> None:
    async with open_sample().run_test(notifications=True, size=(60, 15)) as pilot:
        await until_shown(pilot, "grokked at", "─ accuracy")
        lines = screen_text(pilot.app).splitlines()
        assert lines[0].startswith(" add-53-flash-1 ")
        assert lines[0].endswith("✓ finished  chart 1 of 4  4 000/4 000  0:12")
        await pilot.press("down")
        await until_shown(pilot, "▸─ loss", "┅train 2.7e-7", "chart 2 of 4")
        await pilot.press("b")
        await until_shown(pilot, "no-weight")


async def test_without_colour_everything_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_sample().run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "┅train", "━test", "▏fitting", FLAG_FOOT, "✓ finished")
        await pilot.press("b")
        await until_shown(pilot, "no-weight-decay-1")


async def test_another_theme_redraws() -> None:
    async with open_sample().run_test(notifications=True, size=(100, 30)) as pilot:
        await until_shown(pilot, "grokked at")
        for theme in ("textual-light", "ansi-dark", "nord"):
            pilot.app.theme = theme
            await pilot.pause(0.1)
            assert "accuracy" in screen_text(pilot.app)


async def test_the_palette_has_every_action_by_name() -> None:
    async with open_sample().run_test(notifications=True, size=(100, 40)) as pilot:
        await until_shown(pilot, "grokked at")
        names = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert {"Pause/resume", "Stop", "Log x", "Runs", "Help", "Quit", "Theme"} <= names
        await pilot.press("ctrl+p")
        await pilot.press(*"runs", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "the list")


async def test_a_metric_that_was_misread_is_corrected_by_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "logs" / "log.csv"
    log.parent.mkdir()
    rows = [f"{s},{v['train/accuracy']},{v['test/accuracy']}" for s, v in grokking_rows()]
    log.write_text("\n".join(["step,train_acc,unseen", *rows, ""]))
    monkeypatch.chdir(log.parent)
    app = GrokTui(Path(log.name), open_run=Path(log.name), fps=20)
    async with app.run_test(size=(100, 30)) as pilot:
        await until_shown(pilot, "unseen", "no train and test curve to judge; w: say which")
        await pilot.press("w", *"unseen", "enter")
        await until_shown(pilot, "unseen is, in all logs of logs")
        await pilot.press(*"test/acc", "enter")
        await until_shown(pilot, "grokked at step")
        await until_shown(pilot, "test/accuracy = unseen")
    assert correction_of(log).roles == {"unseen": "test/accuracy"}
    assert [file.name for file in log.parent.iterdir()] == ["log.csv"]


async def test_what_cannot_be_remembered_of_a_folder_is_said(tmp_path: Path) -> None:
    log = tmp_path / "logs\udcff" / "log.csv"
    log.parent.mkdir()
    log.write_text("step,train_acc,unseen\n1,0.1,0.1\n2,0.2,0.1\n")
    app = GrokTui(tmp_path / "runs", others=[log], open_run=log, fps=20)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until_shown(pilot, "unseen")
        await pilot.press("w", *"unseen", "enter")
        await pilot.press(*"test/acc", "enter")
        await until_shown(pilot, "this is not remembered")
