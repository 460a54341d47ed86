from __future__ import annotations

import math

import numpy as np
import pytest

from grok_tui.analysis.fall import fall_since_peak, judged_complexity
from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Event, Verdict

PEAK = Verdict(events=(Event("complexity_peak", 10, 50, 8, 12),))


def curves(*values: float) -> dict[str, Curve]:
    return {"complexity/mdl_bytes": Curve(np.array([1.0, 10, 100]), np.array(values))}


def test_it_is_the_share_of_the_peak_that_is_gone() -> None:
    assert fall_since_peak(PEAK, curves(5, 100, 40)) == pytest.approx(0.6)


@pytest.mark.parametrize("last", [math.nan, math.inf, 100.0, 120.0])
def test_what_did_not_fall_has_no_fall(last: float) -> None:
    assert fall_since_peak(PEAK, curves(5, 100, last)) is None


def test_without_a_peak_or_a_measure_there_is_none() -> None:
    assert fall_since_peak(Verdict(), curves(5, 100, 40)) is None
    assert fall_since_peak(PEAK, {}) is None
    assert judged_complexity({}) is EMPTY
