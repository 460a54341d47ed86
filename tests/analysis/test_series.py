from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.series import EMPTY, Curve, Series, difference, share_of_peak


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


def test_shares_of_the_peak_keep_the_shape() -> None:
    shares = share_of_peak(curve((0, 10), (1, 40), (2, 20), (3, np.nan)))
    assert shares.values[:3].tolist() == [0.25, 1.0, 0.5]
    assert share_of_peak(curve((0, 0))).values.tolist() == [0]
    assert len(share_of_peak(EMPTY)) == 0


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
