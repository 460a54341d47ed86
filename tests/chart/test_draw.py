from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.draw import (
    DOWN_MARK,
    FLAG_FOOT,
    FLAG_LINE,
    MARGIN,
    NAN_MARK,
    RESTART_FOOT,
    RESTART_LINE,
    UP_MARK,
    draw,
)
from grok_tui.chart.palette import Role
from grok_tui.chart.spec import ChartSpec, Line, Style

X = Axis("log", 1, 1000)
UNIT = Axis("linear", 0, 1)


def curve(steps: list[float], values: list[float]) -> Curve:
    return Curve(np.array(steps), np.array(values))


def cells(spec: ChartSpec, width: int, height: int) -> list[str]:
    raster = draw(spec, width, height)
    rows = ["".join(text for text, _ in row) for row in raster.rows]
    assert len(rows) == height
    assert all(len(row) == width for row in rows)
    return rows


def test_a_chart_has_axes_labels_and_the_curve_in_its_colour() -> None:
    line = Line(curve([1, 10, 100, 1000], [0, 0, 1, 1]), Role.TEST)
    spec = ChartSpec((line,), X, UNIT)
    assert [row.rstrip() for row in cells(spec, 37, 7)] == [
        "    1┤                   ⡠⠊⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉",
        "     │                 ⡠⠊",
        "     │              ⢀⠤⠊",
        "     │            ⢀⠔⠁",
        "    0┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⠔⠁",
        "     └┬───────────────────┬──────────",
        "      1                  100",
    ]
    roles = {role for row in draw(spec, 37, 7).rows for _, role in row}
    assert roles == {None, Role.TEST}


def test_without_data_the_axes_are_there() -> None:
    rows = cells(ChartSpec((Line(EMPTY, Role.TEST),), X, UNIT), 40, 8)
    assert rows[0].startswith("    1┤")
    assert "100" in rows[-1]


def test_the_flag_stands_at_its_step_and_hides_no_data() -> None:
    spike = Line(curve([10, 10], [0, 1]), Role.TEST)
    middle_row = cells(ChartSpec((spike,), X, UNIT), 36, 9)[3][MARGIN:]
    at_ten = middle_row.index(middle_row.strip())
    line = Line(curve([1, 1000], [0.5, 0.5]), Role.TEST)
    plain = cells(ChartSpec((line,), X, UNIT), 36, 9)
    flagged = cells(ChartSpec((line,), X, UNIT, flags=(10,)), 36, 9)
    assert [row[MARGIN + at_ten] for row in flagged].count(FLAG_LINE) == 6
    assert flagged[7][MARGIN + at_ten] == FLAG_FOOT
    for before, after in zip(plain[:7], flagged[:7], strict=True):
        assert all(a == b or b == FLAG_LINE for a, b in zip(before, after, strict=True))


def test_a_flag_outside_the_axis_is_not_drawn() -> None:
    spec = ChartSpec((), X, UNIT, flags=(5000, 0))
    assert FLAG_LINE not in "".join(cells(spec, 40, 8))


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (13, 3), (14, 4), (400, 100)])
def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    cells(ChartSpec((Line(curve([1, 10], [0, 1]), Role.TEST),), X, UNIT), *size)


def test_a_point_far_outside_the_axes_costs_nothing() -> None:
    """Undecided by our own clipping, plotext takes minutes and gigabytes for this."""
    line = Line(curve([1, 10, 100], [0.5, 1e12, 0.5]), Role.TEST)
    start = time.process_time()
    cells(ChartSpec((line,), X, UNIT), 120, 30)
    assert time.process_time() - start < 2


def test_a_million_points_are_drawn_as_few() -> None:
    steps = np.arange(1, 1_000_001, dtype=float)
    line = Line(Curve(steps, np.sin(steps)), Role.TEST)
    rows = cells(ChartSpec((line,), Axis("linear", 0, 1e6), Axis("linear", -1, 1)), 80, 20)
    assert "⣿" in "".join(rows)


@settings(max_examples=40)
@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40),
    log=st.booleans(),
    style=st.sampled_from(Style),
)
def test_any_values_are_drawn(values: list[float], log: bool, style: Style) -> None:
    y = Axis("log", 1e-3, 10) if log else UNIT
    steps = [float(step) for step in range(len(values))]
    line = Line(curve(steps, values), Role.TRAIN, style)
    cells(ChartSpec((line,), X, y, flags=(3,)), 60, 12)


def test_three_styles_are_told_apart_without_colour() -> None:
    steps = np.arange(0.0, 200.0)
    drawn = {}
    for style in Style:
        line = Line(Curve(steps, np.full(200, 0.5)), Role.NORM, style)
        spec = ChartSpec((line,), Axis("linear", 0, 200), UNIT)
        drawn[style] = next(row for row in cells(spec, 60, 9)[2:] if row[MARGIN:].strip())[MARGIN:]
    assert " " not in drawn[Style.SOLID].strip()
    assert drawn[Style.DOTTED].split() != drawn[Style.SOLID].split()
    assert set(drawn[Style.CROSSES]) == {"×", " "}
    assert 10 <= drawn[Style.CROSSES].count("×") <= 20


def test_values_that_are_no_numbers_are_marked_on_the_edges() -> None:
    odd = curve([1, 10, 100, 1000], [0.5, np.nan, np.inf, -np.inf])
    rows = cells(ChartSpec((Line(odd, Role.TEST),), X, UNIT), 36, 9)
    top, bottom = rows[0][MARGIN:], rows[6][MARGIN:]
    assert (top.count(UP_MARK), bottom.count(NAN_MARK), bottom.count(DOWN_MARK)) == (1, 1, 1)
    assert bottom.index(NAN_MARK) == 10
    assert top.index(UP_MARK) == 19


def test_smoothed_lines_lie_over_the_values_that_they_were_made_of() -> None:
    steps = np.arange(1.0, 100.0)
    noise = Curve(steps, 0.5 + 0.4 * (-1) ** steps)
    line = Line(Curve(steps, np.full(99, 0.5)), Role.TEST, raw=noise)
    raster = draw(ChartSpec((line,), Axis("linear", 0, 100), UNIT), 60, 12)
    raw_rows = [n for n, row in enumerate(raster.rows) if any(role is Role.RAW for _, role in row)]
    assert len(raw_rows) >= 2, "above and below the line"
    (line_row,) = [n for n, r in enumerate(raster.rows) if any(role is Role.TEST for _, role in r)]
    assert min(raw_rows) < line_row < max(raw_rows)


def test_a_restart_has_a_mark_of_its_own() -> None:
    rows = cells(ChartSpec((), X, UNIT, restarts=(10,)), 36, 9)
    assert rows[0][MARGIN + 10] == RESTART_LINE
    assert rows[7][MARGIN + 10] == RESTART_FOOT


def test_branches_that_were_left_are_drawn_behind() -> None:
    left = Line(curve([1, 1000], [0.2, 0.2]), Role.RAW, Style.DOTTED)
    spec = ChartSpec((Line(curve([1, 1000], [0.8, 0.8]), Role.TEST),), X, UNIT, left=(left,))
    roles = {role for row in draw(spec, 40, 12).rows for _, role in row}
    assert roles == {None, Role.TEST, Role.RAW}


def test_a_line_enters_a_window_as_it_would_look_without_one() -> None:
    """Two points far outside: the line through the window is the middle of a straight one."""
    line = Line(curve([0, 1000], [0, 1]), Role.TEST)
    rows = cells(ChartSpec((line,), Axis("linear", 400, 600), Axis("linear", 0.4, 0.6)), 46, 12)
    first = [row[MARGIN] for row in rows[:10]]
    last = [row[-1] for row in rows[:10]]
    assert first[9].strip()
    assert last[0].strip()


def test_a_path_may_turn_back() -> None:
    loop = Line(curve([1, 1000, 1000, 1, 1], [0.1, 0.1, 0.9, 0.9, 0.1]), Role.TEST)
    rows = cells(ChartSpec((loop,), X, UNIT, is_path=True), 40, 12)
    assert all(row[MARGIN].strip() and row[-1].strip() for row in rows[2:8])
