from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from support import wait_until
from training_support import assert_same, saved

from grok_tui.config import Config, change, load_preset
from grok_tui.errors import GrokTuiError
from grok_tui.launch.local import create_run, restart, start
from grok_tui.runs import checkpoints, spool
from grok_tui.runs.control import Control
from grok_tui.runs.heartbeat import read_heartbeat
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import State, read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.training.complexity.meter import Meter
from grok_tui.training.loop import train
from grok_tui.training.models.mlp import SymbolMLP
from grok_tui.training.optimisers import Optimiser
from grok_tui.training.randomness import Randomness
from grok_tui.training.schedule import LogSchedule

# No complexity point may be skipped for lack of time: which ones are is the clock's doing.
CONFIG, _ = change(
    load_preset("add-53-flash").config,
    ["steps=600", "checkpoint.every=50", "complexity.time_share=0.99", "device=cpu"],
)


def create(root: Path, config: Config = CONFIG) -> RunPaths:
    return create_run(root, config, preset=None, changes={})


def curves(paths: RunPaths) -> dict[str, list[tuple[float, float]]]:
    columns = RunSource(paths).read(10**6, 60).columns
    return {
        name: list(zip(column.steps.tolist(), column.values.tolist(), strict=True))
        for name, column in columns.items()
    }


def session(paths: RunPaths, config: Config, *, resume: bool, stop_at: int | None = None) -> None:
    """Train in this process, as one session of a run; a stop is one that saves."""
    record = read_record(paths.record)
    number = len(paths.metrics_files()) + 1
    recorder = Recorder(paths, msgspec.structs.replace(record, session=number))
    control = Control(paths, recorder)
    if stop_at is not None:
        measure = recorder.measure

        def measure_and_stop(step: int, values: Any) -> None:
            measure(step, values)
            if recorder.step == stop_at:
                control._stop_asked = "by the test"

        recorder.measure = measure_and_stop  # type: ignore[method-assign]
    recorder.enter(train(config, recorder, control, resume=resume))
    recorder.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    """The uninterrupted run, which all others are compared with."""
    paths = create(tmp_path_factory.mktemp("whole"))
    assert start(paths).wait(timeout=120) == 0
    return paths


def check_kills(root: Path, kills: int) -> None:
    """Compare a run with that many kill -9 at random moments with an uninterrupted one.

    Every third hits a process that is about to train; the others lie at random steps, for which
    the saved states are the clock: how fast a machine loads torch or trains changes nothing.
    """
    config, _ = change(CONFIG, [f"steps={kills * 300}"])
    whole, paths = create(root / "whole", config), create(root / "killed", config)
    assert start(whole).wait(timeout=600) == 0
    moments, process = random.Random(0), start(paths)
    for kill in range(kills):
        if kill % 3 == 2:
            wait_until(lambda: is_held(paths.lock), "it loads", timeout_s=60)
        else:
            step = kill * 300 + moments.randrange(200)
            wait_until(lambda s=step: newest_step(paths) >= s, "it trains", timeout_s=60, every_s=0)
        time.sleep(moments.uniform(0, 0.02))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert read_record(paths.record).state is not State.FINISHED, "the kill hit a training"
        process = restart(paths)
    assert process.wait(timeout=600) == 0
    assert_same(saved(paths), saved(whole))
    assert curves(paths) == curves(whole)


def newest_step(paths: RunPaths) -> int:
    return max((manifest.step for manifest in checkpoints.manifests(paths)), default=0)


def test_a_run_that_is_killed_at_random_ends_as_the_whole_one(tmp_path: Path) -> None:
    check_kills(tmp_path, 3)


@pytest.mark.slow
def test_a_run_that_is_killed_fifty_times_ends_as_the_whole_one(tmp_path: Path) -> None:
    check_kills(tmp_path, 50)


def test_a_run_that_was_stopped_goes_on_as_if_nothing_had_been(
    whole: RunPaths, tmp_path: Path
) -> None:
    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    assert checkpoints.manifests(paths)[0].step == 213
    session(paths, CONFIG, resume=True)
    assert_same(saved(paths), saved(whole))
    assert curves(paths) == curves(whole)


@pytest.mark.parametrize(
    "changes",
    [
        ["batch=100", "optimizer.kind=sgd", "optimizer.momentum=0.9"],
        ["batch=999", "filter.kind=ema", "optimizer.orthogonal=true"],
        ["filter.kind=ma", "filter.window=20", "optimizer.kind=adam", "loss=stablemax"],
        ["model.kind=quantum", "task.modulus=5", "batch=9"],
        ["model.kind=gaussian-process", "task.kind=parity", "task.train_size=50", "batch=30"],
    ],
)
def test_all_that_can_be_chosen_goes_on_where_it_stood(changes: list[str], tmp_path: Path) -> None:
    """With a checkpoint in the middle of an epoch, and of a window."""
    config, _ = change(CONFIG, ["steps=120", *changes])
    whole, stopped = create(tmp_path / "whole", config), create(tmp_path / "stopped", config)
    session(whole, config, resume=False)
    session(stopped, config, resume=False, stop_at=63)
    session(stopped, config, resume=True)
    assert_same(saved(stopped), saved(whole))
    assert curves(stopped) == curves(whole)


@pytest.mark.parametrize("part", [SymbolMLP, Optimiser, LogSchedule, Meter])
def test_each_part_of_the_state_is_needed(
    whole: RunPaths, tmp_path: Path, part: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    monkeypatch.setattr(part, "load_state_dict", lambda self, state: None)
    session(paths, CONFIG, resume=True)
    with pytest.raises(AssertionError):
        assert_same([saved(paths), curves(paths)], [saved(whole), curves(whole)])


def test_all_generators_go_on_where_they_stood() -> None:
    def draw() -> list[float]:
        return [random.random(), float(np.random.rand()), float(torch.rand(()))]

    randomness = Randomness(7)
    state = randomness.state_dict()
    first = draw()
    assert draw() != first
    randomness.load_state_dict(state)
    assert draw() == first
    Randomness(7)
    assert draw() == first


def test_the_time_that_was_trained_adds_up(tmp_path: Path) -> None:
    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    before = read_heartbeat(paths.heartbeat)
    session(paths, CONFIG, resume=True)
    after = read_heartbeat(paths.heartbeat)
    assert before is not None
    assert after is not None
    assert after.trained_s > before.trained_s > 0


def test_a_run_that_was_extended_ends_as_one_that_was_longer_from_the_start(
    whole: RunPaths, tmp_path: Path
) -> None:
    """But for one more row, at the step that was to be its last."""
    short, _ = change(CONFIG, ["steps=220"])
    paths = create(tmp_path, short)
    session(paths, short, resume=False)
    spool.send(paths, "extend", steps=600)
    session(paths, short, resume=True)
    assert_same(saved(paths)["model"], saved(whole)["model"])
    longer = {name: [p for p in points if p[0] != 220] for name, points in curves(paths).items()}
    assert longer == {
        name: [p for p in points if p[0] != 220] for name, points in curves(whole).items()
    }


@pytest.mark.parametrize(
    ("steps", "why"),
    [(None, "Expected `int`"), ("x", "Expected `int`"), (10, "it trains until step 60 already")],
)
def test_an_extension_that_makes_no_sense_is_refused(
    tmp_path: Path, steps: object, why: str
) -> None:
    paths = create(tmp_path, change(CONFIG, ["steps=60"])[0])
    session(paths, change(CONFIG, ["steps=60"])[0], resume=False)
    command = spool.send(paths, "extend", steps=steps)
    session(paths, change(CONFIG, ["steps=60"])[0], resume=True)
    answer = spool.acknowledgement(paths, command.id)
    assert answer is not None
    assert why in (answer.refused or "")


def test_a_checkpoint_that_fails_is_an_alert_until_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are several, the oldest makes room."""
    config, _ = change(CONFIG, ["steps=300"])
    paths = create(tmp_path, config)
    commit, warnings = checkpoints.commit, []

    def sometimes_full(where: RunPaths, data: bytes, manifest: checkpoints.Manifest) -> None:
        warnings.append(read_record(paths.record).warning)
        there = len(checkpoints.saved_steps(where))
        if manifest.step == 50 or (manifest.step == 250 and there == 3):
            raise OSError(errno.ENOSPC, "No space left on device")
        commit(where, data, manifest)

    monkeypatch.setattr(checkpoints, "commit", sometimes_full)
    session(paths, config, resume=False)
    events = [json.loads(line) for line in paths.events.read_text().splitlines()]
    failed = [event["step"] for event in events if event["kind"] == "checkpoint_failed"]
    saved = [event["step"] for event in events if event["kind"] == "checkpoint"]
    assert (failed, saved) == ([50], [100, 150, 200, 250, 300])
    assert warnings[:3] == [None, "step 50 could not be saved: No space left on device", None]
    assert read_record(paths.record).warning is None


def test_a_full_disk_pauses_a_run_that_is_to_wait_for_it(tmp_path: Path) -> None:
    """And it goes on when somebody has made room and resumes it."""
    config, _ = change(CONFIG, ["checkpoint.pause_on_full_disk=true"])
    paths = create(tmp_path, config)
    paths.checkpoints.write_text("in the way")
    process = start(paths)
    wait_until(lambda: read_record(paths.record).state is State.PAUSED, "it pauses")
    record = read_record(paths.record)
    assert record.reason == "something could not be written: is the disk full?"
    assert 50 <= record.state_step < 600
    paths.checkpoints.unlink()
    spool.send(paths, "resume")
    assert process.wait(timeout=60) == 0
    assert checkpoints.saved_steps(paths) == [600, 550, 500]


def test_a_damaged_checkpoint_falls_back_to_the_one_before(whole: RunPaths, tmp_path: Path) -> None:
    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    with checkpoints.data_file(paths, 213).open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    session(paths, CONFIG, resume=True)
    events = [json.loads(line) for line in paths.events.read_text().splitlines()]
    told = [event for event in events if event["kind"] == "checkpoint_damaged"]
    assert [(event["step"], event["reason"]) for event in told] == [
        (213, "its data have another checksum")
    ]
    assert next(event["step"] for event in events if event["kind"] == "resumed") == 200
    assert (paths.checkpoints / "step-213.json.unusable").exists(), "it counts no longer"
    assert_same(saved(paths), saved(whole))
    assert curves(paths) == curves(whole)


def test_checkpoints_of_which_none_can_be_used_are_not_overwritten(tmp_path: Path) -> None:
    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    for step in checkpoints.saved_steps(paths):
        with checkpoints.data_file(paths, step).open("r+b") as file:
            file.write(b"damage")
    before = checkpoints.saved_steps(paths)
    with pytest.raises(GrokTuiError, match="none of the 3 checkpoints can be used: its data have"):
        session(paths, CONFIG, resume=True)
    assert checkpoints.saved_steps(paths) == before


def test_without_a_checkpoint_it_begins_again(whole: RunPaths, tmp_path: Path) -> None:
    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    shutil.rmtree(paths.checkpoints)
    session(paths, CONFIG, resume=True)
    assert_same(saved(paths), saved(whole))
    assert curves(paths) == curves(whole)


def test_a_pickle_bomb_leaves_no_trace(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path}/exploded",)

    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    manifest = checkpoints.manifests(paths)[0]
    buffer = io.BytesIO()
    torch.save({"model": Bomb()}, buffer)
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    changed = msgspec.structs.replace(manifest, step=240, size=len(data), sha256=digest)
    checkpoints.commit(paths, data, changed)
    session(paths, CONFIG, resume=True)
    assert not (tmp_path / "exploded").exists()
    assert "checkpoint_damaged" in paths.events.read_text()
    torch.load(io.BytesIO(data), weights_only=False)
    assert (tmp_path / "exploded").exists(), "the bomb is a real one"


def test_another_device_or_version_is_said(tmp_path: Path) -> None:
    paths = create(tmp_path)
    session(paths, CONFIG, resume=False, stop_at=213)
    manifest = checkpoints.manifests(paths)[0]
    data = checkpoints.data_file(paths, 213).read_bytes()
    changed = msgspec.structs.replace(manifest, versions={"torch": "1.0"}, threads=7)
    checkpoints.commit(paths, data, changed)
    session(paths, CONFIG, resume=True)
    warning = read_record(paths.record).warning
    assert warning is not None
    assert warning.startswith("resume is not bit-exact: threads was 7, is 1; torch was 1.0, is ")


def test_parked_and_stopped_runs_have_saved(tmp_path: Path) -> None:
    for verb, state, status in (("park", State.PARKED, 75), ("stop", State.STOPPED, 76)):
        paths = create(tmp_path, change(CONFIG, ["steps=1000000"])[0])
        process = start(paths)
        wait_until(lambda p=paths: p.metrics_files(), "it trains")
        saved = spool.send(paths, "checkpoint")
        answer = wait_until(lambda p=paths, c=saved: spool.acknowledgement(p, c.id), "it answers")
        spool.send(paths, verb)
        assert process.wait(timeout=30) == status
        record = read_record(paths.record)
        assert record.state is state
        steps = [(manifest.step, manifest.reason) for manifest in checkpoints.manifests(paths)]
        assert steps[0] == (record.state_step, "on command")
        assert answer.step <= record.state_step
