from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui.tui.memory import Grid, remember, remembered

GRID = Grid(charts=("loss", "f1"), log_x=False, log_y={"f1": True})


def test_what_is_remembered_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "state" / "grok-tui" / "grid.json"
    remember(path, GRID)
    assert remembered(path) == GRID
    assert [each.name for each in path.parent.iterdir()] == ["grid.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"charts": 3}', b"\xff", b"[" * 10_000])
def test_what_cannot_be_read_is_the_usual(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "grid.json"
    path.write_bytes(content)
    assert remembered(path) == Grid()


def test_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text('{"charts": ["loss"], "later": 1}')
    assert remembered(path) == Grid(charts=("loss",))


def test_nothing_and_links_are_the_usual(tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    assert remembered(path) == Grid()
    path.symlink_to("/dev/zero")
    assert remembered(path) == Grid()
