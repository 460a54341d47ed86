"""Prints how complexity and robustness rise and fall in runs of some presets, for README.

    python tests/bench/curves.py [PRESET...] --seeds 3 --runs FOLDER

Runs and measurements that are in the folder already are not made again, so that it can be stopped
at any time. A line tells the value and step of a curve's first point, of the lowest before its
highest, of that, and of the last.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grok_tui.analysis.series import Curve
from grok_tui.watch.judgement import read_run

PROGRAM = [sys.executable, "-m", "grok_tui"]


@dataclass(frozen=True, slots=True)
class Course:
    """What is measured of one preset."""

    measures: str
    """Those taken of checkpoints."""
    every: int
    """Steps between checkpoints."""
    columns: tuple[str, ...]


COURSES = {
    "add-53-flash": Course(
        "mdl", 50, ("complexity/mdl_bytes", "complexity/description_bytes", "test/accuracy")
    ),
    "complexity-add113": Course(
        "mdl-authors", 50, ("complexity/author_bytes", "complexity/mdl_bytes", "test/accuracy")
    ),
    "digits-omnigrok": Course(
        "lc,robustness",
        200,
        (
            "complexity/local_complexity",
            "complexity/lc_train",
            "complexity/lc_test",
            "robustness/accuracy@0.03",
            "robustness/accuracy@0.06",
            "test/accuracy",
        ),
    ),
}


def call(*arguments: str) -> None:
    """Run the program."""
    subprocess.run([*PROGRAM, *arguments], check=True, stdout=subprocess.DEVNULL)


def trained(folder: Path, preset: str, seed: int) -> Path:
    """Return a finished run with its measurements."""
    course, name = COURSES[preset], f"{preset}-seed-{seed}"
    run = folder / f"{name}-1"
    if not run.exists():
        every = [f"checkpoint.{key}={course.every}" for key in ("every", "keep_every")]
        arguments = [preset, *every, "--seed", str(seed), "--name", name, "--runs", str(folder)]
        call("train", *arguments, "--foreground")
    call("measure", str(run), "--measure", course.measures)
    return run


def told(curve: Curve) -> str:
    """Return a curve's first value, the lowest before its highest one, that, and the last."""
    steps, values = curve.steps, curve.values
    if not len(values):
        return "not measured"
    top = int(np.argmax(values))
    low = int(np.argmin(values[: top + 1]))
    places = (0, low, top, len(values) - 1)
    return " → ".join(f"{values[at]:.4g} @ {steps[at]:g}" for at in places)


def main() -> None:
    """Train and measure what is not there yet, and print a line for each column and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=list(COURSES), metavar="PRESET")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, required=True)
    asked = parser.parse_args()
    for preset in asked.presets:
        for seed in range(asked.seeds):
            run = read_run(trained(asked.runs, preset, seed))
            for column in COURSES[preset].columns:
                print(f"{preset}, seed {seed}, {column}: {told(run.curve(column))}", flush=True)


if __name__ == "__main__":
    main()
