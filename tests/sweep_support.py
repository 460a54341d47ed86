"""A sweep's folder as it is when its runs have ended, without training any."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from support import DATA, grokking_rows, write_run

from grok_tui.runs.record import State
from grok_tui.runs.sweep import SweepAxis, SweepPaths, SweepRecord, write_sweep

NEVER = 1e6
"""A step at which no run of these arrives: it only memorises."""
DECAY = SweepAxis(key="optimizer.weight_decay", values=[0.1, 1.0, 10.0], is_log=True)
FRACTION = SweepAxis(key="task.train_fraction", values=[0.3, 0.6])
ACTIVATION = SweepAxis(key="model.activation", values=["relu", "tanh"])


def middle_of(place: tuple[int, ...], seed: int) -> float | None:
    """Return when a run groks by the first two places: later with less data and less decay.

    The cell (0, 0) never does, of (0, 1) one seed in two, and (0, 2) has not been trained.
    """
    fraction, decay = place[:2]
    if (fraction, decay) == (0, 2):
        return None
    if (fraction, decay) == (0, 0) or ((fraction, decay) == (0, 1) and seed == 1):
        return NEVER
    return 2000.0 / (1 + decay) / (1 + fraction)


def write_cells(
    root: Path,
    axes: Sequence[SweepAxis] = (FRACTION, DECAY),
    seeds: Sequence[int] = (0, 1),
    middle: Callable[[tuple[int, ...], int], float | None] = middle_of,
    **fields: Any,
) -> Path:
    """Make the folder of a sweep with a finished run for each cell and seed that has a date."""
    record = SweepRecord(
        name="sweep",
        preset="add-53-flash",
        seeds=list(seeds),
        fixed={},
        axes=list(axes),
        created=1.0,
    )
    paths = SweepPaths(root / "sweep")
    write_sweep(paths.root, record)
    places = itertools.product(*(range(len(axis.values)) for axis in axes))
    for number, place in enumerate(places):
        for seed in seeds:
            at = middle(place, seed)
            if at is not None:
                run = write_run(
                    paths.root,
                    grokking_rows(at)[::4],
                    name=f"c{number}s{seed}",
                    state=State.FINISHED,
                    data=DATA,
                    **fields,
                )
                run.root.rename(paths.run(number, seed).root)
    return paths.root
