from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.across import Across, across
from grok_tui.analysis.series import Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.cursor import moved, nearest
from grok_tui.chart.panels import Look

STEPS = np.arange(0.0, 1001.0)
LINEAR = Look(full=Axis("linear", 0, 1000), x=Axis("linear", 0, 1000))
LOG = Look(full=Axis("log", 1, 1000), x=Axis("log", 1, 1000))


def test_it_moves_by_columns_where_data_are_dense() -> None:
    assert moved(STEPS, LINEAR, 500, 1, 100) == 510
    assert moved(STEPS, LINEAR, 500, -10, 100) == 400
    # A column of 100 over three decades is a factor of 10^0.03.
    assert moved(STEPS, LOG, 500, 1, 100) == pytest.approx(500 * 10**0.03, abs=1)


def test_it_moves_by_points_where_they_are_sparse() -> None:
    sparse = np.array([0.0, 300.0, 310.0, 1000.0])
    assert moved(sparse, LINEAR, 310, 1, 100) == 1000
    assert moved(sparse, LINEAR, 310, -1, 100) == 300
    assert moved(sparse, LOG, 300, -1, 100) == 0


@pytest.mark.parametrize("look", [LINEAR, LOG])
def test_every_way_ends_at_an_end(look: Look) -> None:
    here: float | None = None
    visited = []
    for _ in range(200):
        here = moved(STEPS, look, here, 1, 60)
        visited.append(here)
    assert visited[-1] == 1000
    assert visited == sorted(visited)
    for _ in range(200):
        here = moved(STEPS, look, here, -1, 60)
    assert here == 0


def test_a_new_cursor_begins_at_the_end_of_the_view_that_it_comes_from() -> None:
    look = Look(full=LINEAR.full, x=Axis("linear", 200, 300))
    assert moved(STEPS, look, None, 1, 100) == 200
    assert moved(STEPS, look, None, -1, 100) == 300


def test_without_data_there_is_no_cursor() -> None:
    assert moved(np.empty(0), LINEAR, None, 1, 100) is None
    assert nearest(np.empty(0), LINEAR, 0.5) is None


def test_the_mouse_finds_the_nearest_step() -> None:
    assert nearest(np.array([0.0, 400, 900]), LINEAR, 0.6) == 400
    assert nearest(np.array([0.0, 400, 900]), LINEAR, 0.7) == 900
    assert nearest(np.array([0.0, 2, 900]), LOG, 0.0) == 2


def test_along_a_path_it_goes_from_step_to_step() -> None:
    there_and_back = Curve(STEPS, 500 - np.abs(STEPS - 500))
    over = across("there and back", {"there and back": there_and_back})
    look = Look(full=LINEAR.full, x=LINEAR.x, across=over)
    assert moved(STEPS, look, 600, 1, 100) == 610
    assert nearest(STEPS, look, 0.5) is None


def test_over_time_it_stands_at_steps() -> None:
    clock = Across("time", Curve(STEPS, STEPS**2))
    look = Look(full=Axis("linear", 0, 1e6), x=Axis("linear", 0, 1e6), across=clock)
    assert moved(STEPS, look, 500, 1, 100) == 510, "the square root of 260 000"
