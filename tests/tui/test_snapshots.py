"""What each screen looks like, as SVGs that a browser shows: tests/tui/snapshots/NAME.svg.

Compared are the texts with their places and colours, not the file: a framework may write the same
picture in another way. After a change that is meant, make them anew and look at them:

    GROK_TUI_NEW_SNAPSHOTS=1 python -m pytest -m slow tests/tui/test_snapshots.py
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from support import SAMPLES
from sweep_support import write_cells
from textual.pilot import Pilot
from tui_support import until, until_shown

from grok_tui.runs.record import read_record, write_record
from grok_tui.settings import Settings
from grok_tui.tui.app import GrokTui

SNAPSHOTS = Path(__file__).parent / "snapshots"
NEW = "GROK_TUI_NEW_SNAPSHOTS"
_AGE_S = 3 * 86400
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}


@dataclass(frozen=True)
class Look:
    """A screen in one size and in one look."""

    screen: str
    size: str
    colours: str
    """A theme, or `ascii`."""

    @property
    def name(self) -> str:
        return f"{self.screen}-{self.size}-{self.colours}"


# What to press on the list of runs, and what is on the screen then. A new screen is a line here.
SCREENS = {
    "runs": ((), ("add-53-flash-1", "no-weight-decay-1")),
    "run": (("end", "enter"), ("grokked at step 449", "help")),
    "compare": (("V", "c"), ("compare 4 runs", "when they grokked")),
    "new-run": (("n", "enter"), ("new run", "grok-tui train add-53-flash")),
    "primer": (("f2",), ("WHAT GROKKING IS",)),
    "keys": (("end", "enter", "question_mark"), ("Pause the run",)),
    "sweep": (("l",), ("[Gm]", "1 of 2 seeds grokked")),
    "sweep-lines": (("v",), ("later",)),
}
OF_SWEEPS = ("sweep", "sweep-lines")
"""Opened on a sweep, not on the recorded runs."""
MAIN = ("runs", "run", "compare", "new-run", "primer", *OF_SWEEPS)
THEMES = ("dark", "light", "ascii")
USUAL = {"dark": "80x24", "light": "120x40", "ascii": "80x24", "16-colour": "120x40"}
"""The size of each look that is compared by default; the others with `-m slow`."""
LOOKS = (
    *(Look(screen, size, colours) for screen in MAIN for size in SIZES for colours in THEMES),
    *(Look(screen, "120x40", "16-colour") for screen in ("run", "compare")),
    Look("keys", "80x24", "dark"),
)
SESSIONS = list(dict.fromkeys((look.screen, look.colours) for look in LOOKS))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The recorded runs, all made three days ago."""
    folder = tmp_path / "runs"
    shutil.copytree(SAMPLES, folder)
    for number, path in enumerate(sorted(folder.glob("*/run.json"), reverse=True)):
        record = read_record(path)
        when = time.time() - _AGE_S - number
        write_record(path, msgspec.structs.replace(record, created=when, state_time=when))
    return Path("runs")


def shown(svg: str) -> list[tuple[str, ...]]:
    """Return each text and coloured cell of a screenshot with its place and style."""
    rules = dict(re.findall(r"\.\S*-(r\d+) \{ (.*?) \}", svg))
    found = []
    for element in ElementTree.fromstring(svg).iter():
        kind = element.tag.rpartition("}")[2]
        place = (element.get("x", ""), element.get("y", ""))
        if kind == "text" and "-r" in element.get("class", ""):
            style = rules[element.get("class", "").rpartition("-")[2]]
            found.append((*place, style, (element.text or "").replace("\xa0", " ")))
        elif kind == "rect" and element.get("shape-rendering"):
            found.append((*place, element.get("width", ""), element.get("fill", "")))
    return found


def compact(svg: str) -> str:
    """Return a screenshot without what only repeats: names of the session, and a clip a row."""
    svg = re.sub(r"terminal-\d+-", "t-", svg)
    svg = re.sub(r'<clipPath id="t-line-\d+">.*?</clipPath>\s*', "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#t-line-\d+\)"', "", svg)
    return svg.replace("&#160;", "\xa0")


@pytest.mark.parametrize(("screen", "colours"), SESSIONS)
async def test_it_looks_as_before(screen: str, colours: str, runs: Path) -> None:
    await look_at([Look(screen, USUAL[colours], colours)], runs)


@pytest.mark.slow
@pytest.mark.parametrize(("screen", "colours"), SESSIONS)
async def test_it_looks_as_before_in_all_sizes(screen: str, colours: str, runs: Path) -> None:
    looks = [look for look in LOOKS if (look.screen, look.colours) == (screen, colours)]
    await look_at(looks, runs)


async def look_at(looks: Sequence[Look], runs: Path) -> None:
    """Compare one screen of one app, in one size after the other."""
    screen, colours = looks[0].screen, looks[0].colours
    keys, texts = SCREENS[screen]
    is_ascii = colours == "ascii"
    settings = Settings(theme="dark" if is_ascii else colours, ascii=is_ascii)
    opened = write_cells(runs.parent / "sweeps") if screen in OF_SWEEPS else None
    app = GrokTui(opened or runs, open_sweep=opened, settings=settings)
    async with app.run_test(size=SIZES[looks[0].size]) as pilot:
        await until_shown(pilot, "10 of 12 runs ended" if opened else "add-53-flash-1")
        await pilot.press(*keys)
        for look in looks:
            await pilot.resize_terminal(*SIZES[look.size])
            await until_shown(pilot, *texts)
            await compare_with_snapshot(pilot, app, look)


async def compare_with_snapshot(pilot: Pilot[None], app: GrokTui, look: Look) -> None:
    path = SNAPSHOTS / f"{look.name}.svg"
    picture = ""

    def is_settled() -> bool:
        """The charts are drawn in their own time: two pictures in a row are alike."""
        nonlocal picture
        before, picture = picture, app.export_screenshot(title=look.name)
        return shown(picture) == shown(before) if before else False

    if os.environ.get(NEW):
        await asyncio.sleep(1)
        await until(pilot, is_settled, "nothing moves any more")
        path.write_text(compact(picture))
        return
    wanted = shown(path.read_text())
    try:  # a chart may be late, or it looks different
        await until(pilot, lambda: shown(app.export_screenshot()) == wanted, "it looks as before")
    except AssertionError as error:
        new = Path(f"{look.name}.svg").absolute()
        new.write_text(app.export_screenshot(title=look.name))
        raise AssertionError(f"{new} differs from {path}; see {__file__}") from error


def test_every_snapshot_is_of_a_look() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.svg")} == {look.name for look in LOOKS}


def test_another_colour_or_place_is_seen() -> None:
    svg = (SNAPSHOTS / "run-80x24-dark.svg").read_text()
    assert shown(svg)
    assert shown(svg) != shown(re.sub("#[0-9a-f]{6}", "#123456", svg))
    assert shown(svg) != shown(svg.replace("grokked", "grocked"))
