from __future__ import annotations

import math

import pytest

from grok_tui.tui.wording import DAY_S, age, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1m"),
        (3 * 3600, "3h"),
        (99 * DAY_S, "99d"),
        (100 * DAY_S, "14w"),
        (364 * DAY_S, "52w"),
        (800 * DAY_S, "2y"),
    ],
)
def test_an_age_fits_three_characters(seconds: float, text: str) -> None:
    assert age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.9, "0:03"), (727, "12:07"), (10921, "3:02:01"), (12 * DAY_S, "12d"), (math.inf, ">99y")],
)
def test_a_duration_is_short_however_long(seconds: float, text: str) -> None:
    assert duration(seconds) == text
