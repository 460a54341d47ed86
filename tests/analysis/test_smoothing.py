from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_tui.analysis.smoothing import smooth


def by_definition(places: np.ndarray, values: np.ndarray, half_life: float) -> np.ndarray:
    """Return the weighted mean up to each point, one after the other."""
    found = values.copy()
    there = np.isfinite(values) & np.isfinite(places)
    for index in np.flatnonzero(there):
        upto = np.flatnonzero(there[: index + 1])
        weights = 2.0 ** -((places[index] - places[upto]) / half_life)
        found[index] = np.sum(weights * values[upto]) / np.sum(weights)
    return found


FINITE = st.floats(-1e6, 1e6)


@given(
    st.lists(st.tuples(st.floats(0, 50), st.one_of(FINITE, st.just(np.nan))), max_size=40),
    st.floats(0.1, 100),
)
def test_it_is_the_mean_with_weights_that_halve(
    points: list[tuple[float, float]], half_life: float
) -> None:
    """Steps are unequal, some are equal, and some values are missing."""
    places = np.cumsum([gap for gap, _ in points])
    values = np.array([value for _, value in points])
    expected = by_definition(places, values, half_life)
    # Sums of numbers up to 1e6 round in their tenth digit or later.
    np.testing.assert_allclose(smooth(places, values, half_life), expected, rtol=1e-9, atol=1e-5)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(1e-3, 1e3))
def test_a_constant_stays_exactly_that_constant(value: float, half_life: float) -> None:
    places = np.cumsum(np.linspace(0.1, 9, 50))
    assert smooth(places, np.full(50, value), half_life).tolist() == [value] * 50


def test_the_first_points_are_not_pulled_towards_zero() -> None:
    smoothed = smooth(np.arange(3.0), np.array([100.0, 100.0, 104.0]), 1000.0)
    assert smoothed[:2].tolist() == [100, 100]
    assert smoothed[2] == pytest.approx(100 + 4 / 3, abs=0.01), "nearly the plain mean"


def test_gaps_stay_gaps_and_count_nothing() -> None:
    values = np.array([1.0, np.nan, np.inf, 3.0])
    smoothed = smooth(np.array([0.0, 1, 2, 3]), values, 3.0)
    assert np.isnan(smoothed[1])
    assert smoothed[2] == np.inf
    assert smoothed[3] == pytest.approx((0.5 * 1 + 3) / 1.5)


def test_a_point_without_a_place_stays_as_it_is() -> None:
    """Step 0 has none on a logarithmic axis."""
    smoothed = smooth(np.array([np.nan, 0.1, 0.2]), np.array([9.0, 1.0, 1.0]), 0.1)
    assert smoothed.tolist() == [9, 1, 1]


def test_a_long_run_is_smoothed_in_blocks_without_a_seam() -> None:
    places = np.linspace(0, 1, 5001)
    values = np.sin(40 * places)
    expected = by_definition(places[:1500], values[:1500], 0.001)
    np.testing.assert_allclose(smooth(places, values, 0.001)[:1500], expected, rtol=1e-9)
