"""The report of a sweep in words: what it says of runs that are still to come."""

from __future__ import annotations

from pathlib import Path

from support import write_run
from sweep_support import DECAY, FRACTION, write_cells

from grok_tui.report.plain_sweep import lines, values
from grok_tui.runs.record import State
from grok_tui.runs.sweep import SweepPaths
from grok_tui.watch.sweeps import read_cells


def untrained(folder: Path, state: State) -> Path:
    """Make a sweep of whose cells each has one run in a state, and no evaluation of it."""
    root = write_cells(folder, (FRACTION, DECAY), (0,), lambda _place, _seed: None)
    for number in range(6):
        run = write_run(root, [], name=f"c{number}", state=state)
        run.root.rename(SweepPaths(root).run(number, 0).root)
    return root


def test_runs_that_wait_have_not_failed(tmp_path: Path) -> None:
    sweep = read_cells(untrained(tmp_path, State.QUEUED))
    assert [cell["failed"] for cell in values(sweep)["cells"]] == [0] * 6
    said = "\n".join(lines(sweep, markdown=False))
    assert "0 of 6 runs ended" in said
    assert "no run has been trained" in said
    assert "No setting matters" not in said, "nobody can know yet"


def test_runs_that_crashed_have(tmp_path: Path) -> None:
    sweep = read_cells(untrained(tmp_path, State.CRASHED))
    assert [cell["failed"] for cell in values(sweep)["cells"]] == [1] * 6
    assert "\n".join(lines(sweep, markdown=False)).count("failed: ") == 6
