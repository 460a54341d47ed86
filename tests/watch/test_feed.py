from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import SAMPLES, grokking_rows, wait_until, write_run

from grok_tui.runs.lock import RunLock
from grok_tui.runs.record import State
from grok_tui.runs.writer import MetricsWriter
from grok_tui.watch.feed import Feed
from grok_tui.watch.hints import Hints
from grok_tui.watch.roster import Roster

ROWS = grokking_rows()
NAMES = (b"a\xff.csv", b"b\xff.csv")


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    feed = Feed([tmp_path / "runs"], samples=SAMPLES, publish_hz=50)
    feed.start()
    yield feed
    feed.stop()


def test_without_runs_the_samples_are_shown_until_there_is_one(feed: Feed, tmp_path: Path) -> None:
    wait_until(lambda: feed.latest.shows_samples and len(feed.latest.runs) >= 4, "samples")
    assert all(run.is_sample for run in feed.latest.runs)
    write_run(tmp_path / "runs", ROWS, name="mine")
    wait_until(lambda: [run.id for run in feed.latest.runs] == ["mine-1"], "my run alone")
    assert not feed.latest.shows_samples
    assert not feed.latest.runs[0].is_sample


def test_logs_whose_names_are_no_utf_8_are_shown_and_followed(tmp_path: Path) -> None:
    """The first one has ended: it would be kept for the next start, by its name."""
    first, second = (Path(os.fsdecode(b"%s/%s" % (os.fsencode(tmp_path), name))) for name in NAMES)
    first.write_text("step,train_loss,val_loss\n1,2,3\n2,2,2\n")
    os.utime(first, (1e9, 1e9))
    feed = Feed([tmp_path], publish_hz=50)
    feed.start()
    try:
        wait_until(lambda: [run.step for run in feed.latest.runs] == [2], "it is read")
        second.write_text("step,train_loss,val_loss\n5,2,3\n6,2,2\n")
        wait_until(lambda: {run.step for run in feed.latest.runs} == {2, 6}, "the feed goes on")
    finally:
        feed.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_feed_that_ends_by_an_error_says_so(
    feed: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it showed last would look for ever as if it were so now."""
    write_run(tmp_path / "runs", ROWS[:5], name="mine")
    wait_until(lambda: [run.id for run in feed.latest.runs] == ["mine-1"], "the run")
    monkeypatch.setattr(Roster, "find", lambda _roster: 1 // 0)
    wait_until(lambda: "start the app again: ZeroDivision" in (feed.latest.problem or ""), "why")
    assert [run.id for run in feed.latest.runs] == ["mine-1"]


def test_the_newest_run_comes_first_and_a_deleted_one_goes(feed: Feed, tmp_path: Path) -> None:
    for name in ("old", "new"):
        write_run(tmp_path / "runs", ROWS[:5], name=name)
    wait_until(lambda: [run.id for run in feed.latest.runs] == ["new-1", "old-1"], "both runs")
    shutil.rmtree(tmp_path / "runs" / "new-1")
    wait_until(lambda: [run.id for run in feed.latest.runs] == ["old-1"], "one run")


def test_rows_that_are_appended_arrive(feed: Feed, tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", ROWS[:5], state=State.RUNNING)
    lock = RunLock(paths.lock)
    feed.focus(paths.root)

    def points() -> int:
        run = feed.latest.run(paths.root)
        return 0 if run is None else len(run.curve("train/loss"))

    wait_until(lambda: points() == 5, "the first rows")
    writer = MetricsWriter(paths, session=2, resume_step=4)
    for step, values in ROWS[5:9]:
        writer.write(step, values)
    wait_until(lambda: points() == 9, "the new rows")
    writer.close()
    lock.release()


def test_a_log_is_read_anew_where_more_of_it_tells_another_format(tmp_path: Path) -> None:
    """As of Keras's `training.log`, which is empty until the first epoch has ended."""
    path = tmp_path / "training.log"
    path.touch()
    feed = Feed([path], publish_hz=50)
    feed.start()
    wait_until(lambda: [run.format for run in feed.latest.runs] == ["text log"], "the text")
    path.write_text("epoch,accuracy\n0,0.5\n1,0.75\n")
    feed.refresh()
    wait_until(lambda: [len(run.curves) for run in feed.latest.runs] == [1], "the curve")
    assert feed.latest.runs[0].format == "CSV/JSONL"
    feed.stop()


def test_without_hints_from_the_system_nothing_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network file system, or when the system's limit of watches is reached."""

    def fail(self: Hints) -> None:
        self.problem = "inotify watch limit reached"

    monkeypatch.setattr(Hints, "start", fail)
    feed = Feed([tmp_path], publish_hz=50)
    feed.start()
    paths = write_run(tmp_path, ROWS[:5], state=State.RUNNING)
    lock = RunLock(paths.lock)
    feed.focus(paths.root)
    wait_until(lambda: feed.latest.run(paths.root) is not None, "the run")
    writer = MetricsWriter(paths, session=2, resume_step=4)
    writer.write(*ROWS[5])
    wait_until(
        lambda: (run := feed.latest.run(paths.root)) and len(run.curve("train/loss")) == 6,
        "the new row",
    )
    assert feed.latest.polled
    feed.stop()
    writer.close()
    lock.release()


def test_it_tells_of_each_snapshot_and_stops_when_asked(tmp_path: Path) -> None:
    told = threading.Event()
    feed = Feed([tmp_path], on_change=told.set)
    feed.start()
    assert told.wait(10)
    feed.stop()
    assert "feed" not in [thread.name for thread in threading.enumerate()]


def test_an_idle_feed_publishes_nothing(tmp_path: Path) -> None:
    write_run(tmp_path, ROWS[:5])
    count = 0

    def changed() -> None:
        nonlocal count
        count += 1

    feed = Feed([tmp_path], on_change=changed, publish_hz=50)
    feed.start()
    wait_until(lambda: feed.latest.runs and not feed.latest.runs[0].is_loading, "the run")
    threading.Event().wait(0.5)  # it tells of a snapshot after that is there
    settled = count
    threading.Event().wait(3)
    feed.stop()
    assert count == settled


def test_hints_are_asked_for_only_while_the_run_in_focus_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that grows all the time is polled anyway, and each of its writes would be a hint."""
    watched: list[Path | None] = []
    monkeypatch.setattr(Hints, "watch", lambda _self, folder: watched.append(folder))
    monkeypatch.setattr("grok_tui.watch.feed.HINTS_AFTER_S", 1.0)
    paths = write_run(tmp_path, ROWS[:5])
    feed = Feed([tmp_path], publish_hz=50)
    feed.start()
    feed.focus(paths.root)
    wait_until(lambda: watched[-1:] == [paths.root], "hints of the silent run")
    writer = MetricsWriter(paths, session=2, resume_step=4)
    writer.write(*ROWS[5])
    wait_until(lambda: watched[-1] is None, "no hints while it grows")
    wait_until(lambda: watched[-1] == paths.root, "hints after it")
    feed.stop()
    writer.close()
