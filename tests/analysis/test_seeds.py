from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.seeds import QUARTILES_FROM, Dates, band, survival_median, wilson
from grok_tui.analysis.series import Curve


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_symmetric_and_never_leaves_what_is_possible() -> None:
    for trials in range(1, 20):
        for successes in range(trials + 1):
            low, high = wilson(successes, trials)
            assert 0.0 <= low <= successes / trials <= high <= 1.0
            other_low, other_high = wilson(trials - successes, trials)
            assert (low, high) == pytest.approx((1 - other_high, 1 - other_low))
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_success_rate_is_told_with_its_interval() -> None:
    dates = Dates(tuple(range(14)), (4000.0, 4000.0))
    assert dates.words == "groks in 14 of 16 seeds (64–97 %)"
    assert Dates((), (9.0,), at_once=1).words.endswith(" %), 1 generalised at once")
    assert Dates((), (9.0,), training=1).words == (
        "groks in 0 of 1 seed (0–79 %), 1 still training"
    )


def test_the_median_without_censoring_is_the_middle_date() -> None:
    assert survival_median([3.0, 1.0, 2.0], []) == 2.0


def test_runs_that_never_grokked_put_the_median_off() -> None:
    assert survival_median([1.0, 2.0, 3.0], [9.0, 9.0]) == 3.0
    assert survival_median([1.0, 2.0], [9.0, 9.0, 9.0]) is None
    assert survival_median([], []) is None


def test_runs_that_were_watched_shortly_count_as_long_as_they_were() -> None:
    """By hand: at risk 5, 4, 3 after one was lost sight of at 1.5, then 2."""
    assert survival_median([1.0, 2.0, 3.0, 4.0], [1.5]) == 3.0  # 4/5 · 2/3 = 0.53, · 1/2 = 0.27


def test_a_date_at_the_moment_that_another_is_lost_sight_of_comes_first() -> None:
    assert survival_median([2.0], [2.0]) == 2.0


def line(slope: float, steps: np.ndarray) -> Curve:
    return Curve(steps, slope * steps)


def test_a_band_reaches_from_the_lowest_to_the_highest_around_the_median() -> None:
    steps = np.arange(10.0)
    found = band([line(slope, steps) for slope in (1.0, 2.0, 4.0)])
    assert found.middle.values == pytest.approx(2 * steps)
    assert found.low.values == pytest.approx(steps)
    assert found.high.values == pytest.approx(4 * steps)
    assert not found.is_quartiles


def test_of_many_curves_the_band_is_the_middle_half() -> None:
    steps = np.arange(10.0)
    found = band([line(slope, steps) for slope in np.arange(QUARTILES_FROM + 1.0)])
    assert found.is_quartiles
    assert found.low.values == pytest.approx(2 * steps)
    assert found.high.values == pytest.approx(6 * steps)


def test_a_band_goes_only_as_far_as_all_curves_do() -> None:
    found = band([line(1, np.arange(10.0)), line(2, np.arange(2.0, 7.0))])
    assert (found.middle.steps[0], found.middle.steps[-1]) == (2.0, 6.0)


def test_curves_are_straight_between_their_own_steps() -> None:
    found = band([line(1, np.array([0.0, 10.0])), line(3, np.array([0.0, 5.0, 10.0]))])
    assert found.middle.values == pytest.approx([0, 10, 20])


def test_what_is_not_finite_is_left_out_and_nothing_has_no_band() -> None:
    gap = Curve(np.arange(4.0), np.array([0.0, np.nan, 2.0, np.inf]))
    assert band([gap, line(1, np.arange(4.0))]).middle.values == pytest.approx([0, 1, 2])
    assert len(band([]).middle) == len(band([gap, Curve(np.empty(0), np.empty(0))]).middle) == 0


def test_long_bands_are_thinned() -> None:
    found = band([line(1, np.arange(100_000.0)), line(2, np.arange(100_000.0))])
    assert len(found.middle) <= 2000
    assert found.middle.steps[-1] == 99_999
