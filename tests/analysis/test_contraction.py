from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.contraction import theil_sen
from grok_tui.analysis.series import Curve

STEPS = np.arange(0.0, 5000, 10)


def test_the_rate_of_an_exponential_is_found_and_outliers_do_not_matter() -> None:
    values = 50 * np.exp(-0.0004 * STEPS)
    values[::50] = 1e6
    slope = theil_sen(Curve(STEPS, values), 1000, 4000)
    assert slope is not None
    assert slope.rate == pytest.approx(-0.0004, rel=0.01)
    assert slope.low <= -0.0004 <= slope.high
    assert slope.shrinks
    assert not slope.grows


def test_noise_without_a_trend_neither_shrinks_nor_grows() -> None:
    found = []
    for seed in range(40):
        noise = np.exp(np.random.default_rng(seed).normal(0, 0.02, len(STEPS)))
        slope = theil_sen(Curve(STEPS, 50 * noise), 0, 5000)
        assert slope is not None
        found.append(slope.shrinks or slope.grows)
    assert sum(found) <= 6, "5 % of 40, and what chance adds to it"


def test_too_few_points_and_no_numbers_give_nothing() -> None:
    curve = Curve(STEPS, np.where(STEPS < 100, 5.0, np.nan))
    assert theil_sen(curve, 0, 80) is None
    assert theil_sen(curve, 1000, 5000) is None
    assert theil_sen(Curve(STEPS, -np.ones(len(STEPS))), 0, 5000) is None
