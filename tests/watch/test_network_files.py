"""Files as NFS shows them: no events, sizes and times that lag, and handles that go stale."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support import grokking_rows, wait_until

from grok_tui.analysis.verdict import Outcome
from grok_tui.logs.growing import GrowingFile
from grok_tui.logs.tail import Tail
from grok_tui.watch import hints
from grok_tui.watch.discovery import need_places
from grok_tui.watch.feed import Feed
from grok_tui.watch.log_follower import LogFollower

HEAD = "step,train_acc,val_acc\n"
ROWS = [f"{s},{v['train/accuracy']:.4f},{v['test/accuracy']:.4f}\n" for s, v in grokking_rows()]


class Server:
    """What a client's caches do to `os.fstat` and `os.pread`, until they expire."""

    def __init__(self, patch: pytest.MonkeyPatch, *, reads_lag: bool) -> None:
        self._fstat, self._pread = os.fstat, os.pread
        self._known: dict[tuple[int, int], os.stat_result] = {}
        self._reads_lag = reads_lag
        self.lags = True
        self.stale = 0
        """So many more reads find that their handle is stale."""
        patch.setattr(os, "fstat", self.fstat)
        patch.setattr(os, "pread", self.pread)

    def fstat(self, descriptor: int) -> os.stat_result:
        status = self._fstat(descriptor)
        key = (status.st_dev, status.st_ino)
        return self._known.setdefault(key, status) if self.lags else status

    def pread(self, descriptor: int, count: int, offset: int) -> bytes:
        if self.stale:
            self.stale -= 1
            raise OSError(errno.ESTALE, "Stale file handle")
        data = self._pread(descriptor, count, offset)
        size = self.fstat(descriptor).st_size
        return data[: max(0, size - offset)] if self._reads_lag else data

    def expire(self) -> None:
        self._known.clear()


def follow(path: Path) -> LogFollower:
    (place,) = need_places([path])
    assert place.log is not None
    return LogFollower(place.log, place.name, lambda: 0.0)


def read(follower: LogFollower) -> None:
    for _ in range(20):
        follower.poll()
    assert follower.view.status.reason is None


def append(path: Path, rows: list[str]) -> None:
    with path.open("a") as file:
        file.writelines(rows)


def values(follower: LogFollower) -> int:
    return len(follower.view.curve("test/accuracy"))


@pytest.mark.parametrize("reads_lag", [True, False], ids=["reads-lag", "only-sizes-lag"])
def test_a_log_is_followed_though_its_size_lags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads_lag: bool
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "".join(ROWS[:5]))
    follower = follow(path)
    server = Server(monkeypatch, reads_lag=reads_lag)
    read(follower)
    assert values(follower) == 5
    seen, done = [], 5
    for end in range(25, len(ROWS) + 20, 20):
        append(path, ROWS[done:end])
        done = min(end, len(ROWS))
        for _ in range(20):
            follower.poll()
            seen.append(values(follower))
        assert seen == sorted(seen)  # what was read is not taken back because a size is old
        server.expire()
        read(follower)
        assert values(follower) == done
    assert follower.view.verdict.outcome is Outcome.GROKKED


def test_an_old_size_does_not_make_a_log_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv"
    path.write_text("a\n")
    tail, growing = Tail(path), GrowingFile(path)
    Server(monkeypatch, reads_lag=False)
    assert tail.read().lines == [b"a"]
    growing.use(b"a\n", len(growing.read(9).data))
    append(path, ["b\n"])
    assert tail.read().lines == [b"b"]
    growing.use(b"b\n", len(growing.read(9).data))
    assert not tail.read().rewound
    assert not growing.read(9).rewound


@pytest.mark.parametrize("reads_lag", [True, False], ids=["reads-lag", "only-sizes-lag"])
def test_a_log_that_is_replaced_under_its_name_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads_lag: bool
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "".join(ROWS[:50]))
    follower = follow(path)
    server = Server(monkeypatch, reads_lag=reads_lag)
    read(follower)
    other = tmp_path / "other"
    other.write_text(HEAD + "0,0.5,0.25\n7,0.5,0.25\n")
    other.replace(path)
    server.stale = 1
    read(follower)
    assert list(follower.view.curve("test/accuracy").steps) == [0, 7]
    append(path, ["9,0.5,0.5\n"])
    server.expire()
    read(follower)
    assert list(follower.view.curve("test/accuracy").steps) == [0, 7, 9]


def test_a_log_that_was_cut_and_written_anew_in_place_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "".join(ROWS[:50]))
    follower = follow(path)
    server = Server(monkeypatch, reads_lag=False)
    read(follower)
    path.write_text(HEAD + "0,0.5,0.25\n")
    server.expire()
    read(follower)
    assert list(follower.view.curve("test/accuracy").values) == [0.25]


def test_a_stale_handle_is_opened_again_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, head, rows in (
        ("log.csv", HEAD, ROWS),
        ("log.jsonl", "", [f'{{"step": {i}, "loss": 1, "val_loss": 2}}\n' for i in range(9)]),
    ):
        path = tmp_path / name
        path.write_text(head + rows[0])
        follower = follow(path)
        with monkeypatch.context() as patch:
            server = Server(patch, reads_lag=False)
            read(follower)
            append(path, rows[1:4])
            server.expire()
            server.stale = 1
            follower.poll()
            assert follower.view.status.reason is None
            read(follower)
        assert len(next(iter(follower.view.curves.values()))) == 4


def test_the_feed_shows_what_comes_without_any_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[Path | None] = []
    monkeypatch.setattr(hints.Hints, "watch", lambda self, folder: watched.append(folder))
    monkeypatch.setattr("grok_tui.watch.feed.network_kind", lambda path: "nfs4")
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "".join(ROWS[:5]))
    feed = Feed([tmp_path], publish_hz=50)
    feed.focus(path)
    feed.start()

    def shows(count: int) -> Callable[[], bool]:
        return lambda: any(len(r.curve("test/accuracy")) == count for r in feed.latest.runs)

    try:
        wait_until(shows(5), "the log shows")
        append(path, ROWS[5:9])
        wait_until(shows(9), "what came later shows")
        assert feed.latest.polled == "nfs4"
        assert set(watched) == {None}  # no events are asked for where none come
    finally:
        feed.stop()
