from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_tui.analysis.median import RunningMedian


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_equals_the_median_of_all(values: list[float]) -> None:
    running = RunningMedian()
    for count, value in enumerate(values, start=1):
        running.add(value)
        assert len(running) == count
        assert running.value() == pytest.approx(median(values[:count]))
