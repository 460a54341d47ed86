"""At which steps a run is evaluated and measured: pure functions of the config and the step."""

from __future__ import annotations

import math
from collections.abc import Mapping

from grok_tui.config import Log


class LogSchedule:
    """Every step at first, then log-spaced, with a bound on the gap."""

    def __init__(self, config: Log) -> None:
        """Plan the evaluations of a run; step 0 is the first."""
        self._config = config
        self._next = 0

    def state_dict(self) -> dict[str, int]:
        """Return when the next evaluation is due."""
        return {"next": self._next}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on with another schedule's plan."""
        self._next = state["next"]

    @property
    def next_step(self) -> int:
        """The step after which the next evaluation is due."""
        return self._next

    def is_due(self, step: int) -> bool:
        """Return whether to evaluate after this step; steps are asked for in order."""
        if step < self._next:
            return False
        self._next = step + self._gap(step)
        return True

    def count(self, last_step: int) -> int:
        """Return how many evaluations a run up to some step has."""
        found, step = 1, 0
        while step < last_step and (gap := self._gap(step)) < self._config.max_gap:
            found, step = found + 1, step + gap
        rest = max(last_step - step, 0)  # in the widest gaps
        return found + math.ceil(rest / self._config.max_gap)

    def _gap(self, step: int) -> int:
        if step < self._config.dense_until:
            return 1
        grown = math.ceil(step * (self._config.growth - 1))
        return min(max(grown, 1), self._config.max_gap)


def log_grid(last_step: int, per_decade: int) -> list[int]:
    """Return 0, 1 and the last step, and between them `per_decade` steps in each tenfold."""
    count = math.ceil(math.log10(max(last_step, 1)) * per_decade)
    grid = {0, 1, last_step, *(round(10 ** (i / per_decade)) for i in range(count + 1))}
    return sorted(step for step in grid if step <= last_step)
