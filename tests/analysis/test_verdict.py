from __future__ import annotations

import pytest

from grok_tui.analysis.verdict import Event, Verdict

GROK = Event("grokked", 450, 600, 442, 461)


@pytest.mark.parametrize(
    ("low", "high", "order"),
    [
        (32, 68, "before"),
        (32, 441, "before"),
        (32, 442, "unordered"),
        (450, 455, "unordered"),
        (461, 900, "unordered"),
        (462, 900, "after"),
        (None, None, "before"),
    ],
)
def test_peak_and_grok_have_an_order_only_where_their_intervals_lie_apart(
    low: float | None, high: float | None, order: str
) -> None:
    peak = Event("complexity_peak", 46, 147, low, high)
    assert Verdict(events=(peak, GROK)).peak_and_grok == order


def test_one_alone_has_no_order() -> None:
    assert Verdict(events=(GROK,)).peak_and_grok is None
    assert Verdict(events=(Event("complexity_peak", 46, 147, 32, 68),)).peak_and_grok is None
