"""Runs presets over seeds and prints a table of what came of them, for README's "Reproductions".

    python tests/bench/reproduce.py [PRESET...] --seeds 3 --runs FOLDER

Runs that are in the folder already are not made again, so that it can be stopped at any time, and
presets whose data are not there are left out.
Each run keeps one core busy; as many are trained at once as `grok-tui queue` allows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from grok_tui.analysis.agreement import agreement
from grok_tui.config import Preset, is_neutral, load_preset, parse_tree, preset_names, to_tree
from grok_tui.data.check import why_no_data
from grok_tui.runs.find import find_runs
from grok_tui.runs.record import read_record
from grok_tui.watch.judgement import read_run
from grok_tui.watch.view import RunView

PROGRAM = [sys.executable, "-m", "grok_tui"]


def call(folder: Path, *arguments: str) -> str:
    """Return what the program prints."""
    command = [*PROGRAM, "--runs", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def listed(folder: Path) -> dict[str, RunView]:
    """Return the runs of a folder by their names."""
    return {view.name: view for view in map(read_run, find_runs(folder))}


def check(view: RunView, preset: Preset) -> None:
    """Refuse a run that was made when the preset was another one."""
    tree = to_tree(preset.config)
    made = to_tree(parse_tree(read_record(view.path / "run.json").config))
    changed = [key for key in tree if not is_neutral(key) and made.get(key) != tree[key]]
    if changed:
        raise SystemExit(f"{view.path}: {', '.join(changed)} differ from the preset; move it away")


def steps_of(steps: Iterable[float | None]) -> str:
    """Return the first and last of some steps, as in 450–529; a dash for none."""
    found = sorted(int(step) for step in steps if step is not None)
    if not found:
        return "–"
    return f"{found[0]:,}–{found[-1]:,}".replace(",", " ")


def row(preset: Preset, runs: list[RunView]) -> str:
    """Return a line of the table, judged by the bands that the preset has now."""
    expected = preset.expected
    assert expected is not None
    verdicts = [run.verdict for run in runs]
    within = [
        agreement(expected, run.verdict, run.curves, is_finished=True) == "in band" for run in runs
    ]
    tests = sorted(run.curve("test/accuracy").last or 0.0 for run in runs)
    seconds = sorted(run.trained_s or 0.0 for run in runs)
    cells = (
        f"`{preset.name}`",
        "/".join(sorted({str(verdict.outcome) for verdict in verdicts})),
        steps_of(verdict.memorised_step for verdict in verdicts),
        steps_of(verdict.arrival and verdict.arrival.step for verdict in verdicts),
        f"{tests[0]:.3f}–{tests[-1]:.3f}",
        expected.published or "–",
        f"{sum(within)} of {len(runs)}",
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
    print("| preset | verdict | memorised | arrived | test | published | in band | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for preset in map(load_preset, asked.presets):
        runs = [there[names[preset.name, seed]] for seed in range(asked.seeds)]
        for run in runs:
            check(run, preset)
        print(row(preset, runs))


if __name__ == "__main__":
    main()
