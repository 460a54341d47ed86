from __future__ import annotations

from pathlib import Path

import pytest
from support import grokking_rows, write_run

from grok_tui.errors import UsageError
from grok_tui.runs.find import find_runs
from grok_tui.runs.lock import RunLock
from grok_tui.runs.record import State
from grok_tui.runs.trash import put_back, restore, trash, trashed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_run_goes_to_the_trash_and_comes_back_as_it_was(root: Path) -> None:
    paths = write_run(root, grokking_rows())
    before = contents(root)
    trash(paths)
    assert find_runs(root) == []
    assert [entry.name for entry in trashed(root)] == ["run-1"]
    assert restore(root, "run-1") == paths.root
    assert contents(root) == before


def test_of_two_of_one_name_the_last_one_comes_back_first(root: Path) -> None:
    for note in ("first", "second"):
        paths = write_run(root, [])
        (paths.root / "mark").write_text(note)
        trash(paths)
    assert [entry.name for entry in trashed(root)] == ["run-1", "run-1"]
    assert (restore(root, "run-1") / "mark").read_text() == "second"
    with pytest.raises(UsageError, match="there is another"):
        restore(root, "run-1")


def test_an_empty_folder_in_its_place_is_not_replaced(root: Path) -> None:
    entry = trash(write_run(root, []))
    (root / "run-1").mkdir()
    with pytest.raises(UsageError, match="there is another"):
        put_back(entry)
    assert entry.path.is_dir()


@pytest.mark.parametrize("name", ["run.lock", "measure.lock"])
def test_a_run_that_lives_or_is_measured_stays(root: Path, name: str) -> None:
    paths = write_run(root, [], state=State.RUNNING)
    lock = RunLock(paths.root / name)
    try:
        with pytest.raises(UsageError, match=r"lives|measured"):
            trash(paths)
    finally:
        lock.release()
    assert find_runs(root) == [paths.root]


def test_a_run_that_waits_in_the_queue_stays(root: Path) -> None:
    paths = write_run(root, [], state=State.QUEUED)
    with pytest.raises(UsageError, match="queue"):
        trash(paths)


def test_a_broken_run_can_be_thrown_away(root: Path) -> None:
    paths = write_run(root, [])
    paths.record.write_text("{")
    trash(paths)
    assert find_runs(root) == []


def test_what_is_not_in_the_trash_is_named_with_what_is(root: Path) -> None:
    trash(write_run(root, [], name="flash"))
    with pytest.raises(UsageError, match="did you mean flash-1"):
        restore(root, "flesh-1")


def test_the_trash_is_for_its_owner_only(root: Path) -> None:
    trash(write_run(root, []))
    assert (root / ".trash").stat().st_mode & 0o077 == 0
    (root / ".trash" / "stranger").mkdir()
    assert len(trashed(root)) == 1
