from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from support import write_run

from grok_tui.errors import UsageError
from grok_tui.runs.decode import UnreadableError
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.notes import Notes, change_notes, read_notes, retagged
from grok_tui.watch.follower import Follower


def replaced(**fields: object) -> object:
    return lambda notes: msgspec.structs.replace(notes, **fields)


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    return write_run(tmp_path / "runs", [])


def test_a_run_without_notes_has_empty_ones(paths: RunPaths) -> None:
    assert read_notes(paths) == Notes()
    assert not paths.notes.exists()


def test_notes_are_kept_and_the_old_ones_returned(paths: RunPaths) -> None:
    assert change_notes(paths, replaced(star=True, tags=("paper",))) == Notes()
    assert change_notes(paths, replaced(note="best")) == Notes(star=True, tags=("paper",))
    assert read_notes(paths) == Notes(star=True, tags=("paper",), note="best")


def test_only_their_owner_may_read_them(paths: RunPaths) -> None:
    change_notes(paths, replaced(note="mine"))
    assert stat.S_IMODE(paths.notes.stat().st_mode) == 0o600


def test_nothing_else_in_the_directory_changes(paths: RunPaths) -> None:
    def others() -> dict[str, int]:
        return {p.name: p.lstat().st_mtime_ns for p in paths.root.iterdir() if p != paths.notes}

    before = others()
    change_notes(paths, replaced(star=True))
    assert others() == before


@pytest.mark.parametrize("content", ["{", '{"tags": "paper"}', '{"tags": ["a b"]}', "[]"])
def test_damaged_notes_are_never_written_over(paths: RunPaths, content: str) -> None:
    paths.notes.write_text(content)
    with pytest.raises(UnreadableError, match=r"notes\.json"):
        change_notes(paths, replaced(star=True))
    assert paths.notes.read_text() == content


def test_notes_that_are_a_link_are_not_followed(paths: RunPaths, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"note": "secret"}')
    paths.notes.symlink_to(tmp_path / "secret")
    with pytest.raises(UnreadableError, match="link"):
        read_notes(paths)


@pytest.mark.parametrize("fields", [{"note": "x" * 2001}, {"name": "x" * 81}, {"tags": ("a b",)}])
def test_what_is_too_long_or_no_tag_is_refused(paths: RunPaths, fields: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        change_notes(paths, replaced(**fields))
    assert not paths.notes.exists()


def test_fields_of_a_newer_version_are_ignored(paths: RunPaths) -> None:
    paths.notes.write_text('{"star": true, "colour": "red"}')
    assert read_notes(paths) == Notes(star=True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (["+new"], ("a", "b", "new")),
        (["new"], ("a", "b", "new")),
        (["-a"], ("b",)),
        (["-a", "+a"], ("a", "b")),
        (["-missing"], ("a", "b")),
        (["paper/fig-2"], ("a", "b", "paper/fig-2")),
        ([], ("a", "b")),
    ],
)
def test_tags_are_added_and_taken_away(changes: list[str], expected: tuple[str, ...]) -> None:
    assert retagged(("b", "a"), changes) == expected


@pytest.mark.parametrize("word", ["two words", "", "+", "--", "[b]", "x" * 33, "\x1b[0m"])
def test_what_cannot_be_a_tag_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="no tag"):
        retagged((), [word])


def test_there_is_a_most_of_tags() -> None:
    with pytest.raises(UsageError, match="33 tags"):
        retagged((), [f"t{number}" for number in range(33)])


def test_a_follower_tells_of_them_and_of_their_changes(paths: RunPaths) -> None:
    change_notes(paths, replaced(tags=("paper",), note="\x1b[31mred", name="mine"))
    follower = Follower(paths.root, this_host(), lambda: 1e9)
    assert follower.view.notes.tags == ("paper",)
    assert follower.view.notes.note == "␛[31mred"
    assert follower.view.shown_name == "mine"
    change_notes(paths, replaced(name="", tags=()))
    assert follower.poll()
    assert follower.view.notes.tags == ()
    assert follower.view.shown_name == follower.view.id == "run-1"
    assert follower.view.host == this_host().name
