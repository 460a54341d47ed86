"""From the metrics of a run to its verdict: feeds the detectors in the order of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from grok_tui.analysis.peak import PeakFinder
from grok_tui.analysis.scale import Basis
from grok_tui.analysis.transition import Detector
from grok_tui.analysis.verdict import Verdict
from grok_tui.logs.source import Column

COMPLEXITY = "complexity/mdl_bytes"
"""The measure whose peak is reported: of those taken during training, it alone rises and falls on
networks of every kind that were tried."""

_INPUTS: dict[str, tuple[Basis, str]] = {
    "train/accuracy": ("accuracy", "train"),
    "test/accuracy": ("accuracy", "test"),
    "train/loss": ("loss", "train"),
    "test/loss": ("loss", "test"),
}


class Judge:
    """Keeps the verdict of one run up to date; accuracy decides where there is one."""

    def __init__(self, *, chance: float | None = None, test_size: int | None = None) -> None:
        """Start without evidence; for the arguments see `Detector`."""
        self._detectors: dict[Basis, Detector] = {
            "accuracy": Detector("accuracy", chance=chance, test_size=test_size),
            "loss": Detector("loss"),
        }
        self._peaks = PeakFinder()

    def observe(self, metric: str, step: float, value: float) -> None:
        """Take one value of one metric into account; metrics that say nothing are left out."""
        if metric == COMPLEXITY:
            self._peaks.observe(step, value)
        elif metric in _INPUTS:
            basis, split = _INPUTS[metric]
            self._detectors[basis].observe(split, step, value)

    def feed(self, columns: Mapping[str, Column]) -> None:
        """Take a batch into account, row by row, within a row train before test."""
        names = [name for name in (*_INPUTS, COMPLEXITY) if name in columns]
        if not names:
            return
        picked = [columns[name] for name in names]
        which = np.repeat(np.arange(len(names)), [len(column.rows) for column in picked])
        rows = np.concatenate([column.rows for column in picked])
        order = np.lexsort((which, rows))
        steps = np.concatenate([column.steps for column in picked])[order].tolist()
        values = np.concatenate([column.values for column in picked])[order].tolist()
        for name, step, value in zip(which[order].tolist(), steps, values, strict=True):
            self.observe(names[name], step, value)

    def verdict(self) -> Verdict:
        """Return what can be said so far."""
        accuracy, loss = self._detectors["accuracy"], self._detectors["loss"]
        detector = accuracy if accuracy.has_both or not loss.has_both else loss
        verdict = detector.verdict()
        if not self._peaks.events:
            return verdict
        events = sorted((*verdict.events, *self._peaks.events), key=lambda event: event.seen_at)
        return replace(verdict, events=tuple(events))
