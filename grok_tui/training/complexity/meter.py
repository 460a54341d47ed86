"""Takes the measures when they are due, and keeps what they cost within its share of the run."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from grok_tui.config import Complexity
from grok_tui.training.complexity.online import ONLINE, Subject
from grok_tui.training.complexity.weight_norm import weight_norm
from grok_tui.training.schedule import log_grid


@dataclass(slots=True)
class Budget:
    """Seconds that measuring may take, out of the whole run's."""

    share: float
    spent_s: float = 0.0
    measured: int = 0

    def allows(self, index: int, grid: Sequence[int], step: int, trained_s: float) -> bool:
        """Return whether a point of the grid can be afforded.

        The run's whole time is projected from the steps made so far, so that there is a budget
        from the start: complexity peaks early. Where it does not suffice for all points that are
        left, every second, third, … one is measured, so that it reaches to the end.

        Args:
            index: number of the point, from 0.
            grid: the steps to measure at; the last one is the run's last step.
            step: the step that was made last.
            trained_s: seconds of training so far.
        """
        if self.measured == 0 or step == 0:
            return True  # nothing is known of the cost yet
        left_s = self.share * trained_s / step * grid[-1] - self.spent_s
        cost_s = self.spent_s / self.measured
        if left_s < cost_s:
            return False
        return index % math.ceil((len(grid) - index) * cost_s / left_s) == 0


class Meter:
    """Measures one network during training."""

    def __init__(self, config: Complexity, subject: Subject, last_step: int) -> None:
        """Plan the measurements of a run.

        Args:
            config: which measures, how often, at what share of the run's time.
            subject: the network with its training examples; no measure changes it.
            last_step: the run's last step.
        """
        self._subject = subject
        # What has a measure of its own is no network, and the others say nothing of it.
        self._own: Callable[[], dict[str, float]] | None
        self._own = getattr(subject.model, "complexity", None)
        names = config.measures if self._own is None else ()
        self._with_norm = "weight_norm" in names
        self._costly = [ONLINE[name] for name in names]
        self._per_decade = config.per_decade
        self._budget = Budget(config.time_share)
        self.skipped = 0
        """Measurements that were left out to keep within the budget."""
        self.plan(last_step)

    def plan(self, last_step: int) -> None:
        """Plan the measurements of a run up to its last step."""
        self._grid = log_grid(last_step, self._per_decade) if self._costly else []
        self._index = {step: index for index, step in enumerate(self._grid)}

    def next_step(self, step: int) -> int | None:
        """Return the first step of the grid from the given one on, if there is any."""
        place = bisect_left(self._grid, step)
        return self._grid[place] if place < len(self._grid) else None

    def state_dict(self) -> dict[str, Any]:
        """Return what measuring has cost so far, and what it begins with next time."""
        budget = self._budget
        return {
            "spent_s": budget.spent_s,
            "measured": budget.measured,
            "skipped": self.skipped,
            "memory": dict(self._subject.memory),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another meter stood."""
        self._budget.spent_s = state["spent_s"]
        self._budget.measured = int(state["measured"])
        self.skipped = int(state["skipped"])
        self._subject.memory.clear()
        self._subject.memory.update(state.get("memory", {}))  # older checkpoints have none

    def cheap(self) -> Mapping[str, Tensor | float]:
        """Return the measures that each evaluation takes, or those of the model's own."""
        if self._own is not None:
            return self._own()
        if not self._with_norm:
            return {}
        return {"complexity/weight_norm": weight_norm(self._subject.model)}

    def costly(self, step: int, trained_s: float) -> dict[str, float]:
        """Return the measures of the log-spaced grid, or nothing where none is due or affordable.

        Args:
            step: the step that was made last.
            trained_s: seconds of training so far.
        """
        index = self._index.get(step)
        if index is None:
            return {}
        if not self._budget.allows(index, self._grid, step, trained_s):
            self.skipped += 1
            return {}
        start = time.perf_counter()
        values: dict[str, float] = {}
        for measure in self._costly:
            values |= measure(self._subject, step)
        self._budget.spent_s += time.perf_counter() - start
        self._budget.measured += 1
        return values
