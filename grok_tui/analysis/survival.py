"""When something happens in runs of which some ended before it did (Kaplan and Meier 1958).

A run that has not grokked by its last step has only shown that it takes longer. To leave it out,
or to count its last step as the date, would make settings look better than they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grok_tui.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """The share of runs in which it has not happened yet, as a falling staircase from 1."""

    steps: FloatArray
    """Steps at which the share falls, rising, of shape (n,)."""
    shares: FloatArray
    """The share from each of these steps on, of shape (n,)."""

    def quantile(self, share: float) -> float | None:
        """Return the step by which it has happened in such a share of the runs; none if never."""
        reached = np.flatnonzero(self.shares <= 1 - share + 1e-12)
        return float(self.steps[reached[0]]) if len(reached) else None

    def mean_until(self, horizon: float) -> float:
        """Return the mean step, where what has not happened by `horizon` counts as `horizon`."""
        inside = self.steps < horizon
        edges = np.concatenate([[0.0], self.steps[inside], [horizon]])
        return float(np.sum(np.diff(edges) * np.concatenate([[1.0], self.shares[inside]])))


def survival(steps: FloatArray, happened: npt.NDArray[np.bool_]) -> Survival:
    """Estimate the share of runs in which something has not happened yet.

    Args:
        steps: when it happened in each run, or the run's last step, of shape (n,).
        happened: whether it did, of shape (n,).
    """
    at, did = steps, happened
    dates = np.unique(at[did])
    under_watch = np.array([(at >= date).sum() for date in dates], dtype=np.float64)
    events = np.array([(at[did] == date).sum() for date in dates], dtype=np.float64)
    shares: FloatArray = np.cumprod(1 - events / under_watch, dtype=np.float64)
    return Survival(dates, shares)
