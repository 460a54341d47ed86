"""From the metrics of a run to its verdict: feeds the detectors in the order of the log."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from grok_tui.analysis.artefact import is_threshold_artefact
from grok_tui.analysis.peak import PeakFinder
from grok_tui.analysis.scale import Basis
from grok_tui.analysis.thinning import Thinning
from grok_tui.analysis.transition import Detector
from grok_tui.analysis.verdict import DELAYED_ARRIVALS, Verdict
from grok_tui.arrays import IntArray
from grok_tui.logs.source import Column

COMPLEXITIES = ("complexity/mdl_bytes", "complexity/kl_nats")
"""The measures whose peak is reported; a run has one of them. Of those taken of networks during
training, the description length alone rises and falls on every kind that was tried."""

_INPUTS: dict[str, tuple[str, tuple[Basis, ...]]] = {
    "train/accuracy": ("train", ("accuracy",)),
    "test/accuracy": ("test", ("accuracy", "mixed")),
    "train/loss": ("train", ("loss", "mixed")),
    "test/loss": ("test", ("loss",)),
}
"""Which split a metric is of, and what is judged by it."""

JUDGED = frozenset((*_INPUTS, *COMPLEXITIES))
"""The metrics that a verdict is made of."""
_SLAB = 4096
"""Values that are made numbers of Python at once: these take four times the memory of an array."""


class Judge:
    """Keeps the verdict of one run up to date; accuracy decides where there is one.

    Without a training accuracy, the test accuracy is judged beside the training loss.
    """

    def __init__(self, *, chance: float | None = None, test_size: int | None = None) -> None:
        """Start without evidence.

        Args:
            chance: accuracy of guessing, where it is known.
            test_size: number of test examples, where it is known.
        """
        self.given = (chance, test_size)
        """What is known beside the rows."""
        self._detectors: dict[Basis, Detector] = {
            "accuracy": Detector("accuracy", guessing=chance, test_size=test_size),
            # Guessing among equally likely classes costs as many nats as the logarithm of their
            # number.
            "loss": Detector("loss", guessing=-math.log(chance) if chance else None),
            "mixed": Detector("mixed", test_size=test_size),
        }
        self._basis: Basis | None = None
        self._peaks = PeakFinder()
        self._test_losses: list[tuple[float, float]] = []
        self._is_artefact: bool | None = None
        self._thinned: dict[str, Thinning] = {}
        self._final_step = -math.inf

    def observe(self, metric: str, step: float, value: float) -> None:
        """Take one value of one metric into account; metrics that say nothing are left out."""
        if metric in COMPLEXITIES:
            self._peaks.observe(step, value)
        elif metric in _INPUTS:
            split, bases = _INPUTS[metric]
            for basis in bases:
                if self._basis in (None, basis):  # what does not decide need not be followed
                    self._detectors[basis].observe(split, step, value)
            if self._basis is None:
                self._basis = self._decided_basis()
            if self._is_artefact is None:
                if metric == "test/loss":
                    self._test_losses.append((step, value))
                elif metric == "test/accuracy":
                    self._look_for_artefact()

    def _look_for_artefact(self) -> None:
        """Decide, at the moment of arrival, what the loss says of it."""
        events = self._detectors["accuracy"].events
        if not events or events[-1].kind not in DELAYED_ARRIVALS:
            return
        memorised = next(event.step for event in events if event.kind == "memorised")
        losses = np.array(self._test_losses).reshape(-1, 2)
        self._is_artefact = is_threshold_artefact(
            losses[:, 0], losses[:, 1], memorised, events[-1].seen_at
        )
        self._test_losses.clear()

    def _decided_basis(self) -> Basis | None:
        """Return what is judged by from now on: changing it would take back what was confirmed."""
        if self._detectors["accuracy"].has_both:
            return "accuracy"
        best = self._best_so_far()
        return best if self._detectors[best].events else None

    def _best_so_far(self) -> Basis:
        return "mixed" if self._detectors["mixed"].has_both else "loss"

    def feed(self, columns: Mapping[str, Column]) -> None:
        """Take a batch into account, row by row, within a row train before test."""
        names = [name for name in (*_INPUTS, *COMPLEXITIES) if name in columns]
        if not names:
            return
        picked = [(columns[name], self._counting(name, columns[name])) for name in names]
        which = np.repeat(np.arange(len(names)), [len(index) for _, index in picked])
        rows = np.concatenate([column.rows[index] for column, index in picked])
        order = np.lexsort((which, rows))
        steps = np.concatenate([column.steps[index] for column, index in picked])
        values = np.concatenate([column.values[index] for column, index in picked])
        for start in range(0, len(order), _SLAB):
            slab = order[start : start + _SLAB]
            parts = (which[slab].tolist(), steps[slab].tolist(), values[slab].tolist())
            for name, step, value in zip(*parts, strict=True):
                self.observe(names[name], step, value)

    def _counting(self, name: str, column: Column) -> IntArray:
        """Return which values of a column count: those of a dense log are thinned."""
        if name in COMPLEXITIES:
            return np.arange(len(column.steps))
        numbers = np.flatnonzero(np.isfinite(column.values))
        if len(numbers):
            self._final_step = max(self._final_step, float(column.steps[numbers].max()))
        return numbers[self._thinned.setdefault(name, Thinning()).pick(column.steps[numbers])]

    def verdict(self, *, is_over: bool = False) -> Verdict:
        """Return what can be said so far, or for good where nothing more will come."""
        verdict = self._detectors[self._basis or self._best_so_far()].verdict(is_over=is_over)
        if self._is_artefact and self._basis == "accuracy":
            verdict = replace(verdict, is_threshold_artefact=True)
        if verdict.final_step is not None and self._final_step > verdict.final_step:
            verdict = replace(verdict, final_step=self._final_step)
        if not self._peaks.events:
            return verdict
        events = sorted((*verdict.events, *self._peaks.events), key=lambda event: event.seen_at)
        return replace(verdict, events=tuple(events))
