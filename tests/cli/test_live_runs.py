from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from cli_support import COMMAND, assert_one_line, call, state_of
from support import grokking_rows, wait_until, write_run

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.runs.spool import Acknowledgement


@pytest.mark.parametrize("verb", ["pause", "resume", "stop"])
def test_a_run_that_ended_cannot_be_steered(verb: str, tmp_path: Path) -> None:
    write_run(tmp_path / "runs", grokking_rows())
    assert_one_line(call(verb, "run-1"), 1, f"has ended (finished): there is nothing to {verb}")


def test_a_command_that_is_refused_or_comes_too_late_is_told(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70], state=State.RUNNING)
    lock = RunLock(paths.lock)
    for refusal, status, text in (
        ("it is busy", 1, "run-1 refused: it is busy"),
        (None, 4, "run-1 is finished: it never heard pause"),
    ):
        sender = subprocess.Popen([*COMMAND, "pause", "run-1"], stderr=subprocess.PIPE, text=True)
        command = wait_until(lambda: spool.pending(paths), "the command is sent")[0]
        if refusal:
            answer = Acknowledgement(
                id=command.id, verb="pause", step=9, time=time.time(), refused=refusal
            )
            spool.acknowledge(paths, answer)
        else:
            record = read_record(paths.record)
            write_record(paths.record, msgspec.structs.replace(record, state=State.FINISHED))
        _, said = sender.communicate(timeout=30)
        assert (sender.returncode, said) == (status, f"grok-tui: {text}\n")
    lock.release()


def test_a_file_of_ones_own_is_found_from_any_folder(tmp_path: Path) -> None:
    """By the trainer, by a resume and by a fork, however its path was typed."""
    pixels = np.random.default_rng(0).integers(0, 256, (30, 4, 4), dtype=np.uint8)
    np.savez(tmp_path / "mine.npz", x=pixels, y=pixels[:, 0, 0] % 3)
    (tmp_path / "elsewhere").mkdir()
    runs = ("--runs", str(tmp_path / "runs"))
    small = ("task.data=mine.npz", "task.train_size=9", "steps=5", "--foreground", "--name", "a")
    started = call(*runs, "train", "mnist-omnigrok", *small)
    assert started.returncode == 0, started.stderr
    assert read_record(RunPaths(tmp_path / "runs/a-1").record).config["task"]["data"] == str(
        tmp_path / "mine.npz"
    )
    for command in (["extend", "a-1", "--steps", "9"], ["fork", "a-1", "--at", "5", "steps=9"]):
        done = call(*runs, *command, cwd=tmp_path / "elsewhere")
        assert done.returncode == 0, done.stderr
    for run in ("a-1", "a-fork-1"):
        call(*runs, "wait", run)
        assert state_of(tmp_path / "runs" / run) is State.FINISHED


def test_a_run_from_start_to_end_without_a_screen() -> None:
    """train, pause, resume, wait and stop, as a script would do it."""
    started = call("train", "add-53-flash", "steps=100000", "--name", "mine", "--seed", "2")
    assert started.returncode == 0, started.stderr
    assert started.stdout.startswith("mine-1 is running on ")
    assert call("resume", "mine").stdout == "mine-1 is running already\n"
    assert call("pause", "mine").stdout.startswith("mine-1 paused at step ")
    assert call("pause", "mine").stdout == "mine-1 is paused already\n"
    paused = json.loads(call("runs", "--json").stdout)
    time.sleep(1)
    still = json.loads(call("runs", "--json").stdout)
    assert (paused["state"], paused["step"]) == (still["state"], still["step"])
    assert paused["state"] == "paused"
    assert call("resume", "mine-1").stdout.startswith("mine-1 resumed at step ")
    waited = call("wait", "mine-1", "--until", "grokked", "--timeout", "60")
    assert waited.returncode == 0, waited.stderr
    assert "⚑ grokked at step" in waited.stdout
    for verb, state in (("stop", "stopped"), ("park", "parked")):
        assert call(verb, "mine-1").returncode == 0
        assert_one_line(call("wait", "mine-1", "--timeout", "30"), 4, f"it is {state}")
        before = json.loads(call("runs", "--json").stdout)["step"]
        resumed = call("resume", "mine-1")
        assert resumed.stdout.startswith("mine-1 is running again on "), resumed.stderr
        assert json.loads(call("runs", "--json").stdout)["step"] >= before
    assert call("checkpoint", "mine-1").stdout.startswith("mine-1 is saved at step ")
    assert_one_line(call("kill", "mine-1"), 2, "without a terminal, add --yes")
    assert "is killed; resume goes on from step " in call("kill", "mine-1", "--yes").stdout
    assert_one_line(call("kill", "mine-1", "--yes"), 1, "mine-1: it has no process: it is crashed")
    assert_one_line(call("wait", "mine-1", "--timeout", "30"), 4, "it is crashed")
    assert call("resume", "mine-1").returncode == 0


def test_a_finished_run_is_trained_further(tmp_path: Path) -> None:
    assert call("train", "add-53-flash", "steps=60", "--foreground").returncode == 0
    assert_one_line(call("extend", "add", "--steps", "60"), 2, "trains until step 60 already")
    extended = call("extend", "add", "--steps", "120")
    assert extended.returncode == 0, extended.stderr
    assert extended.stdout.endswith("add-53-flash-1 trains until step 120\n")
    assert call("wait", "add", "--timeout", "30").returncode == 0
    shown = json.loads(call("show", "add", "--json").stdout)
    assert (shown["step"], shown["config"]["steps"], shown["final_step"]) == (120, 120, 120)
    metrics = Path("runs/add-53-flash-1/metrics-trainer-2.jsonl")
    rows = [json.loads(line) for line in metrics.read_text().splitlines()]
    assert rows[0]["resume_step"] == 60
    assert rows[1]["step"] > 60


def test_a_fork_goes_on_from_its_parents_checkpoint(tmp_path: Path) -> None:
    settings = ("steps=120", "checkpoint.every=50", "name=mother")
    assert call("train", "add-53-flash", *settings, "--foreground").returncode == 0
    forked = call("fork", "mother", "--at", "50", "optimizer.weight_decay=2", "name=child")
    assert forked.returncode == 0, forked.stderr
    assert forked.stdout.startswith("child-1 is ")
    assert forked.stdout.endswith(", forked from mother-1 at 50\n")
    assert call("wait", "child", "--timeout", "30").returncode == 0
    assert read_record(Path("runs/child-1/run.json")).config["optimizer"]["weight_decay"] == 2
    curves = {}
    for run in ("mother-1", "child-1"):
        columns = RunSource(RunPaths(Path("runs", run))).read(10**6, 60).columns
        loss = columns["complexity/weight_norm"]
        curves[run] = dict(zip(loss.steps.tolist(), loss.values.tolist(), strict=True))
    mother, child = curves.values()
    assert mother.keys() == child.keys()
    assert {s for s in mother if mother[s] != child[s]} == {s for s in mother if s > 50}
    assert all(child[s] < mother[s] for s in mother if s > 50), "the new decay is in force at once"
    assert_one_line(call("fork", "mother", "--at", "51"), 2, "there are: 120, 100, 50")


def test_a_live_run_is_extended_where_it_is(tmp_path: Path) -> None:
    assert call("train", "add-53-flash", "steps=100000").returncode == 0
    extended = call("extend", "add", "--steps", "200000")
    assert extended.stdout == "add-53-flash-1 trains until step 200000\n", extended.stderr
    assert json.loads(call("runs", "--json").stdout)["steps"] == 200_000
    assert not Path("runs/add-53-flash-1/metrics-trainer-2.jsonl").exists()


def test_settings_of_a_live_run_are_changed(tmp_path: Path) -> None:
    assert call("train", "add-53-flash", "steps=100000").returncode == 0
    changed = call("set", "add", "optimizer.lr=0.001", "optimizer.weight_decay=1")
    assert changed.stdout.startswith(
        "add-53-flash-1 has optimizer.lr=0.001 optimizer.weight_decay=1"
    )
    record = read_record(Path("runs/add-53-flash-1/run.json"))
    assert record.live == {"optimizer.lr": 0.001, "optimizer.weight_decay": 1.0}
    for change, why in (
        ("seed=1", "refused: seed cannot be changed any more: only optimizer.lr and"),
        ("optimizer.lr=-1", "refused: optimizer.lr: expected"),
        ("nonsense", "refused: expected key=value"),
    ):
        assert_one_line(call("set", "add", change), 1, why)
    assert read_record(Path("runs/add-53-flash-1/run.json")).live == record.live


def test_a_run_that_cannot_be_resumed_is_one_line(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70], state=State.STOPPED)
    lock = RunLock(paths.lock)
    assert_one_line(call("resume", "run-1"), 1, "run-1 could not be resumed; its output: ")
    assert "is being trained by another process" in paths.stdout.read_text()
    lock.release()


def test_a_run_makes_so_many_steps_and_is_frozen_and_goes_on(tmp_path: Path) -> None:
    started = call("train", "add-53-flash", "steps=1000000", "--name", "live")
    assert started.returncode == 0, started.stderr
    paths = RunPaths(tmp_path / "runs" / "live-1")
    said = call("resume", "live-1", "--for", "5").stdout
    assert re.fullmatch(r"live-1 goes on, and pauses at step (\d+)\n", said)
    wait_until(lambda: read_record(paths.record).state is State.PAUSED, "it pauses")
    assert str(read_record(paths.record).state_step) in said
    assert "is frozen; resume lets it go on" in call("freeze", "live-1").stdout
    assert_one_line(call("freeze", "live-1"), 1, "it is frozen already")
    assert_one_line(call("checkpoint", "live-1"), 1, "the run is frozen: resume it first")
    assert call("resume", "live-1").stdout == "live-1 is not frozen any more\n"
    assert "paused" in call("runs").stdout, "as it was before"
    call("freeze", "live-1")
    assert "live-1 stops at step" in call("stop", "live-1").stdout
    assert_one_line(call("resume", "live-1", "--for", "0"), 2, "0 is not in the range")


def test_runs_wait_for_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert (
        call("queue", "--cpu-slots", "1").stdout == "cpu      0 of 1 places taken\nno run waits\n"
    )
    queued = call("train", "add-53-flash", "steps=1000000", "device=cpu", "--queue", "--name", "a")
    # The place is free: the run may have its turn before the waiting ones are counted.
    assert re.match(r"a-1 is queued; [01] waiting: ", queued.stdout)
    first = RunPaths(tmp_path / "runs" / "a-1")
    wait_until(lambda: read_record(first.record).state is State.RUNNING, "it has its turn")
    for name in ("b", "c"):
        call("train", "add-53-flash", "steps=3", "device=cpu", "--queue", "--name", name)
    assert "queued" in call("runs").stdout
    shown = json.loads(call("queue", "--json").stdout)
    assert shown == {"devices": {"cpu": {"slots": 1, "busy": 1}}, "waiting": ["b-1", "c-1"]}
    assert call("stop", "b-1").stdout == "b-1 is stopped before its turn\n"
    assert_one_line(call("pause", "c-1"), 1, "the run waits in the queue: it can only be stopped")
    call("park", "a-1")
    third = RunPaths(tmp_path / "runs" / "c-1")
    wait_until(lambda: read_record(third.record).state is State.FINISHED, "its turn has come")
    assert re.fullmatch(r"a-1 is queued; [01] waiting\n", call("resume", "a-1", "--queue").stdout)
    wait_until(lambda: read_record(first.record).state is State.RUNNING, "it goes on")
    assert_one_line(call("resume", "a-1", "--queue"), 1, "only a run without a process waits")
    call("stop", "a-1")
    assert_one_line(call("queue", "--cpu-slots", "0"), 2, "the number of places is 1 to 256")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_foreground_stops_the_run(number: int) -> None:
    process = subprocess.Popen(
        [*COMMAND, "train", "add-53-flash", "steps=10000000", "--foreground"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    paths = RunPaths(Path("runs/add-53-flash-1"))
    wait_until(
        lambda: paths.record.exists() and read_record(paths.record).state is State.RUNNING,
        "the run trains",
    )
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "it is stopped" in errors
    assert read_record(paths.record).state is State.STOPPED
