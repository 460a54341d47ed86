from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_support import column

from grok_tui.analysis.series import Series
from grok_tui.logs.source import Column
from grok_tui.store import folder, log, mapped
from grok_tui.store.log import LogKey, StoredLog


@pytest.fixture
def key(tmp_path: Path) -> LogKey:
    (tmp_path / "log.csv").touch()
    return LogKey.of("table", tmp_path / "log.csv")


def same(found: Column, expected: Column) -> bool:
    return all(
        np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=True)
        for name in ("rows", "steps", "times", "values")
    )


def take(stored: StoredLog, end: int, piece: int = 7_000, **digits: str) -> None:
    for start in range(0, end, piece):
        stop = min(start + piece, end)
        stored.take({name: column(start, stop, seed=len(name), **digits) for name in ("a", "bb")})


def test_what_was_kept_is_there_again(key: LogKey) -> None:
    stored = StoredLog(key)
    assert stored.mark is None
    take(stored, 50_000)
    stored.commit({"offset": 12, "names": ["a"], "last": float("inf")})
    stored.close()
    again = StoredLog(key)
    assert again.mark == {"offset": 12, "names": ["a"], "last": float("inf")}
    assert same(again.columns()["bb"], column(0, 50_000, seed=2))
    curve = again.series["a"].curve()
    assert curve.extremes().tolist() == stored.series["a"].curve().extremes().tolist()
    again.take({"a": column(50_000, 50_010, seed=1)})
    assert same(again.columns()["a"], column(0, 50_010, seed=1))
    newest = column(50_000, 50_010, seed=1).values
    assert again.series["a"].curve().extremes(100_000)[-1] == np.nanmax(newest)


def test_numbers_keep_all_their_digits(key: LogKey) -> None:
    stored = StoredLog(key)
    take(stored, 40_000)
    early = stored.series["a"].curve()
    stored.take({"a": column(40_000, 60_000, digits="f8", seed=1)})
    stored.commit({})
    stored.close()
    found = StoredLog(key).columns()["a"].values
    assert np.array_equal(found[:40_000], column(0, 40_000, seed=1).values, equal_nan=True)
    fine = column(40_000, 60_000, digits="f8", seed=1).values
    assert np.array_equal(found[40_000:], fine, equal_nan=True)
    assert np.array_equal(early.values, found[:40_000], equal_nan=True)


def test_values_need_little_memory_once_they_are_in_files(key: LogKey) -> None:
    def in_memory() -> int:
        status = Path("/proc/self/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if "RssAnon" in line))

    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells what is in memory")
    stored, before = StoredLog(key), in_memory()
    pieces = [column(start, start + 10_000) for start in range(0, 1_000_000, 10_000)]
    before = in_memory()
    for piece in pieces:
        stored.take({"a": piece})
    stored.commit({})
    # The four arrays are of 28 MB; unsaved items take half a megabyte each at most.
    assert in_memory() - before < 8_000


columns_of_batches = st.lists(
    st.tuples(st.sets(st.sampled_from("abcd"), min_size=1), st.integers(1, 300), st.integers(0, 3)),
    max_size=25,
)


@settings(max_examples=60)
@given(columns_of_batches, st.integers(0, 25), st.integers(0, 2**32))
def test_any_log_is_what_it_was(
    batches: list[tuple[set[str], int, int]], closed_after: int, seed: int
) -> None:
    """Columns that share rows, or cease to; steps that fall; a process that ends in between."""
    rng = np.random.default_rng(seed)
    taken: dict[str, list[Column]] = {}
    plain: dict[str, Series] = {}
    root = Path.cwd() / f"cache-{time.time_ns()}"
    key = LogKey("table", "/log", 1, 2, None, "")
    log.LEAST_VALUES, mapped.LEAST_BYTES, mapped.TAIL_BYTES, mapped.UNSAVED_BYTES = 0, 512, 64, 256
    try:
        stored, row = StoredLog(key, root=root), 0
        for number, (names, size, kind) in enumerate(batches):
            rows = np.arange(row, row + size)
            row += size
            steps = rows - (500.0 if kind == 1 else 0.0)
            batch = {}
            for name in sorted(names):
                own = rows if kind != 2 else rows[: rng.integers(1, size + 1)]
                values = rng.normal(size=len(own))
                values = values.astype("f4").astype(float) if kind != 3 else values
                batch[name] = Column(own, steps[: len(own)], own * 1.0, values)
                taken.setdefault(name, []).append(batch[name])
                plain.setdefault(name, Series()).append(steps[: len(own)], values)
            stored.take(batch)
            if number == closed_after:
                stored.commit({"row": row})
                stored.close()
                stored = StoredLog(key, root=root)
                assert stored.mark == {"row": row}
        for name, parts in taken.items():
            found = stored.columns()[name]
            for field in ("rows", "steps", "times", "values"):
                expected = np.concatenate([getattr(part, field) for part in parts])
                assert getattr(found, field).tolist() == expected.tolist()
            shown, expected_curve = stored.series[name].curve(), plain[name].curve()
            assert shown.steps.tolist() == expected_curve.steps.tolist()
            assert shown.values.tolist() == expected_curve.values.tolist()
            assert shown.extremes().tolist() == expected_curve.extremes().tolist()
        stored.close()
    finally:
        log.LEAST_VALUES, mapped.LEAST_BYTES = 20_000, 1 << 16
        mapped.TAIL_BYTES, mapped.UNSAVED_BYTES = 1 << 15, 1 << 19


def test_a_short_log_is_not_kept(key: LogKey, tmp_path: Path) -> None:
    stored = StoredLog(key)
    take(stored, 5_000)
    stored.commit({})
    assert not (tmp_path / ".cache").exists()
    assert len(stored.series["a"].curve()) == 5_000


def test_a_log_that_begins_anew_forgets_and_a_reader_of_the_old_one_does_not(key: LogKey) -> None:
    stored = StoredLog(key)
    take(stored, 50_000)
    stored.commit({"at": 1})
    reader = StoredLog(key)
    stored.rewind()
    assert (stored.mark, dict(stored.series)) == (None, {})
    take(stored, 30_000, digits="f8")
    stored.commit({"at": 2})
    assert same(reader.columns()["a"], column(0, 50_000, seed=1))
    (place,) = (Path.cwd() / ".cache/grok-tui/columns").glob("[0-9a-f]*")
    assert {path.name for path in place.iterdir()} == {"state", "used", "writer", *stored._files}
    stored.close()
    assert StoredLog(key).mark == {"at": 2}


def test_one_process_writes_and_others_go_on_in_memory(key: LogKey) -> None:
    writer = StoredLog(key)
    take(writer, 50_000)
    writer.commit({"at": 1})
    reader = StoredLog(key)
    for stored, seed in ((reader, 1), (writer, 9)):  # both read on, at different speeds
        stored.take({"a": column(50_000, 90_000, seed=seed)})
    reader.take({"a": column(90_000, 300_000, seed=1)})
    writer.commit({"at": 2})
    reader.commit({"at": 3})
    assert same(reader.columns()["a"], column(0, 300_000, seed=1))
    writer.close()
    reader.close()
    last = StoredLog(key)
    assert last.mark == {"at": 2}
    assert np.array_equal(
        last.columns()["a"].values[50_000:], column(50_000, 90_000, seed=9).values, equal_nan=True
    )


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_support import column
from grok_tui.store import mapped
from grok_tui.store.log import LogKey, StoredLog
mapped.UNSAVED_BYTES = 1 << 14
stored = StoredLog(LogKey("table", "/log", 1, 2, None, ""), root=Path(sys.argv[1]))
row = stored.mark["row"] if stored.mark else 0
print(row, flush=True)
for start in range(row, 10**9, 3000):
    stored.take({n: column(start, start + 3000, seed=len(n)) for n in ("a", "bb")})
    stored.commit({"row": start + 3000})
    print(start + 3000, flush=True)
"""


def test_whoever_is_killed_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    rng, told = random.Random(0), 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "cache"), str(Path(__file__).parents[1])],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        found = int(process.stdout.readline())
        assert found >= told or told < log.LEAST_VALUES  # a commit that was told of is there
        time.sleep(0.05 + 0.2 * rng.random())
        process.send_signal(signal.SIGKILL)
        said = [str(found), *process.stdout.read().split("\n")[:-1]]
        told = int(said[-1])
        process.stdout.close()
        process.wait()
        stored = StoredLog(LogKey("table", "/log", 1, 2, None, ""), root=tmp_path / "cache")
        row = stored.mark["row"] if stored.mark else 0
        for name in ("a", "bb") if row else ():
            assert same(stored.columns()[name], column(0, row, seed=len(name)))
        stored.close()
    assert told > 100_000


@pytest.fixture
def kept(key: LogKey) -> Path:
    stored = StoredLog(key)
    take(stored, 50_000)
    stored.commit({"at": 1})
    stored.close()
    (place,) = (Path.cwd() / ".cache/grok-tui/columns").glob("[0-9a-f]*")
    return place


def test_damage_is_found_and_the_log_is_read_anew(key: LogKey, kept: Path) -> None:
    """One flipped bit, in what is kept of any file, or a file that is cut or missing."""
    rng = random.Random(1)
    contents = {path: path.read_bytes() for path in kept.iterdir() if path.stat().st_size}
    whole = StoredLog(key).columns()
    found_damage = 0
    for trial in range(60):
        path = rng.choice(sorted(contents))
        data = bytearray(contents[path])
        if trial % 10 == 0:
            path.unlink() if trial % 20 else path.write_bytes(data[: rng.randrange(len(data))])
        else:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            path.write_bytes(data)
        stored = StoredLog(key)
        if stored.mark is None:
            assert not stored.series
            found_damage += 1
        else:  # what was flipped lies beyond what is kept
            assert all(same(stored.columns()[name], whole[name]) for name in whole)
        stored.close()
        for other, content in contents.items():
            other.write_bytes(content)
    assert found_damage > 30


def test_after_a_restart_of_the_machine_every_byte_is_checked(
    key: LogKey, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = max(kept.iterdir(), key=lambda path: path.stat().st_size)
    status = path.stat()
    path.write_bytes(bytes(status.st_size))  # as after a loss of power
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    monkeypatch.setattr("grok_tui.store.state.boot_id", lambda: "another")
    assert StoredLog(key).mark is None


@pytest.mark.parametrize("change", ["version", "reader", "inode"])
def test_what_others_made_is_not_used(
    key: LogKey, kept: Path, change: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if change == "version":
        monkeypatch.setattr("grok_tui.store.state.VERSION", 0)
    if change == "inode":
        (tmp_path / "other").touch()
        (tmp_path / "other").replace(tmp_path / "log.csv")
    reader = "2" if change == "reader" else ""
    assert StoredLog(LogKey.of("table", tmp_path / "log.csv", reader=reader)).mark is None


def test_without_a_cache_everything_is_in_memory(key: LogKey, tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("a file where a folder should be")
    stored = StoredLog(key)
    take(stored, 50_000)
    stored.commit({})
    assert stored.note is not None
    assert "nothing is kept" in stored.note
    assert same(stored.columns()["a"], column(0, 50_000, seed=1))


def test_a_full_disk_ends_nothing(key: LogKey, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = StoredLog(key)
    take(stored, 50_000)
    stored.commit({"at": 1})
    write, written = os.pwrite, [0]

    def full(descriptor: int, data: bytes, place: int) -> int:
        written[0] += 1
        if written[0] > 3:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:1000], place)  # a short write comes first

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        for start in range(50_000, 600_000, 50_000):
            stop = start + 50_000
            stored.take({name: column(start, stop, seed=len(name)) for name in ("a", "bb")})
        stored.commit({"at": 2})
    assert stored.note is not None
    assert "No space left" in stored.note
    assert same(stored.columns()["bb"], column(0, 600_000, seed=2))
    assert StoredLog(key).mark == {"at": 1}


@pytest.fixture
def old_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[StoredLog]]:
    monkeypatch.setattr(folder, "_CHECK_EVERY_S", 0)
    logs = []
    for inode in range(4):
        stored = StoredLog(LogKey("table", "/log", 1, inode, None, ""))
        take(stored, 50_000)
        stored.commit({})
        place = Path.cwd() / ".cache/grok-tui/columns" / stored._key.name / "state"
        os.utime(place, (inode, inode))
        logs.append(stored)
    yield logs
    for stored in logs:
        stored.close()


def test_the_cache_stays_small_and_what_is_open_stays(
    old_logs: list[StoredLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path.cwd() / ".cache/grok-tui/columns"
    sizes = sum(f.stat().st_blocks * 512 for f in root.rglob("*") if f.is_file())
    monkeypatch.setattr(log, "MOST_BYTES", int(0.6 * sizes))
    for stored in (old_logs[1], old_logs[2]):
        stored.close()
    old_logs[3].commit({})
    left = {path.name for path in root.glob("[0-9a-f]*")}
    assert left == {old_logs[i]._key.name for i in (0, 3)}
