"""Other programs' logs as views: they grow, are cut, begin anew, and are told by their age."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import grokking_rows

from grok_tui.analysis.verdict import Outcome
from grok_tui.logs.correction import Correction, remember
from grok_tui.runs.record import State
from grok_tui.watch.control import why_not
from grok_tui.watch.discovery import need_places
from grok_tui.watch.judgement import judge
from grok_tui.watch.log_follower import LogFollower

ROWS = [
    f"{step},{100 * v['train/accuracy']:.4f},{100 * v['test/accuracy']:.4f},{v['test/loss']}"
    for step, v in grokking_rows()
]
HEAD = "epoch,accuracy,val_accuracy,val_loss"


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([HEAD, *rows, ""]))
    return path


def follow(path: Path, clock: Callable[[], float] = time.time) -> LogFollower:
    (place,) = need_places([path])
    assert place.log is not None
    follower = LogFollower(place.log, place.name, clock)
    read(follower)
    return follower


def read(follower: LogFollower) -> None:
    follower.poll()
    while follower.view.is_loading:
        follower.poll()


def test_a_log_that_grows_has_the_verdict_of_the_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "keras.csv", ROWS[:100])
    follower = follow(path)
    assert follower.view.verdict.outcome is Outcome.MEMORISED
    with path.open("a") as file:
        file.write("\n".join(ROWS[100:]) + "\n")
    read(follower)
    view = follower.view
    assert view.verdict.grok is not None
    assert view.verdict.grok == judge(path).verdict.grok
    assert view.curve("test/accuracy").last == pytest.approx(1.0, abs=1e-4), "percent is a scale"
    assert len(view.curve("val_loss")) == len(ROWS), "without its twin it keeps its own name"
    assert view.format == "CSV/JSONL"
    assert not follower.poll(), "nothing is new"


def test_a_log_without_a_change_for_minutes_is_quiet(tmp_path: Path) -> None:
    path = write(tmp_path / "keras.csv", ROWS)
    now = time.time()
    follower = follow(path, lambda: now)
    assert follower.view.status.state is State.LIVE
    assert follower.view.is_growing
    os.utime(path, (now - 3600, now - 3600))
    later = follow(path, lambda: now)
    assert later.view.status.state is State.QUIET
    assert later.is_settled
    assert not later.view.is_growing
    assert "read only" in (why_not("pause", later.view) or "")


def test_training_that_was_begun_again_supersedes_what_came_before(tmp_path: Path) -> None:
    path = write(tmp_path / "keras.csv", [*ROWS[:300], *ROWS[100:]])
    follower = follow(path)
    assert follower.view.verdict.grok == judge(path).verdict.grok
    assert len(follower.view.curve("test/accuracy")) == len(ROWS)


def test_a_log_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "keras.csv", ROWS)
    follower = follow(path)
    write(tmp_path / "other.csv", ROWS[:120]).replace(path)
    read(follower)
    assert follower.view.verdict.outcome is Outcome.MEMORISED
    assert len(follower.view.curve("test/accuracy")) == 120


def test_a_log_that_goes_away_or_breaks_is_a_row_with_a_reason(tmp_path: Path) -> None:
    path = write(tmp_path / "keras.csv", ROWS)
    follower = follow(path)
    path.unlink()
    os.mkfifo(path)
    follower.poll()
    assert follower.view.status.state is State.UNREADABLE
    assert "not a regular file" in (follower.view.status.reason or "")


def test_a_long_log_goes_on_where_the_cache_ends(tmp_path: Path) -> None:
    steps = [f"{n},{50 + 50 * (n > 900)},{5 + 90 * (n > 5000)},{1 / (n + 1)}" for n in range(8000)]
    path = write(tmp_path / "keras.csv", steps[:6000])
    first = follow(path)
    first.close()
    with path.open("a") as file:
        file.write("\n".join(steps[6000:]) + "\n")
    again = follow(path)
    whole = judge(path)
    assert again.view.verdict.events == whole.verdict.events
    assert [len(curve) for curve in again.view.curves.values()] == [8000] * 3
    assert again.view.learnt == (901.0, 5001.0)
    kept = [file for file in (tmp_path / ".cache").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in kept) > 6000 * 3 * 4, "the cache was used"
    again.close()
    write(tmp_path / "other.csv", steps[:3000]).replace(path)
    assert len(follow(path).view.curve("test/accuracy")) == 3000, "it is another log now"


def test_a_correction_is_heeded_at_once_and_by_what_the_cache_keeps(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["epoch,seen,unseen,other", *ROWS, ""]))
    follower = follow(path)
    assert "train/accuracy" not in follower.view.curves
    assert follower.view.log_names == ("seen", "unseen", "other")
    remember(tmp_path, Correction({"seen": "train/accuracy", "unseen": "test/accuracy"}))
    read(follower)
    assert follower.view.verdict.outcome is Outcome.GROKKED
    assert follower.view.meaning is not None
    assert follower.view.meaning.metrics["test/accuracy"] == "unseen"
    follower.close()
    remember(tmp_path, Correction())
    again = follow(path)
    assert "train/accuracy" not in again.view.curves
