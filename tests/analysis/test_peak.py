from __future__ import annotations

import numpy as np
import pytest
from support import LOGARITHMIC, rise

from grok_tui.analysis.hill import running_median
from grok_tui.analysis.peak import LEAST_PROMINENCE, SAMPLES_EACH_SIDE, SCATTERS, PeakFinder
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


def events_by_looking_always(steps: np.ndarray, values: np.ndarray) -> list[Event]:
    """Ask the rules of all values, after each of them."""
    found: list[Event] = []
    for end in range(2 * SAMPLES_EACH_SIDE + 1, len(values) + 1):
        peak = resolved_peak(values[:end])
        if peak is not None and (not found or steps[peak[0]] > found[-1].step):
            step, low, high = (float(steps[index]) for index in peak)
            found.append(Event("complexity_peak", step, float(steps[end - 1]), low, high))
    return found


def resolved_peak(values: np.ndarray) -> tuple[int, int, int] | None:
    smooth = running_median(values)
    top = int(np.argmax(smooth))
    start = max(top - 2, 0)
    peak = start + int(np.argmax(values[start : top + 3]))
    is_early = min(top, peak) < SAMPLES_EACH_SIDE
    if is_early or max(top, peak) >= len(values) - SAMPLES_EACH_SIDE:
        return None
    height, rough = smooth[top], values - smooth
    prominence = height - max(smooth[:top].min(), smooth[top:].min())
    noise = SCATTERS * np.median(np.abs(rough - np.median(rough)))
    if prominence <= max(LEAST_PROMINENCE * max(np.ptp(smooth), abs(height)), noise):
        return None
    below = np.flatnonzero(smooth < height - noise)
    return peak, min(below[below < top][-1], peak - 1), max(below[below > top][0], peak + 1)


def curve(kind: str, size: int, seed: int) -> np.ndarray:
    """Return a curve that is hard for a rule which looks seldom."""
    rng, x = np.random.default_rng(seed), np.linspace(0, 1, size)
    noise = values = rng.standard_normal(size)
    if kind == "hill":
        values = np.exp(-(((x - 0.4) / 0.1) ** 2)) + rng.choice([0.01, 0.1, 0.5]) * noise
    elif kind == "rise":  # with a new highest place again and again
        values = 1 + x + 0.1 * noise
    elif kind == "hover":  # falls to where it stands out by just about the scatter, and stays
        fall = 1.9 if seed % 2 else 2.0
        values = np.interp(x, [0, 0.3, 0.5, 1], [0, 2, 2 - fall, 2 - fall]) + 0.95 * noise
    elif kind == "jagged":  # never stands out from a scatter that its median shows nothing of
        values = np.interp(x, [0, 0.4, 1], [0, 1, 0]) + np.resize([0.8, -0.8, 0.0], size)
    elif kind == "waves":
        values = 1 + 0.5 * np.sin(40 * x) + x
    elif kind == "ties":
        values = np.round(2 * noise)
    elif kind == "walk":
        values = np.cumsum(noise)
    return values


KINDS = ("noise", "hill", "rise", "hover", "waves", "ties", "walk")


@pytest.mark.parametrize("kind", KINDS)
def test_looking_seldom_finds_what_looking_always_does(kind: str) -> None:
    found = 0
    for seed in range(12):
        values = curve(kind, 11 + 15 * seed, seed)
        steps = np.arange(1.0, len(values) + 1)
        expected = events_by_looking_always(steps, values)
        assert events(steps, values) == expected, seed
        found += len(expected)
    assert found >= 6


@pytest.mark.parametrize("kind", [*KINDS, "jagged"])
def test_the_work_grows_about_as_fast_as_the_curve(kind: str) -> None:
    """Looking always looks at half of the curve a value: 5 000 times a value, not a hundred."""
    work = []
    for size in (1_000, 10_000):
        finder = PeakFinder()
        for step, value in enumerate(curve(kind, size, 0).tolist()):
            finder.observe(step, value)
        work.append(finder.looked_at / size)
    assert max(work) < 10 * np.log2(10_000)
    assert work[1] < 5 * work[0] + np.log2(10_000)
