"""The four charts of a run: what is drawn, and the legend with the newest values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grok_tui.analysis.measures import ROBUSTNESS, Measure
from grok_tui.analysis.series import EMPTY, Curve, difference, share_of_peak
from grok_tui.analysis.verdict import Verdict
from grok_tui.chart.axis import Axis, close_axis, linear_axis, log_axis, step_axis
from grok_tui.chart.palette import Role
from grok_tui.chart.spec import ChartSpec, Line

SOLID, DOTTED = "━", "┅"


@dataclass(frozen=True, slots=True)
class Entry:
    """One curve in a legend: its name, its newest value, and how it is drawn."""

    name: str
    value: str
    role: Role
    dotted: bool = False

    @property
    def sample(self) -> str:
        """A bit of the line as it looks on the chart."""
        return DOTTED if self.dotted else SOLID


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with its title."""

    key: str
    title: str
    legend: tuple[Entry, ...]
    spec: ChartSpec


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
            ones are, each in percent of its peak.
    """
    flags = (verdict.grok.step,) if verdict.grok else ()

    def panel(key: str, title: str, y: Axis, *entries: tuple[Entry, Curve]) -> Panel:
        lines = tuple(Line(curve, entry.role, entry.dotted) for entry, curve in entries)
        legend = tuple(entry for entry, _ in entries)
        return Panel(key, title, legend, ChartSpec(lines, x, y, flags))

    def pair(quantity: str, form: str) -> tuple[tuple[Entry, Curve], tuple[Entry, Curve]]:
        train = curves.get(f"train/{quantity}", EMPTY)
        test = curves.get(f"test/{quantity}", EMPTY)
        return (
            (Entry("train", _value(train, form), Role.TRAIN, dotted=True), train),
            (Entry("test", _value(test, form), Role.TEST), test),
        )

    robust = curves.get(ROBUSTNESS, EMPTY)
    attacked = Entry("robust", _value(robust, ".3f"), Role.TEST, dotted=True)
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
        panel("complexity", "complexity", *_complexity(curves, measure)),
    ]


def _complexity(
    curves: Mapping[str, Curve], measure: Measure | None
) -> tuple[Axis, *tuple[tuple[Entry, Curve], ...]]:
    """Return the axis of the complexity chart, and what is drawn on it."""
    if measure is not None:
        curve = curves.get(measure.column, EMPTY)
        entry = Entry(measure.name, _measured(measure, curve), Role.COMPLEXITY)
        return close_axis(curve.values), (entry, curve)
    percent = Axis("linear", 0.0, 1.0, percent=True)
    divergence = curves.get("complexity/kl_nats", EMPTY)
    if len(divergence):  # what is no network has neither of the others
        said = f"{_value(divergence, '.3g')} nats"
        return percent, (Entry("KL", said, Role.COMPLEXITY), share_of_peak(divergence))
    size = curves.get("complexity/mdl_bytes", EMPTY)
    norm = curves.get("complexity/weight_norm", EMPTY)
    return (
        percent,
        (Entry("‖θ‖", _value(norm, ".3g"), Role.NORM, dotted=True), share_of_peak(norm)),
        (Entry("MDL", _bytes(size), Role.COMPLEXITY), share_of_peak(size)),
    )


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
