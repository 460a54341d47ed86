"""Runs presets over seeds and prints a table of what came of them, for README's "Reproductions".

    python tests/bench/reproduce.py [PRESET...] --seeds 3 --runs FOLDER

Runs that are in the folder already are not made again, so that it can be stopped at any time, and
presets whose data are not there are left out.
Each run keeps one core busy; as many are trained at once as `grok-tui queue` allows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from grok_tui.config import load_preset, preset_names
from grok_tui.data.check import why_no_data

PROGRAM = [sys.executable, "-m", "grok_tui"]


def call(folder: Path, *arguments: str) -> str:
    """Return what the program prints."""
    command = [*PROGRAM, "--runs", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def listed(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the runs of a folder by their names."""
    found = map(json.loads, call(folder, "runs", "--json").splitlines())
    return {run["name"]: run for run in found}


def steps_of(runs: list[dict[str, Any]], key: str) -> str:
    """Return the first and last of some steps, as in 450–529; a dash for none."""
    found = sorted(int(run[key]) for run in runs if run[key] is not None)
    if not found:
        return "–"
    return f"{found[0]:,}–{found[-1]:,}".replace(",", " ")


def row(name: str, runs: list[dict[str, Any]]) -> str:
    """Return a line of the table."""
    expected = load_preset(name).expected
    published = expected.published if expected and expected.published else "–"
    within = sum(run["agreement"] == "in band" for run in runs)
    tests = sorted(run["test_accuracy"] for run in runs)
    seconds = sorted(run["trained_s"] for run in runs)
    verdicts = "/".join(sorted({run["verdict"] for run in runs}))
    cells = (
        f"`{name}`",
        verdicts,
        steps_of(runs, "memorised_step"),
        steps_of(runs, "arrival_step"),
        f"{tests[0]:.3f}–{tests[-1]:.3f}",
        published,
        f"{within} of {len(runs)}",
        f"{seconds[len(seconds) // 2]:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Make the runs that are missing, wait for all, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ready = [name for name in preset_names() if not why_no_data(load_preset(name).config)]
    parser.add_argument("presets", nargs="*", default=ready)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("reproductions"))
    asked = parser.parse_args()
    names = {
        (preset, seed): f"{preset}-seed{seed}"
        for preset in asked.presets
        for seed in range(asked.seeds)
    }
    there = listed(asked.runs)
    for (preset, seed), name in names.items():
        if name not in there:
            call(asked.runs, "train", preset, "--queue", "--seed", str(seed), "--name", name)
    for name in names.values():
        call(asked.runs, "wait", name)
    there = listed(asked.runs)
    print("| preset | verdict | memorised | arrived | test | published | in band | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    for preset in asked.presets:
        print(row(preset, [there[names[preset, seed]] for seed in range(asked.seeds)]))


if __name__ == "__main__":
    main()
