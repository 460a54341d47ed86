"""The keys in the last line of a screen."""

from __future__ import annotations

import pytest
from support import SAMPLES
from tui_support import screen_text, until, until_shown

from grok_tui.tui import commands
from grok_tui.tui.app import GrokTui

SHOWN = [f"{each.shown} {each.label}" for each in (*commands.RUNS, *commands.APP) if each.in_footer]


def last_line(app: GrokTui) -> str:
    return screen_text(app).splitlines()[-1]


@pytest.mark.parametrize("width", [60, 80, 200])
async def test_keys_are_whole_and_help_is_there(width: int) -> None:
    app = GrokTui(SAMPLES)
    async with app.run_test(size=(width, 20)) as pilot:
        await until_shown(pilot, "enter open", "? help")
        found = last_line(app).strip().split("  ")
        assert set(found) <= set(SHOWN)
        assert "enter open" in found
        assert (len(found) == len(SHOWN)) == (width == 200)


async def test_there_are_more_keys_where_there_is_more_room() -> None:
    app = GrokTui(SAMPLES)
    async with app.run_test(size=(60, 20)) as pilot:
        await until_shown(pilot, "? help")
        assert "trash" not in last_line(app)
        await pilot.resize_terminal(120, 20)
        await until(pilot, lambda: "d trash" in last_line(app), "the line is laid out anew")
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: "d trash" not in last_line(app), "and again")
        assert "? help" in last_line(app)
