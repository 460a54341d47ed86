"""Each key of each screen, pressed once: something happens, or it is told why nothing does.

By default the first key of each command; those that do the same with `-m slow`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support import DATA, grokking_rows, write_run
from sweep_support import write_cells
from textual.pilot import Pilot
from textual.widgets import Input
from tui_support import FakeTrainer, until, until_shown

from grok_tui.config import Config
from grok_tui.tui import app as app_module
from grok_tui.tui import commands
from grok_tui.tui.app import GrokTui
from grok_tui.tui.commands import Command
from grok_tui.tui.screens.compare import CompareScreen
from grok_tui.tui.screens.new_run import NewRunScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.tui.screens.sweep import SweepScreen

SIZE = (100, 34)
PATIENCE_S = 5.0
"""After which a key is taken for dead; charts are drawn within a tenth of that."""


@dataclass(frozen=True)
class Place:
    """A screen, and how a person gets there from the list of runs."""

    screen: type[SnapshotScreen]
    way: Sequence[str]
    before: dict[str, Sequence[str]]
    """Keys that make an action possible, by its id."""
    home: Sequence[str] = ()
    """Keys that take the screen back to where it began, as far as the next key needs it."""


PLACES = {
    commands.RUNS: Place(
        RunsScreen,
        (),
        {"up": ("end",), "page_up": ("end",), "first": ("end",), "clear": ("v",)},
        ("escape", "home"),
    ),
    commands.RUN: Place(
        RunScreen,
        ("home", "enter"),
        {
            "zoom_out": ("+",),
            "pan_back": ("+",),
            "pan_on": ("+", "["),
            "reset": ("+",),
            "first_step": ("end",),
            "last_step": ("home",),
            "far_left": ("end",),
            "cursor_right": ("home",),
            "far_right": ("home",),
        },
    ),
    commands.COMPARE: Place(CompareScreen, ("V", "c"), {"scroll_up": ("j",)}, ("k", "k", "k")),
    commands.NEW_RUN: Place(
        NewRunScreen,
        ("n",),
        {
            "up": ("down",),
            "page_up": ("end",),
            "first": ("end",),
        },
        ("home",),
    ),
    commands.SWEEP: Place(
        SweepScreen, ("S",), {"left": ("l",), "up": ("j",)}, ("h", "h", "k", "k")
    ),
}


class Told(GrokTui):
    """Notes what is told, for a toast goes away by itself."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.said: list[str] = []
        self.copied: list[str] = []
        self.has_quit = 0

    def notify(self, message: str, **_options: Any) -> None:
        self.said.append(message)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)

    async def action_quit(self) -> None:
        self.has_quit += 1


def seen(app: Told) -> tuple[object, ...]:
    """Return all that a person would notice."""
    stack = tuple(type(screen).__name__ for screen in app.screen_stack)
    cells = [list(strip) for strip in app.screen._compositor.render_strips()]  # with their styles
    held = app.focused.id if app.focused is not None else None
    return (stack, held, cells, len(app.said), len(app.copied), app.has_quit)


async def settled(pilot: Pilot[None], app: Told) -> tuple[object, ...]:
    """Return what is to be seen once nothing moves: charts are drawn in their own time."""
    before: list[object] = [None, None]

    def stands_still() -> bool:
        before[:] = [before[1], seen(app)]
        return before[0] == before[1]

    await until(pilot, stands_still, "nothing moves")
    return seen(app)


async def go_to(pilot: Pilot[None], app: Told, place: Place) -> None:
    """Open a screen, from wherever the key before led."""
    if isinstance(app.focused, Input):
        await pilot.press("escape")
    while len(app.screen_stack) > 1 and type(app.screen) is not place.screen:
        app.pop_screen()
        await pilot.pause()
    if type(app.screen) is not place.screen:
        await pilot.press("escape", *place.way)
        await until(pilot, lambda: type(app.screen) is place.screen, "the screen is open")
    await pilot.press(*place.home)


def test_every_screen_has_its_keys_driven() -> None:
    shared = len(commands.APP)
    assert {screen[:-shared] for screen in app_module.SCREENS} == set(PLACES)


@pytest.mark.parametrize(
    "which",
    [
        pytest.param(slice(0, 1), id="first"),
        pytest.param(slice(1, None), id="others", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("own", PLACES, ids=lambda own: PLACES[own].screen.__name__)
async def test_each_key_does_something_or_says_why_not(
    own: tuple[Command, ...],
    which: slice,
    root: Path,
    trainer: FakeTrainer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seed in range(5):
        config = Config(name=f"seed{seed}", seed=seed)
        write_run(root, grokking_rows(), name=config.name, config=config, data=DATA, created=seed)
    if own is commands.SWEEP:
        write_cells(root, seeds=(0,))
    monkeypatch.setattr("grok_tui.tui.starting.start_all", never)
    place = PLACES[own]
    app = Told(root)
    async with app.run_test(size=SIZE) as pilot:
        await until_shown(pilot, "live-1", "seed4-1")
        dead = []
        for command in (*own, *commands.APP):
            for key in command.keys.split(",")[which]:
                await go_to(pilot, app, place)
                await pilot.press(*place.before.get(command.id, ()))
                before = await settled(pilot, app)
                await pilot.press(key)
                if not await changes(pilot, app, before):
                    dead.append(f"{key} ({command.label})")
        assert dead == []
        await go_to(pilot, app, place)
        before = await settled(pilot, app)
        await pilot.press("f12")
        assert seen(app) == before, "what no key did is not taken for one's effect"


async def changes(pilot: Pilot[None], app: Told, before: object) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while seen(app) == before:
        if time.monotonic() > deadline:
            return False
        await pilot.pause()
        await asyncio.sleep(0.02)
    return True


def never(*_: object, **__: object) -> None:
    raise OSError("nothing is started in this test")
