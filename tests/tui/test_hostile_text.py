"""Whatever text stands in files, it is shown on every screen, and nothing in it is obeyed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hostile import ANY_TEXT, EVIL, RETITLE, hostile_run, live_run, obeyed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.widgets import Static
from tui_support import screen_text, until, until_shown

from grok_tui.text import safe
from grok_tui.tui.app import GrokTui
from grok_tui.tui.filter import Printable
from grok_tui.tui.screens.ask import LineScreen, YesScreen
from grok_tui.tui.screens.keys import KeysScreen
from grok_tui.tui.screens.run import RunScreen


class Watched(Printable):
    """Notes what reaches the last filter: all of it should be harmless already."""

    def __init__(self) -> None:
        super().__init__()
        self.leaked: set[str] = set()

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        for segment in segments:
            self.leaked |= obeyed(segment.text)
        return segments


async def visit_every_screen(texts: Sequence[str]) -> None:
    """Show a run for each text in the list and on its own screen, and ask what can be asked."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        runs = [hostile_run(root, text).root for text in texts]
        live = live_run(root, texts[0]).root
        app = GrokTui(root, fps=30)
        watched = app._printable = Watched()
        async with app.run_test(notifications=True, size=(200, 40)) as pilot:
            await until_shown(pilot, "✗ crashed", *(beginning(text) for text in texts))
            for path, text in zip(runs, texts, strict=True):
                app.push_screen(RunScreen(path, app._bridge))
                await until_shown(pilot, f" {path.name} ", beginning(text), "was refused at step 1")
                app.pop_screen()
            app.push_screen(RunScreen(live, app._bridge))
            await until_shown(pilot, live.name, "accuracy")
            for key, screen in (("question_mark", KeysScreen), ("o", LineScreen), ("K", YesScreen)):
                await pilot.press(key)
                await until(pilot, lambda screen=screen: isinstance(app.screen, screen), key)
                await pilot.press("escape")
                await until(pilot, lambda: isinstance(app.screen, RunScreen), "it is closed")
            assert not obeyed(screen_text(app))
        assert watched.leaked == set()


def beginning(text: str) -> str:
    """Return as much of a text as any screen has room for."""
    return safe(text)[:8].strip()


async def test_evil_text_is_shown_and_not_obeyed() -> None:
    await visit_every_screen(EVIL)


@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ANY_TEXT, min_size=1, max_size=8))
def test_any_text_is_shown_and_not_obeyed(texts: list[str]) -> None:
    asyncio.run(visit_every_screen(texts))


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ANY_TEXT, min_size=1, max_size=8))
def test_any_text_is_shown_and_not_obeyed_at_length(texts: list[str]) -> None:
    asyncio.run(visit_every_screen(texts))


def test_the_last_filter_takes_out_what_slipped_past_all_others() -> None:
    style = Style(bold=True)
    segments = [Segment(f"a{RETITLE}\u202e\x9bb\u00a0漢", style), Segment("plain")]
    left = Printable().apply(segments, Color(0, 0, 0))
    assert left == [Segment("a]2;ownedb\u00a0漢", style), Segment("plain")]


async def test_every_line_of_the_app_goes_through_the_last_filter(tmp_path: Path) -> None:
    app = GrokTui(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await app.screen.mount(Static(f"here {RETITLE} it is", markup=False))
        await until_shown(pilot, "here ]2;owned it is")
        assert not obeyed(screen_text(app))
