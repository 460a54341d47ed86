from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_tui.chart.axis import Axis
from grok_tui.chart.window import Window, follow, pan, windowed, zoom

LINEAR, LOG = Axis("linear", 0, 1000), Axis("log", 1, 10_000)
AXES = pytest.mark.parametrize("full", [LINEAR, LOG], ids=["linear", "log"])


@AXES
def test_what_is_zoomed_at_stays_where_it_is(full: Axis) -> None:
    value = full.value(0.6)
    window = zoom(full, None, 0.5, 0.6)
    assert windowed(full, window).place(value) == pytest.approx(0.6)
    assert zoom(full, window, 2.0, 0.6) is None


def test_a_logarithmic_axis_is_zoomed_in_decades() -> None:
    assert zoom(LOG, None, 0.5, 0.5) == (pytest.approx(10), pytest.approx(1000))


@AXES
@given(
    moves=st.lists(
        st.tuples(st.sampled_from("zp"), st.floats(0.1, 4), st.floats(-1, 1)), max_size=20
    )
)
def test_no_move_leaves_the_axis(full: Axis, moves: list[tuple[str, float, float]]) -> None:
    window: Window | None = None
    for kind, factor, share in moves:
        if kind == "z":
            window = zoom(full, window, factor, abs(share))
        elif window is not None:
            window = pan(full, window, share)
        if window is not None:
            assert full.low * (1 - 1e-9) <= window[0] < window[1] <= full.high * (1 + 1e-9)


def test_zooming_in_ends_somewhere() -> None:
    window: Window | None = None
    for _ in range(100):
        window = zoom(LINEAR, window, 0.5, 0.5)
    assert window is not None
    assert window[1] - window[0] == pytest.approx(1e-3)


def test_pan_stops_at_both_ends() -> None:
    assert pan(LINEAR, (100, 300), 0.5) == (pytest.approx(200), pytest.approx(400))
    assert pan(LINEAR, (100, 300), -5) == (0, pytest.approx(200))
    assert pan(LINEAR, (100, 300), 5) == (pytest.approx(800), 1000)
    assert pan(LINEAR, None, 0.5) is None


@AXES
def test_a_window_that_shows_the_end_follows_it_in_jumps(full: Axis) -> None:
    window: Window | None = (100.0, 200.0)
    seen = set()
    for now in range(150, 600):
        window = follow(full, window, now - 1, now)
        assert window is not None
        assert window[0] <= now <= window[1]
        seen.add(window)
    assert len(seen) < 25, "each move repaints everything"


def test_a_window_that_was_moved_away_stays() -> None:
    assert follow(LINEAR, (100, 200), 300, 900) == (100, 200)
    assert follow(LINEAR, None, 300, 900) is None
