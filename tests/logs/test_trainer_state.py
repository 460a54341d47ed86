from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from event_files import joined, points, read_on
from logs_support import HOW_MANY, flipped, truncated

from grok_tui.logs import trainer_history
from grok_tui.logs.formats import Folder, LogRef
from grok_tui.logs.source import Batch
from grok_tui.logs.trainer_source import SETTLED_S, STATE, TrainerSource
from grok_tui.logs.trainer_state import FORMAT

RECORDED = Path(__file__).parent / "recorded"
Entry = dict[str, Any]


def by_metric(entries: list[Entry]) -> dict[str, list[tuple[float, float]]]:
    """Return steps and values as they stand in a history."""
    found: dict[str, list[tuple[float, float]]] = {}
    for entry in entries:
        for name, value in entry.items():
            if name != "step":
                found.setdefault(name, []).append((entry["step"], value))
    return found


def all_points(batch: Batch) -> dict[str, list[tuple[float, float]]]:
    return {name: points(batch, name) for name in batch.columns}


def read(path: Path) -> Batch:
    return read_on(TrainerSource(path, complete=True))


def entries_to(last: int) -> list[Entry]:
    """Return a history with two evaluation sets, of which one is evaluated seldom."""
    entries: list[Entry] = []
    for step in range(1, last + 1):
        entries.append({"epoch": step / 10, "loss": 1 / step, "step": step})
        if step % 5 == 0:
            entries.append({"epoch": step / 10, "eval_val_loss": 2 / step, "step": step})
            entries.append({"epoch": step / 10, "eval_test_loss": 3 / step, "step": step})
    return entries


def save(folder: Path, entries: list[Entry]) -> Path:
    """Write a state as the Trainer does."""
    folder.mkdir(exist_ok=True, parents=True)
    callbacks = {"TrainerControl": {"args": {"should_save": True}, "attributes": {}}}
    state = {"global_step": 0, "log_history": entries, "stateful_callbacks": callbacks}
    (folder / STATE).write_text(json.dumps(state, indent=2, sort_keys=True) + "\n")
    return folder / STATE


# What the Trainer wrote


def test_a_recorded_run_holds_what_its_trainer_had(tmp_path: Path) -> None:
    history = json.loads((RECORDED / "trainer.json").read_text())
    batch = read(RECORDED / "trainer")
    assert all_points(batch) == by_metric(history)
    assert {"loss", "eval_val_loss", "eval_test_accuracy", "train_loss"} <= batch.columns.keys()
    assert all(math.isnan(time) for time in batch.columns["loss"].times)
    assert (batch.bad_lines, batch.left_out) == (0, None)


@pytest.mark.slow  # importing transformers takes six seconds
def test_a_trainer_is_followed_while_it_trains(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="pip install 'grok-tui[ecosystems]'")
    with start_trainer(tmp_path) as process:
        source, batches = TrainerSource(tmp_path), list[Batch]()
        while process.poll() is None:
            batches.append(source.read(10**6, 1))
            time.sleep(0.01)
        assert process.stdout is not None
        history = json.loads(process.stdout.read().splitlines()[-1])
    batches.append(source.read(10**6, 1))
    assert all_points(joined(batches)) == by_metric(history)
    assert not any(batch.rewound or batch.bad_lines for batch in batches)


@pytest.mark.slow
def test_a_trainer_that_is_killed_leaves_what_its_own_reader_reads(tmp_path: Path) -> None:
    callback = pytest.importorskip("transformers.trainer_callback", reason="grok-tui[ecosystems]")
    with start_trainer(tmp_path) as process:
        while not list(tmp_path.glob(f"checkpoint-*/{STATE}")):
            time.sleep(0.001)
        process.kill()
    checkpoints = tmp_path.glob(f"checkpoint-*/{STATE}")
    newest = max(checkpoints, key=lambda path: int(path.parent.name.split("-")[1]))
    batch = read(tmp_path)
    if batch.left_out is None:
        state = callback.TrainerState.load_from_json(str(newest))
        assert all_points(batch) == by_metric(state.log_history)


def start_trainer(folder: Path) -> subprocess.Popen[str]:
    script = RECORDED / "record_trainer.py"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(script), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


# Checkpoints


def test_the_highest_checkpoint_counts_and_what_is_new_in_it_is_given(tmp_path: Path) -> None:
    source = TrainerSource(tmp_path / "out")
    assert read_on(source).columns == {}
    batches = []
    for last in (5, 90, 100):  # by number, not by name
        save(tmp_path / "out" / f"checkpoint-{last}", entries_to(last))
        batches.append(read_on(source))
        assert not batches[-1].rewound
    final = [*entries_to(100), {"train_runtime": 3.0, "step": 100}]
    save(tmp_path / "out", final)
    batches.append(read_on(source))
    assert all_points(batches[-1]) == {"train_runtime": [(100.0, 3.0)]}
    assert all_points(joined(batches)) == by_metric(final)


def test_a_removed_checkpoint_takes_nothing_along(tmp_path: Path) -> None:
    for last in (5, 10):
        save(tmp_path / f"checkpoint-{last}", entries_to(last))
    source = TrainerSource(tmp_path)
    read_on(source)
    shutil.rmtree(tmp_path / "checkpoint-10")
    batch = read_on(source)
    assert (batch.columns, batch.rewound) == ({}, False)
    save(tmp_path / "checkpoint-15", entries_to(15))
    assert [step for step, _ in points(read_on(source), "loss")] == [11, 12, 13, 14, 15]


def test_another_history_is_read_from_its_start(tmp_path: Path) -> None:
    save(tmp_path, entries_to(5))
    source = TrainerSource(tmp_path)
    read_on(source)
    other = [{**entry, "epoch": 7.0} for entry in entries_to(6)]
    save(tmp_path, other)
    batch = read_on(source)
    assert batch.rewound
    assert all_points(batch) == by_metric(other)


def test_not_a_number_is_kept_and_equals_itself_in_the_next_checkpoint(tmp_path: Path) -> None:
    entries = [{"loss": value, "step": 1} for value in (math.nan, math.inf, -math.inf)]
    save(tmp_path, entries)
    source = TrainerSource(tmp_path)
    values = [value for _, value in points(read_on(source), "loss")]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]
    save(tmp_path, [*entries, {"loss": 1.0, "step": 2}])
    batch = read_on(source)
    assert (points(batch, "loss"), batch.rewound) == ([(2.0, 1.0)], False)


# Damage


def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    save(tmp_path / "checkpoint-5", entries_to(5))
    half = save(tmp_path / "checkpoint-10", entries_to(10))
    whole = half.read_bytes()
    half.write_bytes(whole[: len(whole) * 9 // 10])
    now = half.stat().st_mtime
    source = TrainerSource(tmp_path, clock=lambda: now)
    assert len(points(read_on(source), "loss")) == 5
    half.write_bytes(whole)
    batch = read_on(source)
    assert (len(points(batch, "loss")), batch.left_out) == (5, None)


def test_of_a_file_that_stays_cut_what_is_whole_is_read(tmp_path: Path) -> None:
    save(tmp_path / "checkpoint-5", entries_to(5))
    half = save(tmp_path / "checkpoint-10", entries_to(10))
    half.write_bytes(half.read_bytes()[:-450])
    now = half.stat().st_mtime + SETTLED_S
    batch = read_on(TrainerSource(tmp_path, clock=lambda: now))
    assert 5 < len(points(batch, "loss")) < 10
    assert batch.left_out == f"damaged parts of {STATE}"


def test_an_empty_checkpoint_hides_none_below_it(tmp_path: Path) -> None:
    save(tmp_path / "checkpoint-5", entries_to(5))
    (tmp_path / "checkpoint-10").mkdir()
    (tmp_path / "checkpoint-10" / STATE).touch()
    assert len(points(read(tmp_path), "loss")) == 5


STRANGE = ["null", "[]", "3", '{"log_history": 3}', "[" * 10**5, '{"log_history": [1, null, {}]}']
STRANGE += ['{"log_history": [{"step": 1e400}, {"step": "x"}, {"step": true}]}', "\x00\xff"]


@pytest.mark.parametrize("content", STRANGE)
def test_a_file_with_something_else_gives_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / STATE).write_text(content, encoding="latin-1")
    batch = read(tmp_path)
    assert batch.columns == {}
    assert batch.bad_lines or batch.left_out


def test_cells_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    entry = {"step": 1, "loss": 2, "flag": True, "text": "x", "list": [1], "big": 10**400}
    save(tmp_path, [{**entry, "none": None, "half \ud800": 3}])
    assert all_points(read(tmp_path)) == {"loss": [(1.0, 2.0)], "half ?": [(1.0, 3.0)]}


def test_metrics_beyond_a_number_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_history, "MAX_METRICS", 3)
    save(tmp_path, [{"step": step, f"m{step}": 1.0} for step in range(5)])
    batch = read(tmp_path)
    assert (list(batch.columns), batch.left_out) == (
        ["m0", "m1", "m2"],
        "2 metrics, which are too many",
    )


def test_a_file_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, entries_to(5))
    monkeypatch.setattr(trainer_history, "MAX_BYTES", 100)
    with pytest.raises(OSError, match="is longer than"):
        read(tmp_path)


@HOW_MANY
def test_a_truncated_file_gives_the_entries_that_are_whole(tmp_path: Path, count: int) -> None:
    entries = entries_to(30)
    path = save(tmp_path, entries)
    data = path.read_bytes()
    begin = data.index(b"[")
    for content in truncated(data[:-2], count):  # without these two it is whole
        path.write_bytes(content)
        whole = content[begin:].count(b"}")
        assert all_points(read(tmp_path)) == by_metric(entries[:whole])


@HOW_MANY
def test_a_flipped_bit_costs_one_entry(tmp_path: Path, count: int) -> None:
    entries = entries_to(30)
    path = save(tmp_path, entries)
    for content in flipped(path.read_bytes(), count):
        path.write_bytes(content)
        history = trainer_history.parse(content)
        kept = [{**values, "step": step} for step, values in history.rows]
        # The entry that was hit may be lost, or read with another number or name.
        missing = [entry for entry in entries if entry not in kept]
        assert len(missing) <= 1
        assert len(read(tmp_path).columns) <= len(by_metric(entries)) + 1


# Marks


@pytest.mark.parametrize("max_rows", [1, 2, 7, 10**6])
def test_reading_in_parts_with_marks_gives_the_same_as_reading_in_one_go(
    tmp_path: Path, max_rows: int
) -> None:
    save(tmp_path, entries_to(10))
    source, batches = TrainerSource(tmp_path), list[Batch]()
    while not batches or batches[-1].more:
        fresh = TrainerSource(tmp_path)
        assert fresh.resume(json.loads(json.dumps(source.mark())))
        source = fresh
        batches.append(source.read(max_rows, 1))
        assert not batches[-1].rewound
    assert all_points(joined(batches)) == by_metric(entries_to(10))
    rows = joined(batches).columns["epoch"].rows.tolist()
    assert rows == list(range(len(entries_to(10))))


def test_a_mark_goes_on_in_a_later_checkpoint(tmp_path: Path) -> None:
    save(tmp_path / "checkpoint-5", entries_to(5))
    source = TrainerSource(tmp_path)
    read_on(source)
    save(tmp_path / "checkpoint-10", entries_to(10))
    fresh = TrainerSource(tmp_path)
    assert fresh.resume(source.mark())
    batch = read_on(fresh)
    assert [step for step, _ in points(batch, "loss")] == [6, 7, 8, 9, 10]
    assert not batch.rewound


CHANGES: list[Callable[[dict[str, Any]], object]] = [
    lambda mark: mark.clear(),
    lambda mark: mark.update(given=-1),
    lambda mark: mark.update(given=10**30),
    lambda mark: mark.update(given="1"),
    lambda mark: mark.update(given=mark["given"] - 1),
    lambda mark: mark.update(digest=None),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_mark_that_does_not_fit_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    save(tmp_path, entries_to(5))
    source = TrainerSource(tmp_path)
    read_on(source)
    mark = source.mark()
    change(mark)
    fresh = TrainerSource(tmp_path)
    assert not fresh.resume(mark)
    assert all_points(read_on(fresh)) == by_metric(entries_to(5))


# The format


def test_a_folder_with_checkpoints_is_one_run(tmp_path: Path) -> None:
    save(tmp_path / "checkpoint-5", entries_to(5))
    (tmp_path / "checkpoint-10").mkdir()  # without a state: somebody else's
    folder = Folder(tmp_path, frozenset({"a.csv"}), frozenset({"checkpoint-5", "checkpoint-10"}))
    found = FORMAT.find(folder)
    assert found.logs == (LogRef(tmp_path, "trainer_state"),)
    assert (found.files, found.folders) == (frozenset(), {"checkpoint-5"})
    last = FORMAT.find(Folder(tmp_path, frozenset({STATE}), frozenset()))
    assert (len(last.logs), last.files) == (1, {STATE})
    assert FORMAT.find(Folder(tmp_path, frozenset({"a.csv"}), frozenset())).logs == ()


def test_one_file_is_a_run(tmp_path: Path) -> None:
    path = save(tmp_path, entries_to(5))
    (log,) = FORMAT.logs_in(path)
    assert all_points(FORMAT.open(log).read(100, 1)) == by_metric(entries_to(5))
    assert FORMAT.logs_in(tmp_path / "other.json") == ()
