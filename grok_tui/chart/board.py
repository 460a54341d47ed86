"""All charts of a screen at once: from a run's curves and somebody's choices to panels.

It walks over whole curves, so it is called in the chart thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from grok_tui.analysis.across import STEP, TIME, Across, across
from grok_tui.analysis.measures import MEASURES
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Verdict
from grok_tui.arrays import FloatArray
from grok_tui.chart.axis import Axis, close_axis, log_axis, nice_ceil, step_axis
from grok_tui.chart.catalogue import MAIN
from grok_tui.chart.panels import Look, Panel, panel
from grok_tui.chart.window import Window, follow, windowed

SMOOTHING = (None, 0.005, 0.02, 0.08)
"""Half-lives that somebody can choose from, as shares of the x axis."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What there is to show of a run."""

    curves: Mapping[str, Curve] = field(default_factory=dict)
    times: Curve = EMPTY
    verdict: Verdict = field(default_factory=Verdict)
    planned: float | None = None
    """Steps that it was asked for."""
    restarts: tuple[float, ...] = ()
    branches: tuple[Mapping[str, Curve], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """How somebody looks at it."""

    keys: tuple[str, ...] = MAIN
    """The charts on the screen, in their order."""
    across: str = STEP
    log_x: bool = True
    window: Window | None = None
    smoothing: int = 0
    """Index of a half-life."""
    log_y: Mapping[str, bool] = field(default_factory=dict)
    measure: str = ""
    """Name of the measure of complexity that is shown alone; none shows the main ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """The charts, and how they are looked at."""

    panels: tuple[Panel, ...]
    look: Look
    window: Window | None
    last: float
    """Where the newest data lie on the x axis."""

    @property
    def steps(self) -> FloatArray:
        """The steps that a cursor may stand at: those of the longest curve."""
        curves = [entry.curve for each in self.panels for entry in each.legend]
        return max(curves, key=len, default=EMPTY).steps


def build(source: Source, choices: Choices, before: Board | None = None) -> Board:
    """Return the charts of a run.

    Args:
        source: what there is to show.
        choices: how somebody looks at it.
        before: the charts until now; a window that showed the end of their data follows it.
    """
    over = across(choices.across, source.curves, source.times)
    last_step = max((float(c.steps[-1]) for c in source.curves.values() if len(c)), default=1.0)
    full = _full_axis(over, last_step, log=choices.log_x, planned=source.planned)
    last = last_step if over.curve is None else float(over.curve.values[-1])
    window = choices.window
    if before is not None and over.is_rising and before.look.across.name == over.name:
        window = follow(full, window, before.last, last)
    look = Look(
        full=full,
        x=windowed(full, window),
        across=over,
        half_life=SMOOTHING[choices.smoothing],
        log_y=choices.log_y,
    )
    measure = next((each for each in MEASURES if each.name == choices.measure), None)
    flags = (source.verdict.grok.step,) if source.verdict.grok else ()
    panels = tuple(
        panel(
            key,
            source.curves,
            look,
            flags=flags,
            restarts=source.restarts,
            branches=source.branches,
            measure=measure,
        )
        for key in choices.keys
    )
    return Board(panels, look, window, last)


def _full_axis(over: Across, last_step: float, *, log: bool, planned: float | None) -> Axis:
    if over.curve is None:
        return step_axis(last_step, log=log, planned=planned)
    values = over.curve.values
    if log:
        axis = log_axis(values)
    elif over.is_rising and values[0] >= 0:
        axis = Axis("linear", 0.0, nice_ceil(max(float(np.max(values)), 1e-6)))
    else:
        axis = close_axis(values)
    return replace(axis, is_time=over.name == TIME)
