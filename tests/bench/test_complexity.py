"""What each measure of complexity costs, in steps of training: `python -m pytest tests/bench`."""

from __future__ import annotations

import statistics
import time

import pytest
import torch
from bench.loops import network, ours
from pytest_benchmark.fixture import BenchmarkFixture

from grok_tui.config import change, load_preset
from grok_tui.training.complexity.online import ONLINE, Subject
from grok_tui.training.device import prepare
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


def _ms(work: object) -> float:
    start = time.process_time()
    work()  # type: ignore[operator]
    return (time.process_time() - start) * 1000
