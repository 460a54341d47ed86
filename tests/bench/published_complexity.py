"""Measures `complexity-add113` as the curves of arXiv 2412.09810 were made, and prints both.

    python tests/bench/published_complexity.py --seeds 6

The source measures six seeds at epochs of the form ⌊1.3ⁿ⌋ and draws their mean: a single seed,
measured more often, has a higher peak. Takes about two minutes of one core for each seed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from grok_tui.config import change, load_preset
from grok_tui.runs import checkpoints
from grok_tui.runs.layout import RunPaths
from grok_tui.training.build import build
from grok_tui.training.complexity.on_demand import ON_DEMAND, Case

EPOCH = 5
"""Steps of an epoch: 2 553 pairs in batches of 512."""
EPOCHS = tuple(int(1.3**n) for n in range(10, 21))
"""Those of the source's from 13 to 190: the peak is at 65 to 85."""
PUBLISHED = "published, read off a figure to 5-10 %: 93 to 99 kB at epochs 65 to 85"


def trained(folder: Path, seed: int) -> RunPaths:
    """Train one seed a little beyond the last epoch, with a checkpoint at the end of each."""
    changes = [f"steps={EPOCHS[-1] * EPOCH}", f"checkpoint.every={EPOCH}"]
    changes += [f"checkpoint.keep_every={EPOCH}", "complexity.measures=[]", "device=cpu"]
    program = [sys.executable, "-m", "grok_tui", "--runs", str(folder)]
    options = ["--seed", str(seed), "--foreground", "--name", f"seed{seed}"]
    subprocess.run([*program, "train", "complexity-add113", *changes, *options], check=True)
    return RunPaths(folder / f"seed{seed}-1")


def kilobytes(paths: RunPaths, seed: int) -> list[float]:
    """Return the size of the network at each of the epochs."""
    config, _ = change(load_preset("complexity-add113").config, [f"seed={seed}"])
    case = Case(config, build(config, torch.device("cpu")))
    found = []
    for epoch in EPOCHS:
        state = torch.load(checkpoints.data_file(paths, epoch * EPOCH), weights_only=True)
        case.model.load_state_dict(state["model"])
        found.append(ON_DEMAND["mdl-authors"].take(case)["complexity/author_bytes"] / 1000)
    return found


def tell(name: str, sizes: np.ndarray) -> None:
    """Print a curve and its peak."""
    top = int(sizes.argmax())
    curve = " ".join(f"{size:6.1f}" for size in sizes)
    print(f"{name:>7} {curve}   peak {sizes[top]:.0f} kB at epoch {EPOCHS[top]}", flush=True)


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print("  epoch", " ".join(f"{epoch:6}" for epoch in EPOCHS))
    curves = []
    for seed in range(asked.seeds):
        with tempfile.TemporaryDirectory() as folder:
            curves.append(kilobytes(trained(Path(folder), seed), seed))
        tell(f"seed {seed}", np.array(curves[-1]))
    tell("mean", np.mean(curves, axis=0))
    print(PUBLISHED)


if __name__ == "__main__":
    main()
