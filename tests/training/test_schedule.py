from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from grok_tui.config import Log
from grok_tui.training.schedule import LogSchedule, log_grid


def due(config: Log, last_step: int) -> list[int]:
    """Return the steps as the training loop evaluates them: the last one is always among them."""
    schedule = LogSchedule(config)
    return [step for step in range(last_step + 1) if schedule.is_due(step) or step == last_step]


@given(
    dense=st.integers(0, 50),
    growth=st.floats(1, 2),
    gap=st.integers(1, 100),
    last=st.integers(1, 999),
)
def test_first_and_last_step_are_there_and_no_gap_is_too_long(
    dense: int, growth: float, gap: int, last: int
) -> None:
    config = Log(dense_until=dense, growth=growth, max_gap=gap)
    steps = due(config, last)
    assert LogSchedule(config).count(last) == len(steps)
    assert steps[0] == 0
    assert steps[-1] == last
    assert all(0 < b - a <= gap for a, b in itertools.pairwise(steps))
    assert set(range(min(dense, last) + 1)) <= set(steps)


def test_gaps_grow_with_the_step() -> None:
    steps = due(Log(dense_until=10, growth=1.1, max_gap=1000), 5000)
    gaps = [b - a for a, b in itertools.pairwise(steps)][:-1]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 300


@given(st.integers(1, 10**7), st.integers(1, 40))
def test_the_grid_is_even_on_a_log_scale(last: int, per_decade: int) -> None:
    grid = log_grid(last, per_decade)
    assert grid[:2] == [0, 1]
    assert grid[-1] == last
    assert grid == sorted(set(grid))
    late = [step for step in grid[:-1] if step > 20 * per_decade]
    ratios = [b / a for a, b in itertools.pairwise(late)]
    assert all(abs(ratio / 10 ** (1 / per_decade) - 1) < 0.03 for ratio in ratios)
