from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.series import EMPTY, Curve, Series
from grok_tui.analysis.slope import FINENESS, log_slope

STEPS = np.unique(np.round(np.geomspace(1, 5000, 300)))


def test_exponential_decay_has_its_rate_everywhere() -> None:
    norm = Curve(STEPS, 60 * np.exp(-0.003 * STEPS))
    assert log_slope(norm).values == pytest.approx(-3.0)
    assert log_slope(norm, power=2.0).values == pytest.approx(-6.0)


def test_a_slope_depends_on_earlier_values_only() -> None:
    values = 2 + np.random.default_rng(0).random(len(STEPS))
    whole = log_slope(Curve(STEPS, values))
    for end in (0, 1, 2, 10, 150):
        part = log_slope(Curve(STEPS[:end], values[:end]))
        assert part.values.tolist() == whole.values[: len(part)].tolist()
        assert len(part) == max(end - 1, 0)


def test_what_has_no_logarithm_is_left_out() -> None:
    broken = Curve(np.arange(6.0), np.array([1, 0, np.nan, np.inf, -1, np.e]))
    slope = log_slope(broken)
    assert (slope.steps.tolist(), slope.values.tolist()) == ([5], [pytest.approx(200.0)])
    assert len(log_slope(EMPTY)) == 0


def test_of_a_dense_curve_as_many_points_are_used_as_a_chart_has_room_for() -> None:
    steps = np.arange(1.0, 300_000.0)
    norm = Series()
    for part in np.array_split(steps, 7):
        norm.append(part, 60 * np.exp(-0.003 * part / 100))
        slope = log_slope(norm.curve())
    assert slope.values == pytest.approx(-0.03)
    assert 5_000 < len(slope) < np.log(steps[-1]) / FINENESS
    assert slope.steps[-1] > 0.999 * steps[-1]
    whole = log_slope(Curve(steps, 60 * np.exp(-0.003 * steps / 100)))
    assert (whole.steps.tolist(), whole.values.tolist()) == (
        slope.steps.tolist(),
        slope.values.tolist(),
    )
