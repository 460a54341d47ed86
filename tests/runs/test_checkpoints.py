from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import save_checkpoint

from grok_tui.runs.checkpoints import (
    data_file,
    make_room,
    manifests,
    prune,
    saved_steps,
    why_damaged,
)
from grok_tui.runs.layout import RunPaths


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    return RunPaths(tmp_path)


def test_the_newest_step_comes_first(paths: RunPaths) -> None:
    for step in (900, 1000, 20):
        save_checkpoint(paths, step)
    assert [manifest.step for manifest in manifests(paths)] == [1000, 900, 20]
    assert all(why_damaged(paths, manifest) is None for manifest in manifests(paths))


def test_data_without_a_manifest_are_no_checkpoint(paths: RunPaths) -> None:
    save_checkpoint(paths, 1)
    data_file(paths, 2).write_bytes(b"half")
    (paths.checkpoints / "step-3.json").write_text("{")
    (paths.checkpoints / "step-4.json").write_text((paths.checkpoints / "step-1.json").read_text())
    assert [manifest.step for manifest in manifests(paths)] == [1]


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "link", "fifo"])
def test_damaged_data_are_seen(paths: RunPaths, damage: str, tmp_path: Path) -> None:
    manifest = save_checkpoint(paths, 1)
    file = data_file(paths, 1)
    if damage == "cut":
        file.write_bytes(b"weigh")
    elif damage == "changed":
        file.write_bytes(b"WEIGHTS")
    else:
        file.unlink()
    if damage == "link":
        (tmp_path / "elsewhere").write_bytes(b"weights")
        file.symlink_to(tmp_path / "elsewhere")
    elif damage == "fifo":
        os.mkfifo(file)
    assert why_damaged(paths, manifest) is not None


def test_some_are_kept_for_good(paths: RunPaths) -> None:
    for step in (5, 10, 15, 20, 25):
        save_checkpoint(paths, step)
    prune(paths, keep=1, keep_every=10)
    assert saved_steps(paths) == [25, 20, 10]


def test_room_is_made_by_the_oldest_that_nobody_needs(paths: RunPaths, tmp_path: Path) -> None:
    for step in (5, 10, 15, 20, 25):
        save_checkpoint(paths, step)
    os.link(data_file(paths, 5), tmp_path / "of-a-fork")
    gone = []
    while make_room(paths, keep_every=10):
        gone.append({5, 10, 15, 20, 25} - set(saved_steps(paths)))
    assert gone == [{15}]
    assert make_room(paths)
    assert saved_steps(paths) == [25, 20, 5]
    while make_room(paths):
        pass
    assert saved_steps(paths) == [25, 5], "neither the newest nor the parent of a fork"


def test_the_oldest_are_deleted(paths: RunPaths) -> None:
    for step in range(1, 6):
        save_checkpoint(paths, step)
    prune(paths, keep=2)
    assert sorted(file.name for file in paths.checkpoints.iterdir()) == [
        "step-4.json",
        "step-4.pt",
        "step-5.json",
        "step-5.pt",
    ]


def test_a_checkpoint_that_cannot_be_written_leaves_the_others(
    paths: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(paths, 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("grok_tui.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(paths, 2)
    assert [manifest.step for manifest in manifests(paths)] == [1]
    assert sorted(file.name for file in paths.checkpoints.iterdir()) == ["step-1.json", "step-1.pt"]


def test_a_folder_that_is_a_link_is_refused(paths: RunPaths, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    paths.checkpoints.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="checkpoints is a link"):
        save_checkpoint(paths, 1)
    assert list((tmp_path / "elsewhere").iterdir()) == []
