from __future__ import annotations

import numpy as np
from support import LOGARITHMIC, rise

from grok_tui.analysis.peak import PeakFinder
from grok_tui.analysis.verdict import Event

GRID = np.unique(np.round(10 ** np.linspace(0, 3.6, 44)))
HILL = 5000 * rise(GRID, 40) * (1 - 0.6 * rise(GRID, 900, 0.4))


def events(steps: np.ndarray, values: np.ndarray) -> list[Event]:
    finder = PeakFinder()
    for step, value in zip(steps.tolist(), values.tolist(), strict=True):
        finder.observe(step, value)
    return finder.events


def peaks(steps: np.ndarray, values: np.ndarray) -> list[float]:
    return [event.step for event in events(steps, values)]


def test_a_rise_and_fall_has_a_peak_where_it_was_highest() -> None:
    values = 5000 * rise(LOGARITHMIC, 40) * (1 - 0.6 * rise(LOGARITHMIC, 900, 0.4))
    found = peaks(LOGARITHMIC, values)
    assert found[-1] == LOGARITHMIC[np.argmax(values)]


def test_the_bracket_holds_the_peak_and_its_neighbours() -> None:
    """Where there is no noise, a peak lies between the measurements beside the highest one."""
    triangle = np.minimum(GRID / 100, 100 / GRID)
    (found,) = events(GRID, triangle)
    top = int(np.argmax(triangle))
    assert found.step == GRID[top]
    assert found.low is not None
    assert found.high is not None
    assert GRID[top - 4] <= found.low <= GRID[top - 1]
    assert GRID[top + 1] <= found.high <= GRID[top + 4]


def test_noise_widens_the_bracket_and_the_true_peak_stays_in_it() -> None:
    truth, widths = GRID[np.argmax(HILL)], []
    for noise in (1, 200):
        held = 0
        for seed in range(20):
            noisy = HILL + np.random.default_rng(seed).normal(0, noise, len(HILL))
            found = events(GRID, noisy)[-1]
            assert found.low is not None
            assert found.high is not None
            assert found.low < found.step < found.high
            held += found.low <= truth <= found.high
            widths.append(np.log(found.high / found.low))
        assert held >= 18
    assert np.median(widths[20:]) > 1.3 * np.median(widths[:20])


def test_a_bracket_is_never_changed_by_what_comes_later() -> None:
    whole = events(GRID, HILL)
    for end in range(len(GRID)):
        begin = events(GRID[:end], HILL[:end])
        assert begin == whole[: len(begin)]


def test_a_rise_alone_has_none() -> None:
    assert peaks(LOGARITHMIC, rise(LOGARITHMIC, 40)) == []


def test_a_fall_alone_has_none() -> None:
    assert peaks(LOGARITHMIC, 1 - rise(LOGARITHMIC, 900)) == []


def test_a_fall_after_next_to_no_rise_has_none() -> None:
    """It starts at 95 % of its highest value, and falls to nothing."""
    values = (0.95 + 0.05 * rise(LOGARITHMIC, 10)) * (1 - rise(LOGARITHMIC, 900))
    assert peaks(LOGARITHMIC, values) == []
    values = (0.5 + 0.5 * rise(LOGARITHMIC, 10)) * (1 - rise(LOGARITHMIC, 900))
    assert len(peaks(LOGARITHMIC, values)) == 1


def test_a_peak_too_near_an_end_has_none() -> None:
    steps, height = np.arange(1.0, 31.0), 1.0 + np.arange(30) / 30
    for rising, expected in ((26, 0), (25, 1)):  # four and five measurements after the highest one
        values = np.r_[height[:rising], height[: 30 - rising][::-1] * 0.5]
        assert len(peaks(steps, values)) == expected


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
