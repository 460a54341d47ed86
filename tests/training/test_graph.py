"""Several steps at once, with a stand-in for the graph: what is captured is done by the CPU.

Which steps are made when is the same as on a GPU; that CUDA can capture them is not tested here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from training_support import alone, assert_same, create, rows, saved, without_time

from grok_tui.config import change, load_preset, parse_tree
from grok_tui.runs import checkpoints
from grok_tui.runs.control import Control
from grok_tui.runs.record import State, read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.training import loop
from grok_tui.training.graph import Steps, can_be_captured, is_steady
from grok_tui.training.ring import Ring
from grok_tui.training.trainer import Trainer

CONFIG, _ = change(
    load_preset("add-53-flash").config,
    [
        *("task.modulus=11", "model.width=16", "steps=130", "device=cpu", "log.dense_until=20"),
        *("log.growth=2", "log.max_gap=10", "checkpoint.every=45", "complexity.time_share=0.99"),
        "complexity.measures=[]",
    ],
)


class Graphs:
    """Counts what is captured and replayed."""

    def __init__(self) -> None:
        self.captured = 0
        self.replayed = 0

    def capture(self, work: Callable[[], object]) -> Callable[[], object]:
        self.captured += 1

        def replay() -> None:
            self.replayed += 1
            work()

        return replay


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> Graphs:
    """Capture by the stand-in, and let rows wait as on a device."""
    made = Graphs()
    monkeypatch.setattr(loop, "Steps", lambda make, runs: Steps(make, runs, made.capture))
    ring = Ring.__init__

    def waiting(self: Ring, write: Any, _device: torch.device) -> None:
        ring(self, write, torch.device("meta"))

    monkeypatch.setattr(Ring, "__init__", waiting)
    return made


def test_captured_steps_are_those_that_are_made_one_by_one(
    tmp_path: Path, graphs: Graphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With evaluations, checkpoints and the end at their steps, and every row in its place."""
    (paths,) = create(tmp_path / "graph", CONFIG, (1,))
    alone(paths)
    # 20-30-40, 50-…-130: the checkpoints of steps 45 and 90 lie within two blocks of ten.
    assert (graphs.captured, graphs.replayed) == (1, 10)
    monkeypatch.undo()
    (plain,) = create(tmp_path / "plain", CONFIG, (1,))
    alone(plain)
    assert without_time(rows(paths)) == without_time(rows(plain))
    assert_same(saved(paths), saved(plain))


@pytest.mark.usefixtures("graphs")
def test_a_checkpoint_never_runs_ahead_of_the_rows(tmp_path: Path) -> None:
    (paths,) = create(tmp_path, CONFIG, (1,))
    alone(paths)
    (file,) = (path for _, _, path in paths.metrics_files())
    written = {
        manifest.step: json.loads(file.read_bytes()[: manifest.metrics[file.name]].splitlines()[-1])
        for manifest in checkpoints.manifests(paths)
    }
    assert {step: row["step"] for step, row in written.items()} == {45: 40, 90: 90, 130: 130}


def test_a_command_is_replayed_at_its_step_and_captured_anew(
    tmp_path: Path, graphs: Graphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps up to it are made one by one where they are fewer than a graph has."""
    changes = {"changes": ["optimizer.lr=0.001"]}
    command = {"kind": "command", "step": 75, "id": "a", "verb": "set", "arguments": changes}
    states = []
    for name, steps in (("graph", loop.Steps), ("plain", Steps)):
        (paths,) = create(tmp_path / name, CONFIG, (1,))
        paths.events.write_text(json.dumps({**command, "time": 1.0}) + "\n")
        monkeypatch.setattr(loop, "Steps", steps)
        alone(paths)
        states.append(saved(paths))
    assert (graphs.captured, graphs.replayed) == (2, 9)
    assert states[0]["optimizer"]["settings"]["lr"] == 0.001
    assert_same(*states)


def test_what_cannot_be_captured_is_made_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silently, and without trying again."""
    tried = []

    def refuse(work: Callable[[], object]) -> Callable[[], object]:
        tried.append(work)
        raise RuntimeError("operation not permitted when stream is capturing")

    (paths,) = create(tmp_path, CONFIG, (1,))
    monkeypatch.setattr(loop, "Steps", lambda make, runs: Steps(make, runs, refuse))
    assert alone(paths) is State.FINISHED
    assert len(tried) == 1
    assert [row["step"] for row in rows(paths)][-3:] == [110, 120, 130]


def trainer(root: Path, changes: list[str]) -> Trainer:
    (paths,) = create(root, change(CONFIG, changes)[0], (1,))
    recorder = Recorder(paths, read_record(paths.record))
    config = parse_tree(read_record(paths.record).config)
    made = Trainer(config, recorder, Control(paths, recorder))
    made.device = torch.device("cuda")  # only asked for its type
    return made


@pytest.mark.parametrize(
    ("changes", "is_possible"),
    [
        ([], True),
        (["filter.kind=ema", "optimizer.kind=sgd"], True),
        (["cuda_graph=false"], False),
        (["batch=20"], False),
        (["filter.kind=ma"], False),
        (["optimizer.orthogonal=true"], False),
        (["optimizer.kind=muon", "model.depth=2"], False),
        (["regularization.weight_noise=0.1"], False),
        (["regularization.spectral_entropy=0.1"], False),
    ],
)
def test_only_steps_that_are_alike_and_wait_for_nothing_are_captured(
    tmp_path: Path, changes: list[str], is_possible: bool
) -> None:
    assert can_be_captured(trainer(tmp_path, changes)) == is_possible


def test_a_cpu_makes_one_step_after_the_other(tmp_path: Path) -> None:
    made = trainer(tmp_path, [])
    made.device = torch.device("cpu")
    assert not can_be_captured(made)


def test_a_schedule_of_learning_rates_is_never_steady(tmp_path: Path) -> None:
    schedule = ["optimizer.schedule=cosine", "optimizer.schedule_steps=100"]
    assert not any(is_steady(trainer(tmp_path, schedule), step) for step in (1, 50, 500))
    assert [is_steady(trainer(tmp_path, []), step) for step in (1, 9, 10, 11)] == [
        *(False, False),
        *(True, True),
    ]
