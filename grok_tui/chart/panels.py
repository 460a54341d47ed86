"""The four charts of a run: what is drawn, and the legend with the newest values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from grok_tui.analysis.measures import ROBUSTNESS, Measure, measures_of
from grok_tui.analysis.series import EMPTY, Curve, difference, within_own_range
from grok_tui.analysis.verdict import Verdict
from grok_tui.chart.axis import Axis, close_axis, linear_axis, log_axis, step_axis
from grok_tui.chart.palette import Role
from grok_tui.chart.spec import ChartSpec, Line, Style

_TOGETHER = {
    "eff. rank": (Role.RANK, Style.CROSSES),
    "‖θ‖": (Role.NORM, Style.DOTTED),
    "KL": (Role.COMPLEXITY, Style.SOLID),
    "MDL": (Role.COMPLEXITY, Style.SOLID),
}
"""Measures that are drawn on one chart, by name, the most important one last and on top."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One curve in a legend: its name, its newest value, and how it is drawn."""

    name: str
    value: str
    role: Role
    style: Style = Style.SOLID

    @property
    def words(self) -> str:
        """What stands in the title: a bit of the line as it looks on the chart, name and value."""
        return f"{self.style}{self.name} {self.value}"


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
    """Return accuracy, loss, gap and complexity.

    Args:
        curves: metrics by canonical name; a chart whose metrics are missing is empty.
        verdict: where the flag stands.
        x: the step axis.
        measure: the only measure of complexity to be drawn, in its own units; otherwise the main
            ones are, each in its own range.
    """
    flags = (verdict.grok.step,) if verdict.grok else ()

    def panel(key: str, title: str, y: Axis, *entries: tuple[Entry, Curve]) -> Panel:
        lines = tuple(Line(curve, entry.role, entry.style) for entry, curve in entries)
        legend = tuple(entry for entry, _ in entries)
        return Panel(key, title, legend, ChartSpec(lines, x, y, flags))

    def pair(quantity: str, form: str) -> tuple[tuple[Entry, Curve], tuple[Entry, Curve]]:
        train = curves.get(f"train/{quantity}", EMPTY)
        test = curves.get(f"test/{quantity}", EMPTY)
        return (
            (Entry("train", _value(train, form), Role.TRAIN, Style.DOTTED), train),
            (Entry("test", _value(test, form), Role.TEST), test),
        )

    robust = curves.get(ROBUSTNESS, EMPTY)
    attacked = Entry("robust", _value(robust, ".3f"), Role.TEST, Style.CROSSES)
    robustness = [(attacked, robust)] if len(robust) else []
    accuracy, loss = pair("accuracy", ".3f"), pair("loss", ".2g")
    gap = difference(loss[1][1], loss[0][1])
    both_losses = np.concatenate([loss[0][1].values, loss[1][1].values])
    return [
        panel("accuracy", "accuracy", Axis("linear", 0.0, 1.0), *accuracy, *robustness),
        panel("loss", "loss", log_axis(both_losses), *loss),
        panel(
            "gap",
            "gap",
            linear_axis(gap.values),
            (Entry("test − train loss", _value(gap, ".2g"), Role.GAP), gap),
        ),
        replace(panel("complexity", "complexity", *_complexity(curves, measure)), is_choice=True),
    ]


def _complexity(
    curves: Mapping[str, Curve], measure: Measure | None
) -> tuple[Axis, *tuple[tuple[Entry, Curve], ...]]:
    """Return the axis of the complexity chart, and what is drawn on it."""
    there = {each.name: each for each in measures_of(curves)}
    together = [there[name] for name in _TOGETHER if name in there]
    if measure is None and len(together) > 1:
        axis = Axis("linear", 0.0, 1.0, ends=("min", "max"))
        return axis, *(_in_own_range(each, each.curve(curves)) for each in together)
    alone = measure or next(iter([*together, *there.values()]), None)
    if alone is None:
        return (Axis("linear", 0.0, 1.0),)
    curve = alone.curve(curves)
    entry = Entry(alone.name, _measured(alone, curve), Role.COMPLEXITY)
    return close_axis(curve.values), (entry, curve)


def _in_own_range(measure: Measure, curve: Curve) -> tuple[Entry, Curve]:
    entry = Entry(measure.name, _measured(measure, curve), *_TOGETHER[measure.name])
    return entry, within_own_range(curve)


def _measured(measure: Measure, curve: Curve) -> str:
    if measure.unit == "B":
        return _bytes(curve)
    return f"{_value(curve, '.3g')} {measure.unit}".rstrip()


def _value(curve: Curve, form: str) -> str:
    return (
        "–" if curve.last is None else re.sub(r"e([+-])0(\d)", r"e\1\2", format(curve.last, form))
    )


def _bytes(curve: Curve) -> str:
    if curve.last is None or not np.isfinite(curve.last):
        return "–"
    return f"{curve.last / 1000:.1f} kB" if curve.last >= 1000 else f"{curve.last:.0f} B"
