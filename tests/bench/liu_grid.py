"""Trains a part of Liu et al.'s toy grid as a sweep, and prints our phases beside the published.

    python tests/bench/liu_grid.py --runs FOLDER [--jobs 1]

A cell has three tenths of their steps: what fits or arrives later shows as confusion or
memorization. It takes some forty seconds of a core. What has been trained already is not trained
again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from grok_tui.analysis.phases import IN_TIME, Learning, phase_of
from grok_tui.watch.sweeps import Cell, SweepView, read_cells

SWEEP = Path(__file__).with_name("liu_toy.toml")
LETTERS = {
    Learning.COMPREHENSION: "C",
    Learning.GROKKING: "G",
    Learning.MEMORIZATION: "M",
    Learning.CONFUSION: "X",
}
NOTHING = "·"
# The boundaries in their diagram of addition by regression, from the data that they released; of
# its cells some lie between what is known of the boundaries. MX: one of the two.
PUBLISHED = {
    0.0: ["G", "G", "C", "M", "M", "M"],
    2.0: ["G", "G", "C", "M", "M", "M"],
    4.0: ["G", "G", "G", NOTHING, NOTHING, NOTHING],
    6.0: ["G", "G", "G", NOTHING, "X", "X"],
    8.0: [NOTHING, NOTHING, NOTHING, NOTHING, "X", "X"],
    10.0: ["MX", "MX", "MX", "MX", "X", "X"],
}


def ours_of(cell: Cell, steps: float) -> str:
    """Return the phase of a cell by their rule, in which the lag is 1 000 steps of any budget."""
    runs = [run for run in cell.judged() if (run.step or 0) >= steps]
    return LETTERS[phase_of(*runs[0].learnt, IN_TIME)] if runs else NOTHING


def show(view: SweepView) -> None:
    """Print our phase / the published one for each cell, and the counts of both."""
    decays, rates = (axis.values for axis in view.record.axes)
    print("decay \\ lr " + "".join(f"{float(rate):>9.1e}" for rate in rates))
    ours: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    same = compared = 0
    cells = iter(view.cells)
    for decay in decays:
        line = []
        for published in PUBLISHED[float(decay)]:
            found = ours_of(next(cells), view.budget)
            line.append(f"{found}/{published}")
            if NOTHING not in (found, published):
                compared += 1
                same += found in published
                ours[found] += 1
                theirs[published] += 1
        print(f"{float(decay):>10g} " + "".join(f"{text:>9}" for text in line))
    print(f"ours / published, {view.budget:.0f} steps a cell where they had 100 000")
    print(f"{same} of {compared} cells that both have are the same")
    for whose, counts in (("ours", ours), ("published", theirs)):
        print(f"{whose:>9}: " + "  ".join(f"{k} {n}" for k, n in sorted(counts.items())))


def main() -> None:
    """Train what is missing and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    program = [sys.executable, "-m", "grok_tui", "--runs", str(given.runs)]
    sweep = ["sweep", str(SWEEP), "--jobs", str(given.jobs), "--wait"]
    subprocess.run([*program, *sweep], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    show(read_cells(given.runs / "liu-toy-grid"))


if __name__ == "__main__":
    main()
