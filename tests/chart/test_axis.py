from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grok_tui.chart.axis import Axis, close_axis, label, linear_axis, log_axis, nice_ceil, step_axis


@given(st.floats(1e-9, 1e15))
def test_nice_values_are_just_above(value: float) -> None:
    nice = nice_ceil(value)
    assert value * (1 - 1e-6) <= nice <= value * 2.51
    assert round(nice / 10 ** math.floor(math.log10(nice) + 1e-9)) in (1, 2, 5)


def test_the_step_axis_seldom_moves_while_a_run_grows() -> None:
    ends = {step_axis(last, log=True).high for last in range(1, 4001)}
    assert len(ends) <= 10


def test_the_step_axis_ends_with_the_plan_where_that_is_near() -> None:
    assert step_axis(3000, log=True, planned=4000) == Axis("log", 1.0, 4000)
    assert step_axis(300, log=False, planned=4000) == Axis("linear", 0.0, 500)
    assert step_axis(6000, log=False, planned=4000).high == 10_000


def test_what_has_no_place_on_a_log_axis_is_left_out() -> None:
    places = Axis("log", 1, 100).unit(np.array([0.0, -5, 1, 10, 100, np.nan, np.inf]))
    assert np.isnan(places[[0, 1, 5, 6]]).all()
    assert places[2:5].tolist() == pytest.approx([0, 0.5, 1])


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20), st.integers(2, 12))
def test_any_data_give_an_axis_with_ticks_inside(values: list[float], most: int) -> None:
    for axis in (linear_axis(np.array(values)), log_axis(np.array(values))):
        assert -np.inf < axis.low < axis.high < np.inf
        ticks = axis.ticks(most)
        assert len(ticks) >= 2
        assert all(0 <= place <= 1 and len(text) <= 5 for place, text in ticks)


@pytest.mark.parametrize("values", [[5e-324], [-5e-324, 0.0], [1.7e308, -1.7e308], [2e-9], [1e-9]])
def test_numbers_at_the_ends_of_what_a_float_holds_give_an_axis(values: list[float]) -> None:
    for axis in (linear_axis(np.array(values)), log_axis(np.array(values))):
        assert len(axis.ticks(12)) >= 2


def test_finite_data_lie_inside_their_axis() -> None:
    values = np.array([-3.0, 0.2, 17.0])
    axis = linear_axis(values)
    assert (axis.low, axis.high) == (-5, 20)
    assert log_axis(np.array([3e-7, 0.0, 12.0])) == Axis("log", 1e-7, 100.0)


def test_ticks_are_round() -> None:
    assert [text for _, text in Axis("linear", 0, 1).ticks(3)] == ["0", "0.5", "1"]
    assert [text for _, text in Axis("log", 1, 4000).ticks(4)] == ["1", "10", "100", "1k"]
    assert [text for _, text in Axis("log", 1, 4000).ticks(2)] == ["1", "100"]


def test_an_axis_without_numbers_names_its_ends() -> None:
    assert Axis("linear", 0, 1, ends=("min", "max")).ticks(9) == [(0, "min"), (1, "max")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.5, "0.5"),
        (12, "12"),
        (999.7, "1k"),
        (1500, "1.5k"),
        (999_999, "1M"),
        (2e6, "2M"),
        (-2e6, "-2M"),
        (1e-7, "1e-7"),
        (-5, "-5"),
    ],
)
def test_labels_are_short(value: float, text: str) -> None:
    assert label(value) == text


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([4.90, 4.64], 4.6, 4.9),
        ([90.5, 69.8], 60, 100),
        ([0.1, 4.9], 0, 5),
        ([-1.0, 3.0], -1, 5),
        ([7.0, 7.0], 0, 10),
        ([np.nan], 0, 1),
        ([], 0, 1),
    ],
)
def test_a_close_axis_leaves_out_zero_where_it_is_far_away(
    values: list[float], low: float, high: float
) -> None:
    axis = close_axis(np.array(values))
    assert (axis.low, axis.high) == (pytest.approx(low), pytest.approx(high))
    assert all(axis.low <= value <= axis.high for value in values if np.isfinite(value))


def labels(axis: Axis, most: int = 5) -> list[str]:
    return [text for _, text in axis.ticks(most)]


def test_labels_of_a_close_window_tell_its_ticks_apart() -> None:
    assert labels(Axis("linear", 0.9985, 1.0), 4) == [".9985", ".999", ".9995", "1"]
    assert labels(Axis("linear", 123_400, 123_404)) == ["123k", "+1", "+2", "+3", "+4"]
    assert labels(Axis("log", 1200, 4300), 5) == ["2k", "3k", "4k"]


@given(st.floats(-1e6, 1e6), st.floats(1e-5, 1e5), st.integers(2, 12))
@example(0.0, 3.75e-5, 9)
def test_no_two_ticks_of_a_window_have_one_label(low: float, width: float, most: int) -> None:
    ticks = labels(Axis("linear", low, low + width), most)
    assert len(set(ticks)) == len(ticks)
    assert max(map(len, ticks[1:])) <= 6, "a sign and five characters"


def test_times_are_labelled_as_clocks_do() -> None:
    assert labels(Axis("linear", 0, 300, is_time=True), 6) == ["0s", "1m", "2m", "3m", "4m", "5m"]
    assert labels(Axis("linear", 0, 20, is_time=True), 3) == ["0s", "10s", "20s"]
    assert labels(Axis("linear", 0, 86400 * 3, is_time=True), 4) == ["0s", "1d", "2d", "3d"]
    assert labels(Axis("log", 1, 10_000, is_time=True), 9)[-1] == "2.78h"


@given(st.floats(0, 1), st.sampled_from([Axis("linear", -3, 7), Axis("log", 0.1, 1e6)]))
def test_a_place_and_its_value_are_the_same_point(place: float, axis: Axis) -> None:
    assert axis.place(axis.value(place)) == pytest.approx(place, abs=1e-9)
