"""Each key of the list of runs, and what it says when it cannot act."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from support import DATA, SAMPLES, grokking_rows, write_run
from textual.pilot import Pilot
from textual.widgets import Input
from tui_support import FakeTrainer, screen_text, until, until_shown

from grok_tui.config import AdamW, Config
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.notes import Notes, change_notes, read_notes
from grok_tui.runs.record import State
from grok_tui.tui.app import GrokTui
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.widgets.run_table import RunTable

SIZE = (120, 24)


def listed(pilot: Pilot[None]) -> list[str]:
    """Return the ids in the list, from above."""
    return re.findall(r"(?:finished|crashed) +([a-z]-1)\b", screen_text(pilot.app))


def chosen(pilot: Pilot[None]) -> str:
    path = pilot.app.screen.query_one(RunTable).chosen
    return "" if path is None else path.name


def notes(root: Path, name: str) -> Notes:
    return read_notes(RunPaths(root / name))


@pytest.fixture
def runs(root: Path) -> Path:
    """Three runs: the newest is c, and b grokked."""
    write_run(root, [], name="a", created=1e9, state=State.CRASHED, reason="no")
    write_run(root, grokking_rows(), name="b", created=2e9, data=DATA)
    decay = Config(name="c", optimizer=AdamW(weight_decay=2.0))
    write_run(root, grokking_rows()[:70], name="c", created=3e9, data=DATA, config=decay)
    return root


async def test_o_sorts_by_each_column_and_the_heading_shows_it(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "newest first", "⚑ grokked")
        assert listed(pilot) == ["c-1", "b-1", "a-1"]
        await pilot.press("o")
        await until_shown(pilot, "by state, rising", " state▲ ")
        assert listed(pilot) == ["a-1", "c-1", "b-1"]
        await pilot.press("O")
        await until_shown(pilot, "by state, falling", " state▼ ")
        assert listed(pilot)[-1] == "a-1"
        count = len(pilot.app.screen.query_one(RunTable).columns)
        await pilot.press(*"o" * (count - 2))
        await until_shown(pilot, "by age, rising")
        await pilot.press("o")
        await until_shown(pilot, "newest first")


async def test_a_click_on_a_heading_sorts_and_a_second_one_turns_round(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        at = screen_text(pilot.app).splitlines()[1].index("test")
        await pilot.click(RunTable, offset=(at, 0))
        await until_shown(pilot, "by test, falling")
        assert listed(pilot)[0] == "b-1"
        await pilot.click(RunTable, offset=(at, 0))
        await until_shown(pilot, "by test, rising")


async def test_the_cursor_stays_on_its_run_when_the_order_changes(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("j", "O")
        await until_shown(pilot, "oldest first")
        assert chosen(pilot) == "b-1"


async def test_slash_filters_as_one_types_and_escape_shows_all_again(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("slash", *"wd>0.5")
        await until_shown(pilot, "filter  wd>0.5", "1 listed")
        assert listed(pilot) == ["c-1"]
        await pilot.press("enter")
        assert not pilot.app.screen.query_one(Input).has_focus
        await until_shown(pilot, "filter  wd>0.5")
        await pilot.press("escape")
        await until(pilot, lambda: listed(pilot) == ["c-1", "b-1", "a-1"], "all again")
        assert "wd>0.5" not in screen_text(pilot.app)


async def test_the_arrows_move_the_cursor_while_one_types(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("slash", "minus", *"crashed")
        await until(pilot, lambda: listed(pilot) == ["c-1", "b-1"], "filtered")
        await pilot.press("down")
        assert chosen(pilot) == "b-1"


async def test_a_query_that_makes_no_sense_says_why_and_filters_nothing(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("slash", *"wdd>1")
        await until_shown(pilot, "did you mean wd?")
        assert listed(pilot) == ["c-1", "b-1", "a-1"]


async def test_a_filter_that_nothing_passes_says_what_may_be_meant(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("slash", *"groked")
        await until_shown(pilot, "did you mean grokked?", "0 listed")


async def test_v_marks_and_goes_on_and_escape_takes_the_marks_away(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("v", "v")
        await until_shown(pilot, "2 marked")
        marked = [line for line in screen_text(pilot.app).splitlines() if line.startswith("+")]
        assert len(marked) == 2
        assert chosen(pilot) == "a-1"
        await pilot.press("k", "v")
        await until_shown(pilot, "1 marked")
        await pilot.press("escape")
        await until(pilot, lambda: "marked" not in screen_text(pilot.app), "no marks")
        await pilot.press("V")
        await until_shown(pilot, "3 marked")
        await pilot.press("V")
        await until(pilot, lambda: "marked" not in screen_text(pilot.app), "no marks")


async def test_f_follows_the_newest_run_until_one_moves(runs: Path) -> None:
    async with GrokTui(runs, fps=30).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("f")
        await until_shown(pilot, "following the newest")
        write_run(runs, [], name="d", created=4e9)
        await until(pilot, lambda: chosen(pilot) == "d-1", "the newest is chosen")
        await pilot.press("j")
        assert chosen(pilot) == "c-1"
        assert "following" not in screen_text(pilot.app)


async def test_t_tags_the_marked_runs_and_u_undoes_it(runs: Path) -> None:
    async with GrokTui(runs, fps=30).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("v", "v", "t")
        await until_shown(pilot, "tag 2 runs")
        await pilot.press(*"paper", "enter")
        await until(pilot, lambda: screen_text(pilot.app).count("paper") == 2, "two tags")
        assert notes(runs, "c-1").tags == notes(runs, "b-1").tags == ("paper",)
        assert notes(runs, "a-1").tags == ()
        await pilot.press("u")
        await until_shown(pilot, "undone: tag 2 runs")
        await until(pilot, lambda: notes(runs, "c-1").tags == (), "no tag")
        assert notes(runs, "b-1").tags == ()


async def test_a_wrong_tag_is_refused_while_one_can_still_change_it(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("t", *"a!", "enter")
        await until_shown(pilot, "is no tag")


async def test_s_gives_a_star_and_takes_it_away(runs: Path) -> None:
    async with GrokTui(runs, fps=30).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("s")
        await until_shown(pilot, "★")
        assert notes(runs, "c-1").star
        await pilot.press("s")
        await until(pilot, lambda: "★" not in screen_text(pilot.app), "no star")


async def test_w_writes_a_note(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=(120, 40)) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("w", *"look", "enter")
        await until_shown(pilot, "Note: look")
        assert notes(runs, "c-1").note == "look"


async def test_r_renames_and_the_id_still_counts(runs: Path) -> None:
    async with GrokTui(runs, fps=30).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("r", "home", "shift+end", *"b-1", "enter")
        await until_shown(pilot, "another run is called b-1 already")
        await pilot.press("home", "shift+end", *"best", "enter")
        await until_shown(pilot, " best ")
        assert notes(runs, "c-1").name == "best"
        assert chosen(pilot) == "c-1"


async def test_a_archives_and_capital_a_shows_what_is_archived(runs: Path) -> None:
    async with GrokTui(runs, fps=30).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("a")
        await until_shown(pilot, "1 archived")
        assert "c-1" not in listed(pilot)
        assert chosen(pilot) == "b-1"
        await pilot.press("A")
        await until(pilot, lambda: "c-1" in listed(pilot), "it is listed")


async def test_d_asks_and_moves_to_the_trash_and_u_brings_back(runs: Path) -> None:
    async with GrokTui(runs, fps=30).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("d")
        await until_shown(pilot, "Move it to the trash: c-1?", "Nothing is deleted")
        await pilot.press("n")
        await until(pilot, lambda: "Move it" not in screen_text(pilot.app), "the question is gone")
        assert (runs / "c-1").is_dir()
        await pilot.press("d", "y")
        await until(pilot, lambda: not (runs / "c-1").exists(), "it is in the trash")
        await until(pilot, lambda: chosen(pilot) == "b-1", "the next one is chosen")
        await pilot.press("u")
        await until(pilot, lambda: (runs / "c-1" / "run.json").exists(), "it is back")
        await until_shown(pilot, "undone: trash c-1")


async def test_a_live_run_cannot_be_thrown_away(trainer: FakeTrainer, root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press("d")
        await until_shown(pilot, "live-1 is running: stop it first")
        assert isinstance(pilot.app.screen, RunsScreen)


async def test_y_copies_the_path(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("y")
        assert pilot.app.clipboard == str(runs / "c-1")
        await pilot.press("V", "y")
        assert pilot.app.clipboard.splitlines() == [str(runs / f"{n}-1") for n in "cba"]


async def test_p_shows_the_chosen_run_where_there_is_room(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=(120, 40)) as pilot:
        await until_shown(pilot, "⚑ grokked", "── accuracy", "── complexity")
        await pilot.press("j")
        await until_shown(pilot, "b-1: ⚑ grokked at step", "⚑")
        panels = list(pilot.app.screen.query(ChartPanel))
        assert len(panels) == 2
        await pilot.press("p")
        await until(pilot, lambda: "── accuracy" not in screen_text(pilot.app), "no preview")
        await pilot.resize_terminal(80, 24)
        await pilot.press("p")
        await until_shown(pilot, "a preview needs 30 rows; here are 24")


async def test_keys_that_cannot_act_say_why(root: Path) -> None:
    async with GrokTui(root).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "No runs here yet")
        for count, key in enumerate("tswraduyvc", start=1):
            await pilot.press(key)
            await until(
                pilot, lambda n=count: len(pilot.app._notifications) == n, f"{key} says why"
            )


async def test_recorded_samples_are_left_as_they_are(root: Path) -> None:
    async with GrokTui(root, samples=SAMPLES).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "recorded samples")
        for count, key in enumerate("tswrad", start=1):
            await pilot.press(key)
            await until(
                pilot, lambda n=count: len(pilot.app._notifications) == n, f"{key} says why"
            )
        said = {note.message for note in pilot.app._notifications}
        assert all(each.startswith("this is a recorded sample") for each in said)


async def test_a_note_and_a_name_are_for_one_run(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("V", "w")
        await until_shown(pilot, "a note is about one run, and 3 are marked")
        await pilot.press("r")
        await until_shown(pilot, "a name is for one run, and 3 are marked")


async def test_damaged_notes_are_left_alone_and_told_of(runs: Path) -> None:
    RunPaths(runs / "c-1").notes.write_text("{")
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "⚑ grokked")
        await pilot.press("s")
        await until_shown(pilot, "could not star c-1: notes.json is damaged")
        await pilot.press("u")
        await until_shown(pilot, "there is nothing to undo")


async def test_tags_and_names_of_strangers_are_text(runs: Path) -> None:
    change_notes(
        RunPaths(runs / "c-1"), lambda old: msgspec.structs.replace(old, name="[b]x[/b]\x1b[2J")
    )
    async with GrokTui(runs).run_test(notifications=True, size=SIZE) as pilot:
        await until_shown(pilot, "[b]x[/b]␛[2J")


async def test_nothing_is_painted_while_nothing_changes(runs: Path) -> None:
    async with GrokTui(runs).run_test(notifications=True, size=(120, 40)) as pilot:
        await until_shown(pilot, "⚑ grokked", "── accuracy")
        await until(pilot, lambda: "reading" not in screen_text(pilot.app), "all is read")
        screen = pilot.app.screen
        assert isinstance(screen, RunsScreen)
        await pilot.pause()
        table, painted = screen.query_one(RunTable), list[int]()
        table.render_line = painted.append  # type: ignore[method-assign, assignment]
        screen.catch_up()
        await pilot.pause()
        assert painted == []
