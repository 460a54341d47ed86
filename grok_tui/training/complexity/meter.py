"""Takes the measures when they are due, and keeps what they cost within its share of the run."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from grok_tui.config import Complexity
from grok_tui.training.complexity.online import ONLINE, Subject
from grok_tui.training.complexity.weight_norm import weight_norm
from grok_tui.training.schedule import log_grid


@dataclass(slots=True)
class Pace:
    """How long something takes that is done again and again."""

    count: int = 0
    total_s: float = 0.0
    slowest_s: float = 0.0

    def add(self, count: int, seconds: float) -> None:
        """Take note that it was done so many times more, in so many seconds."""
        self.count += count
        self.total_s += seconds
        self.slowest_s = max(self.slowest_s, seconds / count if count else 0.0)

    @property
    def each_s(self) -> float:
        """What it takes each time but the slowest: in the first, memory and kernels are made."""
        return (self.total_s - self.slowest_s) / max(self.count - 1, 1)


@dataclass(slots=True)
class Budget:
    """Seconds that measuring may take, out of all that the run takes."""

    share: float
    spent_s: float = 0.0
    measured: int = 0
    latest_s: float = 0.0
    """What the last point took: the first are cheap, since untrained weights say little."""
    steps: Pace = field(default_factory=Pace)
    evaluations: Pace = field(default_factory=Pace)

    def add(self, seconds: float) -> None:
        """Take note of what the measures of a point took."""
        self.spent_s += seconds
        self.measured += 1
        self.latest_s = seconds

    def allows(self, index: int, points: int, training_s: float) -> bool:
        """Return whether a point of the grid can be afforded.

        Where the budget does not suffice for all points that are left, every second, third, …
        one is measured, so that it reaches to the end.

        Args:
            index: number of the point, from 0.
            points: how many the grid has.
            training_s: seconds that steps and evaluations of the whole run will have taken.
        """
        if self.measured == 0:
            return True  # nothing is known of the cost yet
        left_s = self.share / (1 - self.share) * training_s - self.spent_s
        cost_s = max(self.spent_s / self.measured, self.latest_s)
        if left_s < cost_s:
            return False
        return index % math.ceil((points - index) * cost_s / left_s) == 0

    def training_s(self, steps: int, evaluations: int) -> float:
        """Return the seconds that a run's steps and evaluations take, as far as one can tell now.

        That gives a budget from the start: complexity peaks early. Early steps are evaluated one
        by one, later ones hardly ever, so each of the two is counted by itself.

        Args:
            steps: those of the whole run.
            evaluations: those of the whole run.
        """
        return self.steps.each_s * steps + self.evaluations.each_s * evaluations


class Meter:
    """Measures one network during training."""

    def __init__(
        self,
        config: Complexity,
        subject: Subject,
        last_step: int,
        evaluations: Callable[[int], int],
    ) -> None:
        """Plan the measurements of a run.

        Args:
            config: which measures, how often, at what share of the run's time.
            subject: the network with its training examples; no measure changes it.
            last_step: the run's last step.
            evaluations: returns how many evaluations a run up to some step has.
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
        self._count_evaluations = evaluations
        self.skipped = 0
        """Measurements that were left out to keep within the budget."""
        self.plan(last_step)

    def plan(self, last_step: int) -> None:
        """Plan the measurements of a run up to its last step."""
        self._grid = log_grid(last_step, self._per_decade) if self._costly else []
        self._index = {step: index for index, step in enumerate(self._grid)}
        self._evaluations = self._count_evaluations(last_step)

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
            "steps": budget.steps.count,
            "steps_s": budget.steps.total_s,
            "evaluations": budget.evaluations.count,
            "evaluations_s": budget.evaluations.total_s,
            "skipped": self.skipped,
            "memory": dict(self._subject.memory),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another meter stood."""
        self._budget.spent_s = state["spent_s"]
        self._budget.measured = int(state["measured"])
        self.skipped = int(state["skipped"])
        # Older checkpoints do not have these.
        paces = {"steps": self._budget.steps, "evaluations": self._budget.evaluations}
        for name, pace in paces.items():
            pace.count, pace.total_s = int(state.get(name, 0)), state.get(f"{name}_s", 0.0)
        self._subject.memory.clear()
        self._subject.memory.update(state.get("memory", {}))

    def stepped(self, steps: int, seconds: float) -> None:
        """Take note of what steps took, or what it took to wait for them."""
        self._budget.steps.add(steps, seconds)

    def evaluated(self, seconds: float) -> None:
        """Take note of what an evaluation took."""
        self._budget.evaluations.add(1, seconds)

    def cheap(self) -> Mapping[str, Tensor | float]:
        """Return the measures that each evaluation takes, or those of the model's own."""
        if self._own is not None:
            return self._own()
        if not self._with_norm:
            return {}
        return {"complexity/weight_norm": weight_norm(self._subject.model)}

    def costly(self, step: int) -> dict[str, float]:
        """Return the measures of the log-spaced grid, or nothing where none is due or affordable.

        Args:
            step: the step that was made last.
        """
        index = self._index.get(step)
        if index is None:
            return {}
        if step > 0 and not self._is_affordable(index):
            self.skipped += 1
            return {}
        start = time.perf_counter()
        values: dict[str, float] = {}
        for measure in self._costly:
            values |= measure(self._subject, step)
        self._budget.add(time.perf_counter() - start)
        return values

    def _is_affordable(self, index: int) -> bool:
        training_s = self._budget.training_s(self._grid[-1], self._evaluations)
        return self._budget.allows(index, len(self._grid), training_s)
