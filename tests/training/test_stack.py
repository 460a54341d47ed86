"""Runs that are trained together are those that would have been trained alone."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from support import wait_until
from training_support import alone, assert_same, create, curve, rows, saved, without_time

from grok_tui.analysis.verdict import Outcome
from grok_tui.config import Config, change, load_preset, parse_tree
from grok_tui.launch.local import restart, start_together
from grok_tui.launch.process import companions, with_others
from grok_tui.runs import checkpoints, control, spool
from grok_tui.runs.control import SharingControl
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import State, read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.runs.session import Session
from grok_tui.runs.spool import Verb
from grok_tui.training import stack
from grok_tui.training.stack import Stacked, can_be_stacked, train_together
from grok_tui.training.trainer import Trainer
from grok_tui.watch.judgement import judge

SMALL, _ = change(
    load_preset("add-53-flash").config,
    ["task.modulus=11", "model.width=16", "steps=50", "device=cpu", "complexity.measures=[]"],
)
SMOOTH = ["model.activation=gelu", "optimizer.lr=0.001"]
"""What keeps a difference in rounding from growing: no unit is switched by it."""


def together(runs: Sequence[RunPaths]) -> list[State]:
    sessions = [Session(paths, has_output=True, control=SharingControl) for paths in runs]
    states: dict[int, State] = {}
    for number, ended in train_together(
        [session.config() for session in sessions],
        [session.recorder for session in sessions],
        [session.control for session in sessions],
    ):
        sessions[number].end(ended)
        states[number] = ended
    return [states[number] for number in range(len(runs))]


def stacked(runs: Sequence[Trainer]) -> Stacked:
    assert can_be_stacked(runs)
    return Stacked(runs)


@pytest.fixture
def stacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stack on the CPU too, as on a GPU."""
    monkeypatch.setattr(stack, "choose", stacked)


@pytest.mark.parametrize(
    "changes",
    [
        [],
        ["model.activation=relu", "model.bias=all", "model.depth=2", "batch=20", "loss=stablemax"],
        ["model.embedding=8", "filter.kind=ma", "filter.window=5", "optimizer.kind=sgd"],
        ["model.kind=transformer", "model.mlp_width=32", "loss=mse"],
        ["model.kind=transformer", "model.layers=2", "model.norm=pre", *SMOOTH],
        ["model.depth=2", "optimizer.kind=muon", "optimizer.orthogonal=true"],
    ],
)
@pytest.mark.usefixtures("stacking")
def test_stacked_runs_have_the_curves_of_lone_ones(tmp_path: Path, changes: list[str]) -> None:
    """The first 50 steps, within what sums in another order round off."""
    config, _ = change(SMALL, changes)
    lone, shared = (create(tmp_path / name, config, (0, 7)) for name in ("lone", "shared"))
    assert together(shared) == [State.FINISHED] * 2
    for one, other in zip(lone, shared, strict=True):
        alone(one)
        for name in ("train/loss", "test/loss"):
            expected = curve(one, name)
            assert len(expected) == 51
            assert curve(other, name) == pytest.approx(expected, rel=1e-4)


def test_runs_that_take_turns_are_lone_ones_bit_by_bit(tmp_path: Path) -> None:
    """In all that is saved and recorded but the time that it took."""
    measured = ["complexity.measures=['weight_norm']", "complexity.time_share=0.99"]
    config, _ = change(SMALL, ["batch=20", *measured])
    lone, shared = (create(tmp_path / name, config, (3, 4)) for name in ("lone", "shared"))
    assert together(shared) == [State.FINISHED] * 2
    for one, other in zip(lone, shared, strict=True):
        alone(one)
        assert without_time(rows(other)) == without_time(rows(one))
        assert_same(saved(other), saved(one))


@pytest.mark.usefixtures("stacking")
def test_a_stacked_run_that_leaves_goes_on_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is saved, its lock is free, and the others train on without it."""
    monkeypatch.setattr(control, "POLL_S", 0.0)  # commands are heard after each step
    lone, runs = (create(tmp_path / name, SMALL, range(4)) for name in ("lone", "shared"))
    plan: dict[int, tuple[int, Verb]] = {10: (1, "stop"), 20: (2, "park"), 30: (3, "pause")}
    measure, sent = Recorder.measure, list[tuple[RunPaths, str]]()

    def measure_and_send(recorder: Recorder, step: int, values: Any) -> None:
        measure(recorder, step, values)
        if recorder.paths == runs[0] and step in plan:
            number, verb = plan[step]
            sent.append((runs[number], spool.send(runs[number], verb).id))

    monkeypatch.setattr(Recorder, "measure", measure_and_send)
    assert together(runs) == [State.FINISHED, State.STOPPED, State.PARKED, State.PARKED]
    assert [read_record(paths.record).state_step for paths in runs] == [50, 10, 20, 30]
    answers = [spool.acknowledgement(*each) for each in sent]
    assert [(a.step, a.refused) for a in answers if a] == [(10, None), (20, None), (30, None)]
    for one, paths in zip(lone, runs, strict=True):
        assert not is_held(paths.lock)
        if paths != runs[0]:
            assert alone(paths, resume=True) is State.FINISHED
        alone(one)
        assert curve(paths, "test/loss") == pytest.approx(curve(one, "test/loss"), rel=1e-4)
        assert [row["step"] for row in rows(paths)] == list(range(51))


@pytest.mark.usefixtures("stacking")
def test_one_run_may_be_steered_while_others_train_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "POLL_S", 0.0)
    runs = create(tmp_path, SMALL, (0, 0))
    spool.send(runs[1], "set", changes=["optimizer.lr=0.001"])
    spool.send(runs[1], "extend", steps=60)
    assert together(runs) == [State.FINISHED] * 2
    assert [rows(paths)[-1]["step"] for paths in runs] == [50, 60]
    assert rows(runs[0])[0]["train/loss"] == rows(runs[1])[0]["train/loss"]
    assert rows(runs[1])[50]["train/loss"] > 2 * rows(runs[0])[50]["train/loss"]


def trainers(root: Path, config: Config) -> list[Trainer]:
    made = []
    for paths in create(root, config, (0, 1)):
        recorder = Recorder(paths, read_record(paths.record))
        session = parse_tree(read_record(paths.record).config)
        made.append(Trainer(session, recorder, SharingControl(paths, recorder)))
    return made


@pytest.mark.parametrize(
    "changes",
    [
        ["task.kind=toy-addition", "task.code=4", "loss=mse", "model.embedding=1"],  # own codes
        ["model.kind=quantum"],
        ["regularization.spectral_entropy=0.1"],
    ],
)
def test_what_cannot_be_stacked_takes_turns(tmp_path: Path, changes: list[str]) -> None:
    assert can_be_stacked(trainers(tmp_path / "small", SMALL))
    assert not can_be_stacked(trainers(tmp_path / "changed", change(SMALL, changes)[0]))


def test_several_runs_share_a_process_and_are_saved_when_it_is_ended(tmp_path: Path) -> None:
    """Later each goes on in a process of its own. Of kill -9 see tests/test_cli_seeds.py."""
    runs = create(tmp_path, change(SMALL, ["steps=1000000"])[0], (0, 1))
    process = start_together(runs)
    for paths in runs:
        wait_until(lambda p=paths: "test/loss" in p.stdout.read_text(), "it trains", timeout_s=60)
        assert read_record(paths.record).pid == process.pid
    assert companions(runs[0]) == [runs[1].root.name]
    assert with_others(runs[1]) == ", with another run of the same process"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 76
    assert companions(runs[0]) == []
    assert with_others(runs[0]) == ""
    first = runs[0]
    step = read_record(first.record).state_step
    assert [read_record(paths.record).reason for paths in runs] == ["on SIGTERM"] * 2
    assert checkpoints.saved_steps(first)[0] == step
    spool.send(first, "stop")
    assert restart(first).wait(timeout=60) == 76
    assert (read_record(first.record).session, read_record(first.record).state_step) == (2, step)


def test_what_ends_one_of_them_is_told_by_all(tmp_path: Path) -> None:
    runs = create(tmp_path, change(SMALL, ["device=mps"])[0], (0, 1))
    if torch.backends.mps.is_available():
        pytest.skip("this machine has an Apple GPU")
    assert start_together(runs).wait(timeout=60) == 1
    for paths in runs:
        record = read_record(paths.record)
        assert (record.state, record.reason) == (
            State.CRASHED,
            "device mps is not there: torch sees no Apple GPU",
        )


@pytest.mark.slow
@pytest.mark.usefixtures("stacking")
def test_stacked_runs_grok_when_lone_ones_do(tmp_path: Path) -> None:
    """Rounding moves the step by little: seeds 0 to 2 alone arrive at 450, 529 and 487."""
    config, _ = change(load_preset("add-53-flash").config, ["steps=1100", "device=cpu"])
    lone, shared = (create(tmp_path / name, config, range(3)) for name in ("lone", "shared"))
    together(shared)
    for one, other in zip(lone, shared, strict=True):
        alone(one)
        expected, found = judge(one.root).verdict, judge(other.root).verdict
        assert found.outcome is expected.outcome is Outcome.GROKKED
        assert found.memorised_step == expected.memorised_step
        assert found.milestones["test 0.95"] == pytest.approx(
            expected.milestones["test 0.95"], 0.05
        )
