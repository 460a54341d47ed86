from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import grokking_rows, write_run

from grok_tui.errors import UsageError
from grok_tui.watch.discovery import discover, need_places

TABLE = "step,train_acc,test_acc\n" + "".join(f"{n},0.5,0.4\n" for n in range(5))


def table(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TABLE)
    return path


def names(*roots: Path) -> list[str]:
    return [place.name for place in discover(roots).places]


def test_runs_and_logs_are_found_at_any_depth_by_the_way_to_them(tmp_path: Path) -> None:
    write_run(tmp_path, grokking_rows()[:3], name="own")
    write_run(tmp_path / "sweep", grokking_rows()[:3], name="cell")
    table(tmp_path / "lightning" / "version_0" / "metrics.csv")
    table(tmp_path / "a.csv")
    assert sorted(names(tmp_path)) == [
        "a.csv",
        "cell-1",
        "lightning/version_0/metrics.csv",
        "own-1",
    ]


def test_the_files_of_a_run_directory_are_no_logs_of_their_own(tmp_path: Path) -> None:
    run = write_run(tmp_path, grokking_rows()[:3])
    table(run.root / "metrics.csv")
    assert names(tmp_path) == names(run.root) == ["run-1"]


def test_what_is_hidden_or_a_link_to_a_folder_or_too_deep_is_left_alone(tmp_path: Path) -> None:
    table(tmp_path / ".cache" / "x.csv")
    table(tmp_path / "node_modules" / "x.csv")
    table(tmp_path / "d" / "/".join("abcdefgh") / "x.csv")
    (tmp_path / "d" / "up").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "metrics.jsonl")
    assert names(tmp_path) == []


def test_files_and_folders_may_be_mixed_and_named_twice(tmp_path: Path) -> None:
    one, other = table(tmp_path / "x" / "a.csv"), table(tmp_path / "y" / "b.csv")
    assert names(one, tmp_path / "y", other, tmp_path / "later") == ["a.csv", "b.csv"]


def test_what_is_no_log_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    assert "is no log" in (discover([tmp_path / "x.png"]).problem or "")
    with pytest.raises(UsageError, match="is no log; readable are"):
        need_places([tmp_path / "x.png"])
    with pytest.raises(UsageError, match="no run directories and no logs"):
        need_places([tmp_path])
    with pytest.raises(UsageError, match="does not exist"):
        need_places([tmp_path / "no"])


def test_a_run_in_a_file_of_several_has_a_path(tmp_path: Path) -> None:
    rows = "".join(f"{run},{n},0.5,0.4\n" for run in ("a/1", "b") for n in range(5))
    (tmp_path / "all.csv").write_text("run,step,train_acc,test_acc\n" + rows)
    assert names(tmp_path / "all.csv") == ["a_1", "b"]
    assert names(tmp_path) == ["all.csv/a_1", "all.csv/b"]
    (place,) = need_places([tmp_path / "all.csv" / "a_1"])
    assert place.log is not None
    assert place.log.run == "a/1"
