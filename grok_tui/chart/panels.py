"""The charts of a run: what is drawn, and the legend with the newest values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from grok_tui.analysis.across import Across
from grok_tui.analysis.derived import difference, within_own_range
from grok_tui.analysis.measures import MEASURES, ROBUSTNESS, Measure, measures_of
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.smoothing import smooth
from grok_tui.analysis.verdict import Verdict
from grok_tui.arrays import FloatArray
from grok_tui.chart import limits
from grok_tui.chart.axis import Axis, step_axis
from grok_tui.chart.catalogue import (
    ACCURACY,
    COMPLEXITY,
    GAP,
    LOSS,
    MAIN,
    TEST,
    TRAIN,
    measure_of,
    metrics_of,
)
from grok_tui.chart.entry import Entry
from grok_tui.chart.palette import Role
from grok_tui.chart.spec import ChartSpec, Line, Style

_TOGETHER = {
    "eff. rank": (Role.RANK, Style.CROSSES),
    "‖θ‖": (Role.NORM, Style.DOTTED),
    "KL": (Role.COMPLEXITY, Style.SOLID),
    "MDL": (Role.COMPLEXITY, Style.SOLID),
}
"""Measures that are drawn on one chart, by name, the most important one last and on top."""
_FORMS = {ACCURACY: ".3f", LOSS: ".2g"}
_OF_SPLIT = {TRAIN: (Role.TRAIN, Style.DOTTED), TEST: (Role.TEST, Style.SOLID)}


@dataclass(frozen=True, slots=True)
class Look:
    """How charts are looked at; all charts of a screen share it."""

    full: Axis
    """The whole x axis; what is smoothed does not change when somebody zooms."""
    x: Axis
    """The part of it that is seen."""
    across: Across = field(default_factory=Across)
    half_life: float | None = None
    """Of smoothing, as a share of the x axis."""
    log_y: Mapping[str, bool] = field(default_factory=dict)
    """Charts whose y axis was chosen, by key."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with its title."""

    key: str
    title: str
    legend: tuple[Entry, ...]
    """One entry for each line, in their order."""
    spec: ChartSpec
    is_choice: bool = False
    """Whether the lines are some of many, each with a name that says all, the last one first."""
    notes: tuple[str, ...] = ()
    """What cannot be seen on the chart, such as how many points have no place on its axes."""

    @property
    def heading(self) -> str:
        """The title line, without the legend."""
        return f"── {self.title} " if self.title else "──"

    def fitting(self, width: int) -> Panel:
        """Return the panel with the lines that a title of so many columns has room to name.

        Of a choice the least important lines are left out, then the word for all of them.
        """
        if not self.is_choice:
            return self
        count = len(self.legend)
        while count > 1 and self._width(count) > width:
            count -= 1
        left_out = len(self.legend) - count
        spec = replace(self.spec, lines=self.spec.lines[left_out:])
        fitted = replace(self, legend=self.legend[left_out:], spec=spec)
        return fitted if fitted._width(count) <= width else replace(fitted, title="")

    def _width(self, count: int) -> int:
        entries = self.legend[len(self.legend) - count :]
        return len(self.heading) + sum(len(entry.words) + 2 for entry in entries)


def run_axis(curves: Mapping[str, Curve], *, log: bool, planned: float | None) -> Axis:
    """Return the step axis that all charts of a run share."""
    last = max((float(c.steps[-1]) for c in curves.values() if len(c)), default=1.0)
    return step_axis(last, log=log, planned=planned)


def run_panels(
    curves: Mapping[str, Curve], verdict: Verdict, x: Axis, measure: Measure | None = None
) -> list[Panel]:
    """Return accuracy, loss, gap and complexity over steps.

    Args:
        curves: metrics by canonical name; a chart whose metrics are missing is empty.
        verdict: where the flag stands.
        x: the step axis.
        measure: the only measure of complexity to be drawn, in its own units; otherwise the main
            ones are, each in its own range.
    """
    flags = (verdict.grok.step,) if verdict.grok else ()
    look = Look(full=x, x=x)
    return [panel(key, curves, look, flags=flags, measure=measure) for key in MAIN]


def panel(
    key: str,
    curves: Mapping[str, Curve],
    look: Look,
    *,
    flags: Sequence[float] = (),
    restarts: Sequence[float] = (),
    branches: Sequence[Mapping[str, Curve]] = (),
    measure: Measure | None = None,
) -> Panel:
    """Return one chart.

    Args:
        key: which one, as `catalogue.charts_of` names it.
        curves: metrics by canonical name, over steps.
        look: how it is looked at.
        flags: steps with a flag.
        restarts: steps from which on another process trained.
        branches: metrics that were recorded and then left by going back, oldest first.
        measure: the only measure of complexity to be drawn.
    """
    entries, is_relative = _entries(key, curves, measure)
    legend = tuple(replace(entry, smoothed=_smooth(entry.curve, look)) for entry in entries)
    lines = tuple(_line(entry, look, is_relative=is_relative) for entry in legend)
    left = () if is_relative else _left(key, branches, look, measure)
    is_path = not look.across.is_rising
    if is_relative:  # where nothing has a sign: what is seen is told by the measures themselves
        originals = [look.across.over(entry.curve) for entry in legend]
    else:
        originals = [line.raw if line.raw is not None else line.curve for line in lines]
    seen = limits.extent(originals, look.x, is_path=is_path)
    if is_relative:
        y = Axis("linear", 0.0, 1.0, ends=("min", "max"))
    else:
        behind = limits.extent([line.curve for line in left], look.x, is_path=is_path)
        log = look.log_y.get(key, limits.is_log_by_default(key))
        y = limits.y_axis(key, seen + behind, log=log, is_zoomed=look.x != look.full)
    spec = ChartSpec(
        lines,
        look.x,
        y,
        flags=tuple(look.across.at(step) for step in flags),
        restarts=tuple(look.across.at(step) for step in restarts),
        left=left,
        is_path=is_path,
    )
    return Panel(
        key,
        _title(key),
        legend,
        spec,
        is_choice=key == COMPLEXITY,
        notes=limits.notes(seen, originals, look.x, y, look.across),
    )


def _entries(
    key: str, curves: Mapping[str, Curve], measure: Measure | None
) -> tuple[list[Entry], bool]:
    """Return the curves of a chart, and whether each is drawn in its own range."""
    if key == COMPLEXITY:
        return _complexity(curves, measure)
    if key == GAP:
        gap = difference(curves.get(f"{TEST}/{LOSS}", EMPTY), curves.get(f"{TRAIN}/{LOSS}", EMPTY))
        return [Entry("test − train loss", Role.GAP, curve=gap, form=".2g")], False
    alone = measure_of(key)
    if alone is not None:
        return [_measured(alone, curves, Role.COMPLEXITY)], False
    names = metrics_of(key, curves)
    if key in _FORMS:
        names = [f"{TRAIN}/{key}", f"{TEST}/{key}", *(n for n in names if n not in _pair(key))]
    return [_metric(key, name, curves) for name in names] + _robustness(key, curves), False


def _pair(key: str) -> tuple[str, str]:
    return f"{TRAIN}/{key}", f"{TEST}/{key}"


def _metric(key: str, name: str, curves: Mapping[str, Curve]) -> Entry:
    """Return one metric of a chart; train and test look the same on all charts."""
    split = name.partition("/")[0]
    curve, form = curves.get(name, EMPTY), _FORMS.get(key, ".3g")
    if split in _OF_SPLIT:
        role, style = _OF_SPLIT[split]
        return Entry(split, role, style, curve, form)
    if any(pair in curves for pair in _pair(key)):
        return Entry(split, Role.NORM, Style.CROSSES, curve, form)
    is_alone = len(metrics_of(key, curves)) == 1  # the title names it
    return Entry("" if is_alone else split, Role.COMPLEXITY, Style.SOLID, curve, form)


def _robustness(key: str, curves: Mapping[str, Curve]) -> list[Entry]:
    robust = curves.get(ROBUSTNESS, EMPTY)
    if key != ACCURACY or not len(robust):
        return []
    return [Entry("robust", Role.TEST, Style.CROSSES, robust, ".3f")]


def _complexity(curves: Mapping[str, Curve], measure: Measure | None) -> tuple[list[Entry], bool]:
    by_name = {each.name: each for each in MEASURES}
    together = [by_name[name] for name in _TOGETHER if len(by_name[name].curve(curves))]
    if measure is None and len(together) > 1:
        return [_measured(each, curves, *_TOGETHER[each.name]) for each in together], True
    alone = measure or next(iter(together or measures_of(curves)), None)
    return ([_measured(alone, curves, Role.COMPLEXITY)] if alone else []), False


def _measured(
    measure: Measure, curves: Mapping[str, Curve], role: Role, style: Style = Style.SOLID
) -> Entry:
    return Entry(measure.name, role, style, measure.curve(curves), ".3g", measure.unit)


def _smooth(curve: Curve, look: Look) -> FloatArray | None:
    """Return the smoothed values of a curve over steps, where smoothing is on."""
    if look.half_life is None or not len(curve):
        return None
    if look.across.is_rising:
        places = look.full.unit(look.across.places(curve.steps))
    else:
        places = np.linspace(0.0, 1.0, len(curve))
    return smooth(places, curve.values, look.half_life)


def _line(entry: Entry, look: Look, *, is_relative: bool) -> Line:
    curve, smoothed = entry.curve, entry.smoothed
    if is_relative:
        curve = within_own_range(curve)
        smoothed = _smooth(curve, look)
    raw = look.across.over(curve)
    if smoothed is None:
        return Line(raw, entry.role, entry.style)
    over = look.across.over(Curve(curve.steps, smoothed))
    return Line(over, entry.role, entry.style, raw=raw)


def _left(
    key: str, branches: Sequence[Mapping[str, Curve]], look: Look, measure: Measure | None
) -> tuple[Line, ...]:
    """Return the lines of branches that the run left, of those metrics that the chart shows."""
    found = [entry for branch in branches for entry in _entries(key, branch, measure)[0]]
    return tuple(
        Line(look.across.over(entry.curve), Role.RAW, Style.DOTTED)
        for entry in found
        if len(entry.curve)
    )


def _title(key: str) -> str:
    return key if measure_of(key) is None else "complexity"
