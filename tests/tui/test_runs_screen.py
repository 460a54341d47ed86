from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import pytest
from support import DATA, SAMPLES, grokking_rows, write_run
from textual.events import Key
from tui_support import FakeTrainer, screen_text, until, until_shown

from grok_tui.config import Config
from grok_tui.runs.record import State
from grok_tui.tui.app import GrokTui
from grok_tui.tui.screens import runs
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.widgets.run_table import RunTable
from grok_tui.watch.hints import Hints
from grok_tui.watch.roster import Roster
from grok_tui.watch.view import Snapshot


def chosen(app: GrokTui) -> str:
    path = app.screen.query_one(RunTable).chosen
    return "" if path is None else path.name


async def test_a_run_is_a_line_with_state_step_accuracies_verdict_and_date(root: Path) -> None:
    write_run(root, grokking_rows(), name="mine", data=DATA)
    async with GrokTui(root).run_test(notifications=True, size=(100, 24)) as pilot:
        await until_shown(pilot, "✓ finished", "mine-1", "4 000/4 000", "1.000", "⚑ grokked", "now")
        line = next(line for line in screen_text(pilot.app).splitlines() if "mine-1" in line)
        step = int(line.split("grokked")[1].split()[0])
        assert 760 < step < 840


async def test_the_scrollbar_hides_no_column(root: Path) -> None:
    """The last column is short: cut, it would still look like an age."""
    for number in range(30):
        write_run(root, grokking_rows()[:5], name=f"mine-seed{number}")
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "30 runs")
        await until(pilot, lambda: "now" in screen_text(pilot.app), "the age should be whole")
        assert "age" in screen_text(pilot.app)


async def test_live_and_past_runs_are_told_apart(trainer: FakeTrainer, root: Path) -> None:
    write_run(root, grokking_rows()[:70], name="dead", state=State.RUNNING)
    write_run(root, [], name="sad", state=State.CRASHED, reason="ValueError: no")
    async with GrokTui(root).run_test(notifications=True, size=(120, 24)) as pilot:
        await until_shown(pilot, "3 runs, 1 live", "● running", "✗ crashed", "ValueError: no")
        assert screen_text(pilot.app).count("✗ crashed") == 2


async def test_a_log_that_grows_is_counted_as_live_too(root: Path) -> None:
    log = root.parent / "log.csv"
    log.write_text("step,train_loss,val_loss\n1,2,3\n")
    async with GrokTui(root, others=[log]).run_test(notifications=True, size=(100, 24)) as pilot:
        await until_shown(pilot, "1 run, 1 live", "● live", "log.csv")


async def test_every_key_that_moves_the_cursor(root: Path) -> None:
    for number in range(60):
        write_run(root, [], name=f"run-{number:02}", created=1e9 + number)
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until(pilot, lambda: chosen(pilot.app) == "run-59-1", "the newest is chosen first")
        for key, expected in [
            ("down", "run-58-1"),
            ("j", "run-57-1"),
            ("up", "run-58-1"),
            ("k", "run-59-1"),
            ("k", "run-59-1"),
            ("end", "run-00-1"),
            ("j", "run-00-1"),
            ("home", "run-59-1"),
            ("G", "run-00-1"),
            ("g", "run-59-1"),
        ]:
            await pilot.press(key)
            assert chosen(pilot.app) == expected, key
        page = pilot.app.screen.query_one(RunTable).page
        await pilot.press("pagedown")
        assert chosen(pilot.app) == f"run-{59 - page:02}-1"
        await pilot.press("pageup")
        assert chosen(pilot.app) == "run-59-1"


async def test_the_chosen_run_is_always_in_view(root: Path) -> None:
    for number in range(60):
        write_run(root, [], name=f"run-{number:02}", created=1e9 + number)
    async with GrokTui(root).run_test(notifications=True, size=(80, 15)) as pilot:
        await until_shown(pilot, "run-59-1")
        await pilot.press("end")
        await until_shown(pilot, "run-00-1", "state")
        await pilot.press("home")
        await until_shown(pilot, "run-59-1", "state")


async def test_enter_opens_and_b_goes_back_to_the_same_run(root: Path) -> None:
    for name in ("a", "b"):
        write_run(root, grokking_rows(), name=name, created=ord(name))
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "a-1", "b-1")
        await pilot.press("down", "enter")
        await until_shown(pilot, "a-1 · seed 0", "accuracy", "complexity")
        assert isinstance(pilot.app.screen, RunScreen)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "back on the list")
        assert chosen(pilot.app) == "a-1"


async def test_keys_that_are_typed_ahead_reach_the_run(trainer: FakeTrainer, root: Path) -> None:
    """As over a slow line, where two keys arrive in one packet."""
    app = GrokTui(root)
    async with app.run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "● running")
        for key in ("enter", "space"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: trainer.pending() == ["pause"], "pause is in the spool")


async def test_a_second_key_does_not_open_it_twice(root: Path) -> None:
    write_run(root, grokking_rows())
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "run-1")
        await pilot.press("enter", "enter")
        await until_shown(pilot, "run-1 · seed 0")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen), "back on the list")


async def test_large_numbers_are_rounded_and_never_cut(root: Path) -> None:
    config = Config(name="big", steps=5_000_000)
    rows = [(step * 1000, values) for step, values in grokking_rows()]
    write_run(root, rows, name="big", data=DATA, config=config)
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "big-1", "4M/5M", "⚑ grokked")
        line = next(line for line in screen_text(pilot.app).splitlines() if "big-1" in line)
        assert 760 < int(line.split("grokked")[1].split()[0].removesuffix("k")) < 840
        assert "…" not in line


async def test_without_hints_from_the_system_it_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Hints) -> None:
        self.problem = "inotify watch limit reached"

    monkeypatch.setattr(Hints, "start", fail)
    write_run(root, [])
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "run-1", "polling only")


async def test_a_file_that_is_no_log_is_not_called_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    app = GrokTui(tmp_path / "file", samples=SAMPLES)
    async with app.run_test(notifications=True, size=(200, 24)) as pilot:
        await until_shown(pilot, "is no log that can be read")
        assert "samples" not in screen_text(app)


async def test_a_click_chooses_and_a_second_one_opens(root: Path) -> None:
    for name in ("a", "b"):
        write_run(root, grokking_rows(), name=name, created=ord(name))
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "a-1", "b-1")
        await pilot.click(RunTable, offset=(20, 2))
        assert chosen(pilot.app) == "a-1"
        await pilot.click(RunTable, offset=(20, 2))
        await until_shown(pilot, "a-1 · seed 0")


async def test_a_new_run_does_not_move_the_cursor(root: Path) -> None:
    write_run(root, [], name="old", created=1)
    async with GrokTui(root, fps=30).run_test(notifications=True, size=(80, 24)) as pilot:
        await until(pilot, lambda: chosen(pilot.app) == "old-1", "the run is chosen")
        write_run(root, [], name="new", created=2)
        await until_shown(pilot, "new-1")
        assert chosen(pilot.app) == "old-1"


async def test_a_first_start_shows_the_samples_and_how_to_begin(root: Path) -> None:
    async with GrokTui(root, samples=SAMPLES).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "recorded samples", "grok-tui demo", "no-weight-decay-1")
        write_run(root, grokking_rows(), name="mine")
        await until_shown(pilot, "mine-1", "1 run")
        assert "recorded samples" not in screen_text(pilot.app)


async def test_without_anything_it_says_how_to_begin(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until_shown(pilot, "No runs here yet", "grok-tui demo")
        await pilot.press("enter", "down", "end")
        assert isinstance(pilot.app.screen, RunsScreen)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_names_the_keys_and_closes(root: Path, key: str) -> None:
    async with GrokTui(root).run_test(notifications=True, size=(100, 50)) as pilot:
        await until_shown(pilot, "No runs here yet")
        await pilot.press(key)
        await until_shown(pilot, "Show the charts of the chosen run.", "suddenly does well")
        await pilot.press("escape")
        await until_shown(pilot, "No runs here yet")


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_q_leaves(root: Path, key: str) -> None:
    app = GrokTui(root)
    async with app.run_test() as pilot:
        await until_shown(pilot, "No runs here yet")
        await pilot.press(key)
        await until(pilot, lambda: not app.is_running, "the app has ended")


async def test_an_unreadable_run_is_a_line_with_its_reason(root: Path) -> None:
    write_run(root, [], name="torn").record.write_text("{")
    async with GrokTui(root).run_test(notifications=True, size=(100, 24)) as pilot:
        await until_shown(pilot, "! unreadable", "torn-1: skipped: run.json is damaged")


async def test_the_newest_is_chosen_also_where_another_was_found_first(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow machine the list fills one by one, by names, which begin with the oldest."""
    take_in = Roster.take_in

    def take_one(self: Roster, _seconds: float) -> list[Path]:
        fresh, self._fresh = self._fresh, deque()
        if fresh:
            self._fresh.append(fresh.popleft())
            time.sleep(0.02)  # longer than a frame
        taken = take_in(self, 60)
        self._fresh = fresh
        return taken

    monkeypatch.setattr(Roster, "take_in", take_one)
    for number in range(6):
        write_run(root, [], name=f"run-{number}", created=1e9 + number)
    async with GrokTui(root, fps=100).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "6 runs,")
        await until(pilot, lambda: chosen(pilot.app) == "run-5-1", "the newest is chosen")
        await pilot.press("j")
        write_run(root, [], name="run-6", created=1e9 + 6)
        await until_shown(pilot, "7 runs,")
        assert chosen(pilot.app) == "run-4-1", "the cursor stays where somebody put it"


async def test_a_filter_that_is_typed_ahead_presses_no_keys(root: Path) -> None:
    """All of it arrives at once, as over a slow line."""
    for name in ("a", "b"):
        write_run(root, grokking_rows(), name=name)
    async with GrokTui(root, fps=30).run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "2 runs,")
        for letter in ("slash", *"name", "colon", *"a"):
            character = {"slash": "/", "colon": ":"}.get(letter, letter)
            pilot.app.post_message(Key(letter, character))
        await until_shown(pilot, "1 listed", "name:a")


async def test_a_list_that_is_covered_grows_older_only_when_it_is_seen_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it paints meanwhile would have all of the screen above sent several times."""
    monkeypatch.setattr(runs, "AGES_EVERY_S", 0.01)
    shown = list[bool]()
    show = RunsScreen.show

    def recorded(screen: RunsScreen, snapshot: Snapshot) -> None:
        shown.append(screen.is_active)
        show(screen, snapshot)

    monkeypatch.setattr(RunsScreen, "show", recorded)
    write_run(root, grokking_rows(), name="mine")
    async with GrokTui(root).run_test(notifications=True, size=(80, 24)) as pilot:
        await until(pilot, lambda: len(shown) > 5, "the list grows older")
        await pilot.press("enter")
        await until_shown(pilot, "accuracy")
        seen = len(shown)
        await pilot.pause(0.2)
        assert len(shown) == seen
        await pilot.press("b")
        await until(pilot, lambda: len(shown) > seen, "the list is shown again")
    assert all(shown)
