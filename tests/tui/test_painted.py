from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import pytest
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from grok_tui.tui import painted as module
from grok_tui.tui.painted import Painted

SCREEN, OTHER = object(), object()
CONSOLE = Console()


def whole(*rows: str) -> LayoutUpdate:
    return LayoutUpdate([[Strip([Segment(row)])] for row in rows], Region(0, 0, 3, len(rows)))


def part(row: int) -> ChopsUpdate:
    chops = [{0: Strip([Segment("new")])} for _ in range(row + 1)]
    return ChopsUpdate(chops, [(row, 0, 3)], [[3]] * (row + 1))


def sent(painted: Painted, updates: Sequence[CompositorUpdate], screen: object = SCREEN) -> str:
    """Return what is sent for the last of some updates."""
    found = [painted.changed(screen, update, CONSOLE) for update in updates]
    assert isinstance(found[-1], CompositorUpdate)
    return found[-1].render_segments(CONSOLE)


def test_of_a_screen_that_is_painted_anew_only_what_differs_is_sent() -> None:
    painted = Painted()
    first = sent(painted, [whole("one", "two", "six")])
    assert first == "\x1b[1;1Hone\x1b[2;1Htwo\x1b[3;1Hsix"
    assert sent(painted, [whole("one", "ten", "six")]) == "\x1b[2;1Hten"
    assert sent(painted, [whole("one", "ten", "six")]) == ""


def test_a_row_that_was_painted_in_part_is_sent_whole() -> None:
    painted = Painted()
    assert "new" in sent(painted, [whole("one", "two"), part(1)])
    assert sent(painted, [whole("one", "two")]) == "\x1b[2;1Htwo"


def test_another_screen_or_size_is_sent_whole_and_what_did_not_arrive_too() -> None:
    painted = Painted()
    rows = "\x1b[1;1Hone\x1b[2;1Htwo"
    assert sent(painted, [whole("one", "two")]) == rows
    assert sent(painted, [whole("one", "two")], OTHER) == rows
    assert sent(painted, [whole("one", "two")]) == rows
    assert sent(painted, [whole("one", "two", "six")]) == rows + "\x1b[3;1Hsix"
    painted.forget()
    assert sent(painted, [whole("one", "two", "six")]) == rows + "\x1b[3;1Hsix"


def test_where_textual_calls_its_updates_something_else_all_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "textual._compositor", None)
    other = importlib.reload(module)
    try:
        painted, update = other.Painted(), whole("one", "two")
        for _ in range(2):
            assert painted.changed(SCREEN, update, CONSOLE) is update
    finally:
        monkeypatch.undo()
        importlib.reload(module)
