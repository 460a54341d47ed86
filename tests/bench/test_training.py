"""The training loop against the textbook's: `python -m pytest tests/bench`.

One thread, in turns in one process; what is compared is CPU time.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import torch
from bench import textbook
from bench.loops import network, ours
from bench.textbook import Step
from pytest_benchmark.fixture import BenchmarkFixture

from grok_tui.config import change, load_preset
from grok_tui.launch.local import create_run
from grok_tui.runs.control import Control
from grok_tui.runs.record import read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.training.device import prepare
from grok_tui.training.loop import train
from grok_tui.training.tasks.build import build_dataset
from grok_tui.watch.judgement import judge

ROUNDS = 9
_step: Step
GENERALISED = 1050
"""By this step the test accuracy of the default preset is 0.99 with every seed."""


@pytest.mark.parametrize(
    ("preset", "whose", "steps", "evaluates"),
    [
        ("add-53-flash", "ours", (200, 200), False),  # neither of the two evaluates
        ("div97-wd1", "ours", (50, 10), True),
        ("nanda-mainline", "ours", (25, 2), True),
        ("nanda-mainline", "compiled", (25, 2), True),
    ],
)
def test_steps_beside_the_textbook(
    benchmark: BenchmarkFixture,
    report: list[str],
    preset: str,
    whose: str,
    steps: tuple[int, int],
    evaluates: bool,
) -> None:
    """Ours evaluates as seldom as the preset's schedule comes to, the textbook as published.

    Each has a process of its own, so that neither meets the memory that the other left behind.
    """
    loops = [(preset, whose, evaluates), (preset, "textbook", evaluates)]
    pairs = in_turns(benchmark, loops, steps)
    ratios = [textbook_ms / own_ms for own_ms, textbook_ms in pairs]
    own_ms, textbook_ms = (statistics.median(column) for column in zip(*pairs, strict=True))
    report.append(
        f"{preset}: {whose} {1000 / own_ms:.1f} steps a CPU second, textbook "
        f"{1000 / textbook_ms:.1f}: {statistics.median(ratios):.1f} times as fast "
        f"({min(ratios):.1f} to {max(ratios):.1f})"
    )


@pytest.mark.parametrize(
    ("preset", "steps"), [("add-53-flash", 200), ("div97-wd1", 20), ("nanda-mainline", 25)]
)
def test_compiled_steps_beside_eager_ones(
    benchmark: BenchmarkFixture, report: list[str], preset: str, steps: int
) -> None:
    """Both are the trainer's own steps; the first one of the compiled loop compiles."""
    loops = [(preset, "ours", False), (preset, "compiled", False)]
    pairs = in_turns(benchmark, loops, (steps, steps))
    ratios = [eager_ms / compiled_ms for eager_ms, compiled_ms in pairs]
    report.append(
        f"{preset} with compile=true: {statistics.median(ratios):.2f} times as fast as without "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


def in_turns(
    benchmark: BenchmarkFixture, loops: Sequence[tuple[str, str, bool]], steps: tuple[int, int]
) -> list[tuple[float, float]]:
    """Return CPU milliseconds a step of two loops, round by round; see `begin` for loops."""
    pairs: list[tuple[float, float]] = []
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, spawn, begin, loops[0]) as one,
        ProcessPoolExecutor(1, spawn, begin, loops[1]) as other,
    ):

        def both() -> None:
            first_ms = one.submit(cpu_ms, steps[0]).result()
            pairs.append((first_ms, other.submit(cpu_ms, steps[1]).result()))

        both()  # the first round warms up
        pairs.clear()
        benchmark.pedantic(both, rounds=ROUNDS)
    return pairs


def begin(preset: str, whose: str, evaluates: bool) -> None:
    """Make the loop of a process: `ours`, the same `compiled`, or the `textbook`'s."""
    global _step
    wanted = ["compile=true"] if whose == "compiled" else []
    config, _ = change(load_preset(preset).config, wanted)
    prepare(torch.device("cpu"))
    data = build_dataset(config.task, torch.Generator().manual_seed(0))
    gap = config.log.max_gap if evaluates else 0
    textbooks = {
        "add-53-flash": textbook.mlp,
        "div97-wd1": textbook.power,
        "nanda-mainline": textbook.nanda,
    }
    if whose == "textbook":
        _step = textbooks[preset](config, data)
    else:
        _step = ours(config, data, network(config, data), gap)


def cpu_ms(steps: int) -> float:
    """Return CPU milliseconds of one step of the loop of this process."""
    start = time.process_time()
    for number in range(1, steps + 1):
        _step(number)
    return (time.process_time() - start) / steps * 1000


@pytest.mark.parametrize("seed", range(3))
def test_cpu_seconds_until_the_demo_groks(
    benchmark: BenchmarkFixture, report: list[str], tmp_path: Path, seed: int
) -> None:
    """The trainer as it runs, with evaluation, complexity, files and checkpoints."""
    wanted = [f"seed={seed}", f"steps={GENERALISED}"]
    config, changes = change(load_preset("add-53-flash").config, wanted)
    paths = create_run(tmp_path, config, preset=None, changes=changes)
    recorder = Recorder(paths, read_record(paths.record))
    start = time.process_time()
    benchmark.pedantic(train, (config, recorder, Control(paths, recorder)))
    spent_s = time.process_time() - start
    recorder.close()
    verdict = judge(paths.root).verdict
    arrival = verdict.milestones.get("test 0.99", float("nan"))
    report.append(
        f"add-53-flash, seed {seed}: {verdict.outcome}, test accuracy 0.99 at step {arrival:.0f}; "
        f"{spent_s:.2f} CPU seconds to step {GENERALISED}"
    )
