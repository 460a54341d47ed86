from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.hill import Hill, running_median


def test_the_running_median_stays_what_it_is_beyond_the_ends() -> None:
    assert running_median(np.array([9.0, 1, 5, 2, 7])).tolist() == [9, 5, 5, 5, 7]


@pytest.mark.parametrize("seed", range(8))
def test_top_and_prominence_are_those_of_all_values_so_far(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-3, 9, 60)
    values = noise + np.interp(np.arange(60), [0, 30, 59], [0.0, 8, 0]).round()
    hill, tops = Hill(), set()
    for size, value in enumerate(values.tolist(), 1):
        hill.add(value)
        if size < 5:
            continue
        median = running_median(values[:size])
        top = int(np.argmax(median))
        prominence, height = hill.prominence()
        if top >= size - 2:
            assert prominence == -np.inf
            continue
        start = max(top - 2, 0)
        assert hill.top == top
        assert hill.peak == start + np.argmax(values[start : top + 3])
        assert height == max(np.ptp(median), abs(median[top]))
        if top > 0:
            assert prominence == median[top] - max(median[:top].min(), median[top:].min())
        tops.add(top)
    assert len(tops) > 1
