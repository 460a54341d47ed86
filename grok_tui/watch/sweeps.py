"""What has become of a sweep: the runs of each cell, read once or as the index knows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grok_tui.analysis.phases import Learning, phase_of
from grok_tui.analysis.seeds import wilson
from grok_tui.analysis.survival import Survival, survival
from grok_tui.analysis.verdict import Outcome
from grok_tui.runs.record import ENDED, State
from grok_tui.runs.sweep import SweepPaths, SweepRecord, read_sweep
from grok_tui.watch.index import Index
from grok_tui.watch.shelf import read_known
from grok_tui.watch.view import RunView


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of settings."""

    number: int
    place: tuple[int, ...]
    """Which value of each axis."""
    runs: tuple[RunView, ...]
    """One a seed, those that exist."""

    def judged(self) -> list[RunView]:
        """Return the runs that say something: that have been trained, and have not failed."""
        return [r for r in self.runs if r.step is not None and r.status.state is not State.CRASHED]

    def failed(self) -> list[RunView]:
        """Return the runs that crashed, or that cannot be read."""
        return [r for r in self.runs if r.status.state in (State.CRASHED, State.UNREADABLE)]

    def grokked(self) -> list[RunView]:
        """Return the runs that generalised late."""
        return [run for run in self.judged() if run.verdict.outcome is Outcome.GROKKED]

    def arrived(self) -> list[RunView]:
        """Return the runs that generalised, late or at once."""
        there = (Outcome.GROKKED, Outcome.GENERALISED)
        return [run for run in self.judged() if run.verdict.outcome in there]

    def phases(self, budget: float) -> Counter[Learning]:
        """Return how many runs are in which phase of a phase diagram; see `phase_of`."""
        return Counter(phase_of(*run.learnt, budget) for run in self.judged())

    def success(self) -> tuple[float, float]:
        """Return the interval (95 %, Wilson) of the share of seeds that grok."""
        return wilson(len(self.grokked()), len(self.judged()))

    def arrival(self) -> Survival | None:
        """Return when runs generalise, late or at once; nothing without any run.

        A run that has not by its last step shows only that it takes longer.
        """
        runs = self.judged()
        if not runs:
            return None
        arrived = {run.id for run in self.arrived()}
        dates = [
            run.verdict.arrival.step
            if run.id in arrived and run.verdict.arrival
            else float(run.step or 0)
            for run in runs
        ]
        return survival(np.array(dates), np.array([run.id in arrived for run in runs]))

    def delay(self) -> float | None:
        """Return the median of the delay ratios of those that grokked."""
        ratios = [run.verdict.delay_ratio for run in self.grokked() if run.verdict.delay_ratio]
        return round(float(np.median(ratios)), 2) if ratios else None

    def fall(self) -> float | None:
        """Return the median share of its peak by which the complexity has fallen."""
        falls = [run.complexity_fall for run in self.judged() if run.complexity_fall is not None]
        return float(np.median(falls)) if falls else None


@dataclass(frozen=True, slots=True)
class SweepView:
    """A sweep at one moment."""

    root: Path
    record: SweepRecord
    cells: tuple[Cell, ...]

    @property
    def budget(self) -> float:
        """Steps that runs have, at most."""
        steps = [run.steps for cell in self.cells for run in cell.runs if run.steps]
        return float(max(steps, default=0))


def places_of(record: SweepRecord) -> list[tuple[int, ...]]:
    """Return the place of each cell by its number: the last axis varies fastest."""
    places: list[tuple[int, ...]] = [()]
    for length in record.shape:
        places = [(*place, index) for place in places for index in range(length)]
    return places


def read_cells(root: Path) -> SweepView:
    """Read all runs of a sweep.

    Raises:
        UsageError: it is no sweep, or cannot be read.
    """
    record, index = read_sweep(root), Index()
    try:
        return gather(root, record, lambda run: read_known(run, index) if run.is_dir() else None)
    finally:
        index.close()


def gather(root: Path, record: SweepRecord, look_up: Callable[[Path], RunView | None]) -> SweepView:
    """Return a sweep with what is known of its runs.

    Args:
        root: its folder.
        record: what was asked for.
        look_up: returns the run in a directory, or nothing where there is none.
    """
    paths, cells = SweepPaths(root), []
    for number, place in enumerate(places_of(record)):
        found = (look_up(paths.run(number, seed).root) for seed in record.seeds)
        cells.append(Cell(number, place, tuple(run for run in found if run is not None)))
    return SweepView(root, record, tuple(cells))


def states_of(root: Path) -> dict[State, int]:
    """Return how many runs of a sweep are in which state, without reading their curves.

    Raises:
        UsageError: it is no sweep, or cannot be read.
    """
    from grok_tui.watch.judgement import look_up

    record, paths = read_sweep(root), SweepPaths(root)
    runs = [run for _, _, run in paths.runs(len(places_of(record)), record.seeds)]
    return dict(Counter(look_up(run.root).status.state for run in runs if run.root.is_dir()))


def has_ended(counts: dict[State, int]) -> bool:
    """Return whether no run of a sweep will change any more by itself."""
    return all(state in ENDED for state in counts)
