from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.derived import difference, within_own_range
from grok_tui.analysis.series import EMPTY, Curve, Series


def curve(*points: tuple[float, float]) -> Curve:
    steps, values = zip(*points, strict=True)
    return Curve(np.array(steps, dtype=float), np.array(values, dtype=float))


def test_a_curve_that_was_handed_out_never_changes() -> None:
    series = Series()
    series.append(np.array([0.0, 1.0]), np.array([5.0, 6.0]))
    early = series.curve()
    for start in range(2, 5000, 100):
        steps = np.arange(start, start + 100, dtype=float)
        series.append(steps, steps)
    assert early.values.tolist() == [5.0, 6.0]
    assert len(series.curve()) == 5002
    assert series.curve().values[0] == 5.0
    with pytest.raises(ValueError, match="read-only"):
        early.values[0] = 1.0


def test_the_difference_is_taken_where_both_are_known() -> None:
    gap = difference(curve((0, 5), (10, 7), (20, 9)), curve((0, 1), (20, 2), (30, 3)))
    assert (gap.steps.tolist(), gap.values.tolist()) == ([0, 20], [4, 7])
    assert len(difference(EMPTY, curve((0, 1)))) == 0


def test_a_curve_fills_its_own_range() -> None:
    filled = within_own_range(curve((0, 10), (1, 40), (2, 25), (3, np.nan)))
    assert filled.values[:3].tolist() == [0, 1, 0.5]
    assert np.isnan(filled.values[3])
    assert within_own_range(curve((0, -2), (1, 0))).values.tolist() == [0, 1]
    assert len(within_own_range(EMPTY)) == 0


def test_what_hardly_changes_is_flat_in_its_range() -> None:
    assert within_own_range(curve((0, 0), (1, 0))).values.tolist() == [0.5, 0.5]
    assert within_own_range(curve((0, 7))).values.tolist() == [0.5]
    noise = within_own_range(curve((0, 100.0), (1, 100.1), (2, 99.9)))
    assert np.abs(noise.values - 0.5).max() == pytest.approx(0.1, rel=0.01)


def test_the_last_value_of_nothing_is_nothing() -> None:
    assert EMPTY.last is None
    assert curve((0, 1), (1, 2)).last == 2.0


def test_points_that_come_late_are_put_in_between_and_the_newest_of_a_step_counts() -> None:
    series = Series()
    series.append(np.array([10.0, 30.0]), np.array([1.0, 3.0]))
    early = series.curve()
    series.append(np.array([20.0, 30.0]), np.array([2.0, 4.0]))
    assert series.curve().steps.tolist() == [10, 20, 30]
    assert series.curve().values.tolist() == [1, 2, 4]
    assert early.values.tolist() == [1, 3]
    series.append(np.array([40.0, 5.0]), np.array([5.0, 0.0]))
    assert series.curve().values.tolist() == [0, 1, 2, 4, 5]
