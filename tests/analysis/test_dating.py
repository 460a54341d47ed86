from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import rise

from grok_tui.analysis.dating import (
    date_crossing,
    median_of_three,
    plateau_level,
    standard_error,
)


def test_without_noise_the_interval_is_the_sampling() -> None:
    steps = np.array([100.0, 200, 300, 400, 500, 600])
    scores = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    crossing = date_crossing(steps, scores, 0.5, 0.01)
    assert (crossing.low, crossing.high) == (300, 400)
    assert 300 < crossing.step < 400


def test_noise_around_the_level_widens_the_interval() -> None:
    steps = np.arange(100.0, 1100, 100)
    scores = np.array([0.0, 0.0, 0.0, 0.45, 0.55, 0.47, 0.56, 1.0, 1.0, 1.0])
    crossing = date_crossing(steps, scores, 0.5, 0.05)
    assert crossing.low <= 300
    assert crossing.high >= 800


@given(middle=st.floats(150, 3000), grid=st.sampled_from([5.0, 50.0]))
def test_the_interval_always_holds_the_true_date(middle: float, grid: float) -> None:
    steps = np.arange(grid, 6000, grid)
    crossing = date_crossing(steps, rise(steps, middle), 0.5, 0.005)
    assert crossing.low <= middle <= crossing.high
    assert crossing.low <= crossing.step <= crossing.high


def test_small_test_sets_have_large_errors() -> None:
    flat = np.zeros(10)
    assert standard_error(flat, 100) == pytest.approx(0.05)
    assert standard_error(flat, 10_000) == pytest.approx(0.005)


def test_the_rise_itself_is_no_scatter() -> None:
    curve = np.array([0.0, 0.01, 0.3, 0.6, 0.9, 1.0, 0.99])
    assert standard_error(curve, None, (0.2, 0.8)) == pytest.approx(1.4826 * 0.01 / math.sqrt(2))
    assert standard_error(curve, None, (1.0, 1.0)) > 0.1


def test_the_foot_of_a_rise_is_no_plateau() -> None:
    steps = np.arange(0.0, 2000, 10)
    scores = 0.1 + 0.9 * rise(steps, 1000, 0.4)
    assert np.median(scores[:80]) > 0.15
    assert plateau_level(scores, float(np.median(scores[:80])), 0.9) < 0.14


def test_the_median_removes_single_outliers() -> None:
    values = np.array([0.0, 0, 9, 0, 1, 1])
    assert median_of_three(values).tolist() == [0, 0, 0, 1, 1, 1]
    assert median_of_three(values[:2]).tolist() == [0, 0]
