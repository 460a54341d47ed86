from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import grokking_rows, wait_until, write_run

from grok_tui.analysis.verdict import Outcome
from grok_tui.runs.lock import RunLock
from grok_tui.runs.record import State
from grok_tui.watch import roster as roster_module
from grok_tui.watch.discovery import Place
from grok_tui.watch.feed import Feed
from grok_tui.watch.follower import Follower
from grok_tui.watch.indexer import Indexer
from grok_tui.watch.indexing import read_to_end

ROWS = grokking_rows()[::8]
RUNS = 8


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of so many runs that they are read by another process."""
    monkeypatch.setattr(roster_module, "FULL_RUNS", 2)
    monkeypatch.setattr(roster_module, "INDEXED_FROM", 3)
    for number in range(RUNS):
        write_run(tmp_path, ROWS, name=f"run{number}")
    return tmp_path


@pytest.fixture
def polled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs that this process reads itself."""
    names, poll = [], Follower.poll

    def noted(self: Follower) -> bool:
        names.append(self.paths.root.name)
        return poll(self)

    monkeypatch.setattr(Follower, "poll", noted)
    return names


@pytest.fixture
def feed(root: Path) -> Iterator[Feed]:
    feed = Feed([root], publish_hz=50)
    yield feed
    feed.stop()


def all_are_read(feed: Feed) -> bool:
    runs = feed.latest.runs
    return len(runs) >= RUNS and all(run.verdict.outcome is Outcome.GROKKED for run in runs)


def test_what_is_over_is_read_by_another_process(feed: Feed, polled: list[str]) -> None:
    feed.start()
    wait_until(lambda: all_are_read(feed), "all runs")
    assert len(set(polled)) == 2, "the first page"
    assert all(run.is_summary for run in feed.latest.runs)


def test_a_run_that_goes_on_is_followed_here(root: Path, feed: Feed, polled: list[str]) -> None:
    paths = write_run(root, ROWS, name="zlive", state=State.RUNNING)
    lock = RunLock(paths.lock)
    feed.start()
    wait_until(lambda: all_are_read(feed), "all runs")
    assert paths.root.name in polled
    lock.release()


def test_a_run_that_somebody_looks_at_is_read_here(root: Path, feed: Feed) -> None:
    path = root / f"run{RUNS - 1}-1"
    feed.focus(path)
    feed.start()

    def is_whole() -> bool:
        run = feed.latest.run(path)
        return run is not None and len(run.curve("test/accuracy")) == len(ROWS)

    wait_until(is_whole, "all of its points")


def test_without_the_other_process_nothing_is_missed(
    feed: Feed, polled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Indexer.start

    def start_and_lose(self: Indexer) -> None:
        start(self)
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)

    monkeypatch.setattr(Indexer, "start", start_and_lose)
    feed.start()
    wait_until(lambda: all_are_read(feed), "all runs")
    assert len(set(polled)) == RUNS


def test_the_other_process_ends_with_the_app(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Feed([root], publish_hz=50)
    started, start = [], Indexer.start

    def noted(self: Indexer) -> None:
        start(self)
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        started.append(self._process)

    monkeypatch.setattr(Indexer, "start", noted)
    feed.start()
    wait_until(lambda: started, "the other process")
    os.kill(started[0].pid, signal.SIGCONT)
    feed.stop()
    wait_until(lambda: started[0].poll() is not None, "its end")


def test_nothing_is_said_of_what_goes_on_or_cannot_be_read(tmp_path: Path) -> None:
    over = write_run(tmp_path, ROWS, name="over")
    live = write_run(tmp_path, ROWS, name="live", state=State.RUNNING)
    lock = RunLock(live.lock)
    assert read_to_end(Place(tmp_path, live.root)) is None
    lock.release()
    view = read_to_end(Place(tmp_path, over.root))
    assert view is not None
    assert view.verdict.outcome is Outcome.GROKKED
    over.record.write_text("{")
    assert read_to_end(Place(tmp_path, over.root)) is None
