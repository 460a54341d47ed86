"""What each measure of complexity costs, in steps of training: `python -m pytest tests/bench`."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest
import torch
from bench.loops import network, ours
from pytest_benchmark.fixture import BenchmarkFixture

from grok_tui.config import change, load_preset
from grok_tui.launch.local import create_run
from grok_tui.runs.checkpoints import data_file
from grok_tui.runs.control import Control
from grok_tui.runs.heartbeat import read_heartbeat
from grok_tui.runs.record import read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.training.checkpoint import read_state
from grok_tui.training.complexity.online import ONLINE, Subject
from grok_tui.training.device import prepare
from grok_tui.training.loop import train
from grok_tui.training.losses import Objective
from grok_tui.training.tasks.build import build_dataset

NETWORKS = {
    "perceptron of add-53-flash": ("add-53-flash", []),
    "transformer of nanda-mainline": ("nanda-mainline", []),
    "cnn on digits": ("digits-omnigrok", ["model.kind=cnn", "loss=cross-entropy"]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_measures_in_steps(benchmark: BenchmarkFixture, report: list[str], name: str) -> None:
    """The training step is that of the same network, in the same process, in turns."""
    preset, changes = NETWORKS[name]
    config, _ = change(load_preset(preset).config, changes)
    prepare(torch.device("cpu"))
    data = build_dataset(config.task, torch.Generator().manual_seed(0))
    model = network(config, data)
    subject = Subject(model, data.train, Objective(config.loss, data), seed=0)
    step = ours(config, data, model, evaluate_every=0)
    costs: dict[str, list[float]] = {each: [] for each in ("a step", *ONLINE)}

    def in_turns() -> None:
        costs["a step"].append(_ms(lambda: [step(number) for number in range(1, 21)]) / 20)
        for measure in ONLINE:
            costs[measure].append(_ms(lambda measure=measure: ONLINE[measure](subject, 1)))

    benchmark.pedantic(in_turns, rounds=7)
    middle = {each: statistics.median(times) for each, times in costs.items()}
    said = ", ".join(f"{each} {middle[each] / middle['a step']:.1f}" for each in ONLINE)
    report.append(f"{name}: a step {middle['a step']:.1f} ms; in steps: {said}")


@pytest.mark.parametrize(("name", "steps"), list(zip(NETWORKS, (4000, 1000, 2000), strict=True)))
def test_share_of_a_run(
    benchmark: BenchmarkFixture, report: list[str], tmp_path: Path, name: str, steps: int
) -> None:
    """What the default measures took of a run's training time, and what the budget left out."""
    preset, changes = NETWORKS[name]
    config, _ = change(load_preset(preset).config, [*changes, f"steps={steps}", "device=cpu"])
    paths = create_run(tmp_path, config, preset=None, changes={})
    recorder = Recorder(paths, read_record(paths.record))
    benchmark.pedantic(train, (config, recorder, Control(paths, recorder)))
    recorder.close()
    meter = read_state(data_file(paths, steps), torch.device("cpu"))["meter"]
    heartbeat = read_heartbeat(paths.heartbeat)
    assert heartbeat is not None
    share = meter["spent_s"] / heartbeat.trained_s
    report.append(
        f"{name}, {steps} steps: measures take {100 * share:.1f} % of the training time, "
        f"{meter['measured']} times, {meter['skipped']} left out"
    )


def _ms(work: object) -> float:
    start = time.process_time()
    work()  # type: ignore[operator]
    return (time.process_time() - start) * 1000
