from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from grok_tui.analysis.series import Curve
from grok_tui.arrays import FloatArray
from grok_tui.chart.axis import Axis
from grok_tui.chart.geometry import apart, clip_line, decimate, dots

places = st.one_of(st.floats(-3, 4), st.just(float("nan")), st.floats(-1e300, 1e300))


@given(st.lists(st.tuples(places, places), max_size=60))
def test_a_clipped_line_never_leaves_the_square(corners: list[tuple[float, float]]) -> None:
    x, y = (np.array([c[i] for c in corners], dtype=float) for i in (0, 1))
    cut_x, cut_y = clip_line(x, y)
    for values in (cut_x, cut_y):
        finite = values[~np.isnan(values)]
        assert ((finite >= 0) & (finite <= 1)).all()
    assert len(cut_x) == len(cut_y)


def test_a_line_inside_is_left_alone() -> None:
    x, y = np.array([0.0, np.nan, 1.0]), np.array([0.2, np.nan, 1.0])
    assert clip_line(x, y)[0] is x


def test_a_line_is_cut_where_it_crosses_the_edge() -> None:
    x, y = clip_line(np.array([0.0, 1.0]), np.array([0.5, 2.5]))
    assert x[:2].tolist() == [0.0, 0.25]
    assert y[:2].tolist() == [0.5, 1.0]


def test_a_segment_through_the_square_shows_though_both_ends_are_outside() -> None:
    x, y = clip_line(np.array([-1.0, 2.0]), np.array([0.5, 0.5]))
    assert (x[:2].tolist(), y[:2].tolist()) == ([0.0, 1.0], [0.5, 0.5])


UNIT = Axis("linear", 0, 1)


def decimated(x: FloatArray, y: FloatArray, parts: int) -> tuple[FloatArray, FloatArray]:
    return decimate(Curve(x, y), UNIT, UNIT, parts)


def test_a_spike_is_never_lost() -> None:
    x, y = np.linspace(0, 1, 100_000), np.full(100_000, 0.5)
    y[54_321], y[12_345] = 0.99, 0.01
    kept = decimated(x, y, 120)[1]
    assert kept.max() == 0.99
    assert kept.min() == 0.01
    assert len(kept) <= 4 * 120 + 2


@settings(max_examples=50)
@given(st.integers(1, 500))
def test_drawn_points_do_not_move_while_a_curve_grows(count: int) -> None:
    """What is drawn of a prefix is drawn of the whole too, but for the newest part."""
    x = np.linspace(0, 1, 500)
    y = np.sin(x * 40) / 2 + 0.5
    part, whole = decimated(x[:count], y[:count], 60), decimated(x, y, 60)
    drawn = set(zip(whole[0].tolist(), whole[1].tolist(), strict=True))
    newest = part[0][-1]
    for place in zip(part[0].tolist(), part[1].tolist(), strict=True):
        assert place[0] == newest or place in drawn


def test_missing_values_interrupt_the_line() -> None:
    x = np.linspace(0, 1, 100)
    y = np.where((x > 0.4) & (x < 0.6), np.nan, 0.5)
    kept_x, kept_y = decimated(x, y, 40)
    gap = np.flatnonzero(np.isnan(kept_y))
    assert len(gap) == 1
    assert kept_x[gap[0] - 1] < 0.42
    assert kept_x[gap[0] + 1] > 0.58


def test_nothing_stays_nothing() -> None:
    nothing = np.empty(0)
    assert len(decimated(nothing, nothing, 10)[0]) == 0
    assert len(clip_line(nothing, nothing)[0]) == 0
    assert len(decimated(np.array([0.5]), np.array([np.nan]), 10)[0]) == 0


def test_a_line_goes_on_to_the_nearest_points_outside_the_view() -> None:
    """Zoomed in between two points, one still sees the line that joins them."""
    x, y = np.array([-3.0, -1.0, 2.0, 5.0]), np.array([9.0, 0.0, 0.6, -9.0])
    kept = decimated(x, y, 10)
    assert (kept[0].tolist(), kept[1].tolist()) == ([-1, 2], [0, 0.6])


def test_on_log_axes_only_what_is_positive_is_drawn() -> None:
    steps = np.arange(0.0, 1001)
    values = np.where(steps % 2, 0.1, -1.0)
    x, y = decimate(Curve(steps, values), Axis("log", 1, 1000), Axis("log", 0.01, 1), 8)
    assert x[~np.isnan(x)].min() > 0
    assert set(y[~np.isnan(y)].tolist()) == {0.5}


def test_dots_leave_every_other_column_out() -> None:
    x = np.linspace(0, 0.999, 1000)
    kept, _ = dots(x, np.full(1000, 0.5), 10)
    assert set(np.floor(kept * 10).astype(int).tolist()) == {0, 2, 4, 6, 8}


def test_marks_stand_at_measured_places_and_apart() -> None:
    x = np.array([0.0, 0.05, 0.31, 0.55, 0.7, 0.95])
    y = np.array([0.1, 0.2, np.nan, 0.4, 0.5, 0.6])
    kept_x, kept_y = apart(x, y, columns=10, least=3)
    assert (kept_x.tolist(), kept_y.tolist()) == ([0.0, 0.55, 0.7, 0.95], [0.1, 0.4, 0.5, 0.6])
