"""Everything that a pyramid says is compared with looking at every value."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grok_tui.analysis.derived import difference, within_own_range
from grok_tui.analysis.growing import Growing
from grok_tui.analysis.pyramid import FIRST, Pyramid
from grok_tui.analysis.series import Curve, Series
from grok_tui.arrays import FloatArray

ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e308, -1e308)
SIZES = st.integers(0, 3 * FIRST) | st.integers(0, 40_000)


@st.composite
def points(draw: st.DrawFn) -> tuple[FloatArray, FloatArray]:
    """Steps that never fall, many of them equal or log-spaced, and values with odd ones."""
    size, rng = draw(SIZES), np.random.default_rng(draw(st.integers(0, 2**32)))
    steps = rng.choice([1.0, 10.0, 1e4]) * rng.random(size)
    if draw(st.booleans()):
        steps = 10 ** (4 * rng.random(size))
    steps = np.sort(np.floor(steps) if draw(st.booleans()) else steps)
    values = rng.normal(size=size) * 10 ** rng.integers(-5, 5, size).astype(float)
    if draw(st.booleans()):
        values = np.abs(values)
    odd = rng.random(size) < draw(st.sampled_from([0, 0.001, 0.5, 1]))
    return steps, np.where(odd, rng.choice(ODD, size), values)


def grown(steps: FloatArray, values: FloatArray, cuts: list[float]) -> Series:
    """Return a series that was given its points in several pieces."""
    series = Series()
    places = [0, *sorted(int(cut * len(steps)) for cut in cuts), len(steps)]
    for start, end in itertools.pairwise(places):
        series.append(steps[start:end], values[start:end])
    return series


def shown(values: FloatArray, positive: bool) -> FloatArray:
    finite = values[np.isfinite(values)]
    return finite[finite > 0] if positive else finite


@settings(max_examples=150)
@given(points(), st.lists(st.floats(0, 1), max_size=4), st.integers(0, 2**32), st.booleans())
def test_parts_are_what_looking_at_every_point_gives(
    found: tuple[FloatArray, FloatArray], cuts: list[float], seed: int, positive: bool
) -> None:
    steps, values = found
    rng = np.random.default_rng(seed)
    curve = grown(steps, values, cuts).curve()
    top = steps[-1] if len(steps) else 1.0
    edges = np.unique(np.r_[rng.choice(np.r_[steps, 0.0], 5), rng.random(12) * 1.2 * top])
    parts = curve.parts(edges, positive=positive)
    for number, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = values[(steps >= low) & (steps < high)]
        assert parts.count[number] == len(inside)
        if len(inside):
            ends = np.array([parts.first[number], parts.last[number]])
            assert np.array_equal(ends, inside[[0, -1]], equal_nan=True)
        counted = shown(inside, positive)
        expected = [counted.min(), counted.max()] if len(counted) else [np.nan, np.nan]
        assert np.array_equal([parts.low[number], parts.high[number]], expected, equal_nan=True)


@settings(max_examples=100)
@given(points(), st.floats(0, 1e4), st.floats(0, 1e4))
def test_a_stretch_is_known_as_if_every_point_were_read(
    found: tuple[FloatArray, FloatArray], start: float, end: float
) -> None:
    steps, values = found
    curve = grown(steps, values, [0.3, 0.31]).curve()
    start, end = min(start, end), max(start, end)
    inside = (steps >= start) & (steps <= end)
    finite, positive = shown(values[inside], False), shown(values[inside], True)
    expected = [*finite[:0], *([finite.min()] if len(finite) else [])]
    expected += [positive.min()] if len(positive) else []
    expected += [finite.max()] if len(finite) else []
    assert curve.extremes(start, end).tolist() == expected
    missing = np.flatnonzero(inside & ~np.isfinite(values))
    assert curve.hidden(start, end) == (len(missing), len(finite) - len(positive))
    assert curve.missing(start, end).tolist() == missing.tolist()


@given(points(), st.floats(0, 1))
def test_the_last_number_is_found_from_the_end(
    found: tuple[FloatArray, FloatArray], diverged: float
) -> None:
    steps, values = found
    values[int(diverged * len(values)) :] = np.nan
    finite = np.flatnonzero(np.isfinite(values))
    expected = int(finite[-1]) + 1 if len(finite) else 0
    assert Curve(steps, values).finite_size == expected


@settings(max_examples=100)
@given(points(), st.integers(0, 2**32), st.sampled_from([1 / 16, 0.5, 1]), st.booleans())
def test_parts_that_may_end_early_lose_no_point(
    found: tuple[FloatArray, FloatArray], seed: int, tolerance: float, positive: bool
) -> None:
    steps, values = found
    top = steps[-1] if len(steps) else 1.0
    edges = np.unique(np.random.default_rng(seed).random(6) * 1.2 * top)
    exact = Curve(steps, values).parts(edges, positive=positive)
    parts = Curve(steps, values).parts(edges, positive=positive, tolerance=tolerance)
    before = np.cumsum(exact.count)
    early = before - np.cumsum(parts.count)
    assert (early >= 0).all()
    assert (early <= tolerance * exact.count).all()
    assert not len(early) or early[-1] == 0
    start = int(np.searchsorted(steps, edges[0])) if len(edges) else 0
    ends = start + before - early
    for number, (begin, end) in enumerate(itertools.pairwise([start, *ends])):
        counted = shown(values[begin:end], positive)
        expected = [counted.min(), counted.max()] if len(counted) else [np.nan, np.nan]
        assert np.array_equal([parts.low[number], parts.high[number]], expected, equal_nan=True)
        for place in (parts.first[number], parts.last[number]):
            if np.isfinite(place) and (place > 0 or not positive):
                assert parts.low[number] <= place <= parts.high[number]


def test_long_parts_are_known_without_reading_a_value() -> None:
    steps = np.arange(1_000_000.0)
    curve = grown(steps, np.sin(steps / 1e5), [0.5]).curve()
    unread = Curve(steps, np.full(1_000_000, np.nan), curve.growth)
    edges = np.linspace(0, 1e6, 101)
    exact, known = curve.parts(edges), unread.parts(edges, tolerance=1 / 16)
    assert np.nanmax(np.abs(known.high - exact.high)[1:-1]) < 0.01
    assert np.nanmax(np.abs(known.last - exact.last)[1:-1]) < 0.01


def test_an_early_curve_knows_nothing_of_what_came_later() -> None:
    series = Series()
    series.append(np.arange(1000.0), np.zeros(1000))
    early = series.curve()
    series.append(np.arange(1000.0, 9000.0), np.full(8000, 7.0))
    assert early.extremes().tolist() == [0, 0]
    assert early.parts(np.array([0.0, 1e6])).high.tolist() == [0]


class Counted(Growing):
    """Counts the items that are taken out of it."""

    read = 0

    @property
    def view(self) -> npt.NDArray[np.float64]:
        class View(np.ndarray):  # type: ignore[type-arg]
            def __getitem__(view, key: object) -> object:  # noqa: N805
                found = np.ndarray.__getitem__(view, key).view(np.ndarray)
                Counted.read += np.size(found)
                return found

        return super().view.view(View)


def test_few_values_are_read_of_a_long_array() -> None:
    values, pyramid = Counted(), Pyramid()
    values.append(np.random.default_rng(0).random(1_000_000))
    pyramid.extend(np.asarray(values.view))
    cuts = np.linspace(0, 1_000_000, 401).astype(int)
    Counted.read = 0
    low, high = pyramid.over(values.view, cuts[:-1], cuts[1:], "low", "high")
    assert 0 < Counted.read <= 400 * 2 * FIRST
    assert low.min() == values.view.min()
    assert high.max() == values.view.max()


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats(-9, 9)), max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.floats(-9, 9)), max_size=60),
    st.lists(st.floats(0, 1), max_size=4),
)
def test_a_difference_that_grows_is_that_of_the_whole(
    first: list[tuple[int, float]], second: list[tuple[int, float]], cuts: list[float]
) -> None:
    both, wholes = (Series(), Series()), []
    for points in (first, second):
        kept = dict(sorted(points))
        wholes.append((np.array(list(kept), dtype=float), np.array(list(kept.values()))))
    for start, end in zip([0.0, *sorted(cuts)], [*sorted(cuts), 1.0], strict=True):
        for series, (steps, values) in zip(both, wholes, strict=True):
            part = slice(int(start * len(steps)), int(end * len(steps)))
            series.append(steps[part], values[part])
        gap = difference(both[0].curve(), both[1].curve())
        common, one, other = np.intersect1d(
            both[0].curve().steps, both[1].curve().steps, return_indices=True
        )
        expected = both[0].curve().values[one] - both[1].curve().values[other]
        assert gap.steps.tolist() == common.tolist()
        assert gap.values.tolist() == expected.tolist()


def test_a_difference_of_earlier_curves_is_theirs() -> None:
    first, second = Series(), Series()
    first.append(np.arange(5.0), np.arange(5.0))
    second.append(np.arange(5.0), np.zeros(5))
    early = first.curve(), second.curve()
    first.append(np.array([6.0]), np.array([6.0]))
    second.append(np.array([6.0]), np.array([0.0]))
    assert difference(first.curve(), second.curve()).values.tolist() == [0, 1, 2, 3, 4, 6]
    assert difference(*early).values.tolist() == [0, 1, 2, 3, 4]


def test_what_was_subtracted_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Series(), Series()
    for series in (first, second):
        series.append(np.arange(100_000.0), np.ones(100_000))
    difference(first.curve(), second.curve())
    read: list[int] = []
    at = Curve.at
    monkeypatch.setattr(
        Curve, "at", lambda self, index: (read.append(len(found := at(self, index))), found)[1]
    )
    for series in (first, second):
        series.append(np.array([1e5]), np.array([1.0]))
    assert len(difference(first.curve(), second.curve())) == 100_001
    assert read == [1, 1]


def test_a_curve_in_its_own_range_has_the_extremes_of_its_values() -> None:
    values = np.random.default_rng(1).normal(size=10_000)
    placed = within_own_range(grown(np.arange(1e4), values, [0.5]).curve())
    assert placed.extremes()[[0, -1]].tolist() == [0, 1]
    edges = np.linspace(0, 1e4, 8)
    for positive in (False, True):
        plain = Curve(placed.steps, placed.values).parts(edges, positive=positive)
        assert placed.parts(edges, positive=positive).low.tolist() == plain.low.tolist()
        assert placed.parts(edges, positive=positive).high.tolist() == plain.high.tolist()
