"""Finds memorisation, the delayed rise of the test curve, and losses of what was learnt.

A hysteresis state machine over two streams of evaluations. It decides from what it has seen so
far and never takes back what it has confirmed, so replaying a log in any chunking gives the same
events. Dates are half-way points: there the curve is steepest, and a date depends least on where
a threshold was put.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from statistics import median

import numpy as np

from grok_tui.analysis.dating import date_crossing, standard_error
from grok_tui.analysis.median import RunningMedian
from grok_tui.analysis.scale import Basis, Scale
from grok_tui.analysis.verdict import Event, Outcome, Verdict

# Published criteria for "fitted" lie between 0.95 and 1; 0.98 tolerates a few label errors.
FITTED = 0.98
# What the training score must still be while the test score rises: rules out joint collapses and
# swapped splits.
STILL_FITTED = 0.9
# Below this the training set is lost.
COLLAPSED = 0.5
# Share of the gap between plateau and perfect: a rise is followed from a quarter on and given up
# below 0.15 (hysteresis: noise does not flip it), has arrived at 0.8 (MNIST groks to an accuracy
# of 0.89), and is dated at one half.
RISING, NOT_RISING, ARRIVED, HALF = 0.25, 0.15, 0.8, 0.5
# Where the plateau is above this, the test set was mostly solved when the training set was.
HIGHEST_PLATEAU = 0.5
# Without a memorised training set, both scores must be here to speak of generalising.
TOGETHER = 0.9
# Controls that do not grok arrive up to 1.7 times after memorising.
DELAYED = 2.0
# A change is certain after this many evaluations over this share of the step: one outlier of a
# median of three cannot make it, on linear and on log-spaced grids alike.
EVALUATIONS, SPAN = 3, 0.02
# A rise that ends short is certain when it has been flat for long.
PARTIAL_EVALUATIONS, PARTIAL_SPAN, FLAT_EVALUATIONS, FLAT = 8, 0.25, 6, 0.05
# Fewer evaluations than this say nothing.
ENOUGH = 5
MILESTONES = (0.95, 0.99)


class Hold:
    """Tells when a condition has held for some evaluations and some share of the step."""

    def __init__(self, evaluations: int = EVALUATIONS, span: float = SPAN) -> None:
        self._evaluations = evaluations
        self._span = span
        self.count = 0
        """Evaluations for which the condition has held until now."""
        self.since = 0.0
        """Step from which it has held."""

    def update(self, step: float, holds: bool) -> bool:
        """Take one evaluation into account; return whether the condition has held for long."""
        self.count = self.count + 1 if holds else 0
        if self.count == 1:
            self.since = step
        return self.count >= self._evaluations and step >= self.since * (1 + self._span)


class Track:
    """The evaluations of one split."""

    def __init__(self) -> None:
        self.steps: list[float] = []
        self.values: list[float] = []
        self.scores: list[float] = []
        self.smooth = math.nan
        """Median of the last three scores."""

    def push(self, step: float, value: float, score: float) -> bool:
        """Add an evaluation; return false for a step that is not later than the last one."""
        if self.steps and step <= self.steps[-1]:
            return False
        self.steps.append(step)
        self.values.append(value)
        self.scores.append(score)
        self.smooth = median(self.scores[-3:])
        return True

    def last_before(self, step: float) -> float | None:
        """Return the step of the last evaluation before a step; nothing for the first one."""
        index = bisect_left(self.steps, step)
        return self.steps[index - 1] if index > 0 else None

    def first_recent(self, at_least: float) -> float:
        """Return the step of the first of the last three evaluations with such a score."""
        recent = zip(self.steps[-3:], self.scores[-3:], strict=True)
        return next((step for step, score in recent if score >= at_least), self.steps[-1])


class Detector:
    """Turns a run's train and test curves into events and a verdict."""

    def __init__(
        self, basis: Basis, *, guessing: float | None = None, test_size: int | None = None
    ) -> None:
        """Judge by one metric.

        Args:
            basis: what the values are; accuracies are 0…1.
            guessing: accuracy or loss of a network that knows nothing, where it is known.
            test_size: number of test examples, for the sampling error of the accuracy.
        """
        self.events: list[Event] = []
        self._basis: Basis = basis
        self._test_size = test_size
        self._scale = Scale(basis, guessing)
        self._waiting: list[tuple[str, float, float]] = []
        self._train, self._test = Track(), Track()

        self._memorised: Event | None = None
        self._memorised_since = 0.0
        self._plateau = RunningMedian()
        self._undecided: deque[float] = deque()
        self._base = 0.0
        self._rising_since: float | None = None
        self._arrived: Event | None = None
        self._reached = ARRIVED
        self._is_lost = False
        self._milestones: dict[str, float] = {}

        self._fitted, self._together, self._full = Hold(), Hold(), Hold()
        self._partial = Hold(PARTIAL_EVALUATIONS, PARTIAL_SPAN)
        self._collapse, self._relapse, self._recovery = Hold(), Hold(), Hold()

    @property
    def has_both(self) -> bool:
        """Whether there are evaluations of both splits."""
        splits = {split for split, _, _ in self._waiting}
        return bool(self._train.steps or "train" in splits) and bool(
            self._test.steps or "test" in splits
        )

    def observe(self, split: str, step: float, value: float) -> None:
        """Take one value into account.

        Args:
            split: `train` or `test`; steps that do not rise within a split are left out.
            step: the training step.
            value: the metric there; one that is not finite is left out.
        """
        if not math.isfinite(value):
            return
        self._scale.calibrate(split, value)
        self._waiting.append((split, step, value))
        if self._scale.is_ready:
            waiting, self._waiting = self._waiting, []
            for entry in waiting:
                self._take(*entry)

    def verdict(self) -> Verdict:
        """Return what can be said so far."""
        steps = self._train.steps[-1:] + self._test.steps[-1:]
        return Verdict(
            outcome=self._outcome(),
            basis=self._basis if self.has_both else None,
            final_step=max(steps, default=None),
            events=tuple(self.events),
            milestones=dict(self._milestones),
            rising_since=None if self._arrived else self._rising_since,
        )

    def _outcome(self) -> Outcome:
        if self._is_lost:
            return Outcome.COLLAPSED
        if self._arrived:
            return Outcome(self._arrived.kind)
        if self._memorised:
            return Outcome.MEMORISED
        enough = min(len(self._train.steps), len(self._test.steps)) >= ENOUGH
        return Outcome.NOT_FITTED if enough else Outcome.UNDECIDED

    def _take(self, split: str, step: float, value: float) -> None:
        track = self._train if split == "train" else self._test
        if not track.push(step, value, self._scale.score(value)):
            return
        if split == "train":
            self._on_train(step)
        else:
            self._on_test(step)

    def _confirm(self, event: Event) -> None:
        self.events.append(event)

    # The training curve

    def _on_train(self, step: float) -> None:
        smooth = self._train.smooth
        if self._memorised is None:
            fitted = self._fitted.update(step, smooth >= FITTED)
            if self._fitted.count == 1:
                self._memorised_since = self._train.first_recent(FITTED)
            if fitted:
                self._memorise(step)
        elif not self._is_lost and self._collapse.update(step, smooth < COLLAPSED):
            self._lose("collapsed", step)

    def _memorise(self, seen_at: float) -> None:
        since = self._memorised_since
        before = self._train.last_before(since)
        self._memorised = Event("memorised", since, seen_at, low=before, high=since)
        self._confirm(self._memorised)
        start = bisect_right(self._test.steps, since)
        if start > 0:  # what the test score was when the training set was fitted
            self._plateau.add(self._test.scores[start - 1])
        for score in self._test.scores[start:]:
            self._extend_plateau(score)

    # The test curve

    def _on_test(self, step: float) -> None:
        self._note_milestones(step)
        if self._is_lost:
            self._look_for_recovery(step)
            return
        if self._arrived:
            self._look_for_relapse(step)
        if self._is_lost or (self._arrived and self._arrived.kind != "partially_grokked"):
            return
        if self._memorised is None:
            self._look_for_both_together(step)
        else:
            self._follow_plateau()
            self._look_for_arrival(step)

    def _note_milestones(self, step: float) -> None:
        if self._basis != "accuracy":
            return
        value = median(self._test.values[-3:])
        for level in MILESTONES:
            name = f"test {level}"
            if value >= level and name not in self._milestones:
                self._milestones[name] = step

    def _look_for_both_together(self, step: float) -> None:
        both = self._test.smooth >= TOGETHER and self._train.smooth >= TOGETHER
        if self._together.update(step, both):
            self._arrive("generalised", self._together, step)

    def _follow_plateau(self) -> None:
        """Keep the plateau's level up to date until the curve leaves it."""
        score = self._test.scores[-1]
        if self._rising_since is None:
            self._extend_plateau(score)
            if self._gap(self._test.smooth) > RISING:
                self._rising_since = self._test.steps[max(len(self._test.steps) - 3, 0)]
                self._undecided.clear()
        elif self._gap(self._test.smooth) < NOT_RISING:
            self._rising_since = None
            self._extend_plateau(score)

    def _extend_plateau(self, score: float) -> None:
        """Count a score to the plateau, two evaluations late.

        Until then it may turn out to be the beginning of the rise, which the median of three sees
        late: where the test set is seldom evaluated, two such scores would raise the plateau.
        """
        self._undecided.append(score)
        if len(self._undecided) > 2:
            self._plateau.add(self._undecided.popleft())
        self._base = self._plateau.value() if len(self._plateau) else self._undecided[0]

    def _gap(self, score: float) -> float:
        """Return how much of the gap between plateau and perfect a score has closed."""
        return (score - self._base) / max(1 - self._base, 1e-9)

    def _look_for_arrival(self, step: float) -> None:
        fitted = self._train.smooth >= STILL_FITTED
        if self._base >= HIGHEST_PLATEAU:
            if self._together.update(step, fitted and self._test.smooth >= TOGETHER):
                self._arrive("generalised", self._together, step)
            return
        gap = self._gap(self._test.smooth)
        if self._full.update(step, fitted and gap >= ARRIVED):
            self._arrive("grokked", self._full, step)
        elif (
            self._partial.update(step, fitted and gap >= HALF)
            and self._is_flat()
            and self._arrived is None
        ):
            self._arrive("partially_grokked", self._partial, step)

    def _is_flat(self) -> bool:
        recent = self._test.scores[-FLAT_EVALUATIONS:]
        return max(recent) - min(recent) <= FLAT * (1 - self._base)

    def _arrive(self, kind: str, high: Hold, seen_at: float) -> None:
        """Date the rise that `high` ended and confirm it; an undelayed one is no grokking."""
        steps, scores = np.asarray(self._test.steps), np.asarray(self._test.scores)
        level = min(self._base + HALF * (1 - self._base), TOGETHER)
        chance = self._scale.reference if self._basis == "accuracy" else 0.0
        error = standard_error(scores, self._test_size, chance)
        crossing = date_crossing(steps, scores, level, error)
        if not self._is_delayed(crossing.step):
            kind = "generalised"
        self._reached = HALF if kind == "partially_grokked" else ARRIVED
        start = self._rising_since if self._rising_since is not None else crossing.low
        self._arrived = Event(
            kind, crossing.step, seen_at, crossing.low, crossing.high, rise=(start, high.since)
        )
        self._confirm(self._arrived)

    def _is_delayed(self, arrival: float) -> bool:
        """Return whether a rise came clearly later than memorisation.

        A seldom evaluated training set was fitted somewhere between two evaluations: the middle of
        the two, on a log scale, is taken. A rise before the first evaluation was not seen.
        """
        if self._memorised is None or arrival <= self._test.steps[0]:
            return False
        fitted = math.sqrt(max(self._memorised.low or 0.0, 1.0) * max(self._memorised.step, 1.0))
        return arrival >= DELAYED * fitted

    # Losing it, and getting it back

    def _look_for_relapse(self, step: float) -> None:
        if self._base < HIGHEST_PLATEAU:
            fell = self._gap(self._test.smooth) < HALF * self._reached
        else:  # there was no gap to close: most of what was known must be gone
            fell = self._test.smooth < HIGHEST_PLATEAU
        if self._relapse.update(step, fell and self._train.smooth >= STILL_FITTED):
            self._lose("relapsed", step)

    def _lose(self, kind: str, step: float) -> None:
        self._is_lost = True
        self._recovery = Hold()
        self._confirm(Event(kind, step, step))

    def _look_for_recovery(self, step: float) -> None:
        back = self._train.smooth >= STILL_FITTED
        if self._arrived and self._base < HIGHEST_PLATEAU:
            back = back and self._gap(self._test.smooth) >= self._reached
        elif self._arrived:
            back = back and self._test.smooth >= TOGETHER
        if self._recovery.update(step, back):
            self._is_lost = False
            self._collapse, self._relapse = Hold(), Hold()
            self._confirm(Event("recovered", step, step))
