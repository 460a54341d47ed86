from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.survival import survival

# The maintenance group of the leukaemia trial in Miller 1981: times of relapse, and of leaving.
TIMES = np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161.0])
RELAPSED = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0], dtype=bool)


def test_the_textbook_example() -> None:
    found = survival(TIMES, RELAPSED)
    assert found.steps.tolist() == [9, 13, 18, 23, 31, 34, 48]
    expected = [0.9091, 0.8182, 0.7159, 0.6136, 0.4909, 0.3682, 0.1841]
    assert found.shares == pytest.approx(expected, abs=5e-5)
    assert found.quantile(0.5) == 31


def test_runs_that_never_did_it_count() -> None:
    found = survival(np.array([100.0, 1000, 1000]), np.array([True, False, False]))
    assert found.shares.tolist() == pytest.approx([2 / 3])
    assert found.quantile(0.5) is None
    assert found.mean_until(1000) == pytest.approx((100 + 1000 + 1000) / 3)


def test_without_an_event_nothing_falls() -> None:
    found = survival(np.array([5.0, 7.0]), np.array([False, False]))
    assert len(found.steps) == 0
    assert found.mean_until(10) == 10
