"""Eight seeds in one process against eight processes: `python -m pytest tests/bench`.

One thread each, one after the other; the CPU time is that of whole processes, with their start.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from grok_tui.config import change, load_preset
from grok_tui.launch.local import create_run
from grok_tui.runs.control import SharingControl
from grok_tui.runs.session import Session
from grok_tui.training import stack
from grok_tui.training.loop import train

SEEDS, STEPS = range(8), 500


def test_eight_seeds_in_one_process(report: list[str], tmp_path: Path) -> None:
    """The trainer as it runs, with evaluation, complexity, files and checkpoints."""
    ways = {
        "one process each": [("alone", [seed]) for seed in SEEDS],
        "in turns": [("turns", SEEDS)],
        "stacked": [("stacked", SEEDS)],
    }
    said = []
    for way, processes in ways.items():
        start, cpu_s = time.perf_counter(), 0.0
        for how, seeds in processes:
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, spawn) as process:
                cpu_s += process.submit(train_seeds, how, list(seeds), tmp_path / way).result()
        said.append(f"{way} {cpu_s:.1f} CPU seconds ({time.perf_counter() - start:.1f} s)")
    report.append(f"add-53-flash, 8 seeds to step {STEPS} on one core: {', '.join(said)}")


def train_seeds(how: str, seeds: Sequence[int], root: Path) -> float:
    """Return the CPU seconds that this process has taken when all are trained."""
    sessions = []
    for seed in seeds:
        wanted = [f"seed={seed}", f"steps={STEPS}", "device=cpu"]
        config, changes = change(load_preset("add-53-flash").config, wanted)
        paths = create_run(root, config, preset=None, changes=changes)
        sessions.append(Session(paths, has_output=True, control=SharingControl))
    if how == "alone":
        (session,) = sessions
        session.end(train(session.config(), session.recorder, session.control))
        return time.process_time()
    stack.choose = stack.Stacked if how == "stacked" else stack.Turns
    for number, ended in stack.train_together(
        [session.config() for session in sessions],
        [session.recorder for session in sessions],
        [session.control for session in sessions],
    ):
        sessions[number].end(ended)
    return time.process_time()
