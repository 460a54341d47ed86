from __future__ import annotations

import numpy as np
from support import LOGARITHMIC, rise

from grok_tui.analysis.peak import PeakFinder


def peaks(steps: np.ndarray, values: np.ndarray) -> list[float]:
    finder = PeakFinder()
    for step, value in zip(steps.tolist(), values.tolist(), strict=True):
        finder.observe(step, value)
    return [event.step for event in finder.events]


def test_a_rise_and_fall_has_a_peak_where_it_was_highest() -> None:
    values = 5000 * rise(LOGARITHMIC, 40) * (1 - 0.6 * rise(LOGARITHMIC, 900, 0.4))
    found = peaks(LOGARITHMIC, values)
    assert found[-1] == LOGARITHMIC[np.argmax(values)]


def test_a_rise_alone_has_none() -> None:
    assert peaks(LOGARITHMIC, rise(LOGARITHMIC, 40)) == []


def test_a_fall_alone_has_none() -> None:
    assert peaks(LOGARITHMIC, 1 - rise(LOGARITHMIC, 900)) == []


def test_noise_alone_has_none() -> None:
    noise = np.random.default_rng(0).normal(0, 1, len(LOGARITHMIC))
    assert peaks(LOGARITHMIC, 100 * rise(LOGARITHMIC, 40) + noise) == []


def test_too_few_points_and_rubbish_have_none() -> None:
    assert peaks(np.arange(8.0), np.array([0.0, 1, 2, 3, 4, 3, 2, 1])) == []
    finder = PeakFinder()
    for step in range(30):
        finder.observe(step, float("nan"))
        finder.observe(0, 1.0)
    assert finder.events == []
