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
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np

from grok_tui.analysis.dating import Crossing, date_crossing, plateau_level, standard_error
from grok_tui.analysis.median import RunningMedian
from grok_tui.analysis.scale import CALIBRATION, Basis, Scale
from grok_tui.analysis.shape import shape_of
from grok_tui.analysis.track import EVALUATIONS, Hold, Track
from grok_tui.analysis.verdict import Event, Outcome, Verdict

# Published criteria for "fitted" lie between 0.95 and 1; 0.98 tolerates a few label errors.
FITTED = 0.98
# Measured under dropout or with wrong labels, a fitted training set stays below that, but flat
# until twice the step: what still creeps up is fitted later.
NEARLY_FITTED, NEARLY_SPAN, NEARLY_FLAT = 0.95, 1.0, 0.01
# What the training score must still be while the test score rises: rules out joint collapses and
# swapped splits.
STILL_FITTED = 0.9
# Below the middle between guessing and perfect the training set is lost.
COLLAPSED = 0.5
# A log whose lowest training accuracy is above this began after learning did: that is no guessing.
# Guessing between two classes gives 0.5.
HIGHEST_CHANCE = 0.6
# Share of the gap between plateau and perfect: a rise is followed from a quarter on and given up
# below 0.15 (hysteresis: noise does not flip it), has arrived at 0.8 (MNIST groks to an accuracy
# of 0.89), and is dated at one half.
RISING, NOT_RISING, ARRIVED, HALF = 0.25, 0.15, 0.8, 0.5
# Where the plateau is above this, the test set was mostly solved when the training set was. A
# commutative task that is split without regard to twins stays near its train fraction, which is
# 0.3 to 0.7 in the literature, until it is understood.
HIGHEST_PLATEAU = 0.75
# Without a memorised training set, both scores must be here to speak of generalising.
TOGETHER = 0.9
# Controls that do not grok arrive up to 1.7 times after memorising.
DELAYED = 2.0
# Where a log ends in a rise, so many evaluations at its end tell how far it came.
LAST_ARRIVED, LAST_HALF = 2, 3
# A score that ends short is certain when it has been flat for long; of a dense log, so many
# evaluations are looked at.
LONG_EVALUATIONS, LONG_SPAN, FLAT, FLAT_EVALUATIONS = 8, 0.5, 0.05, 32
# Fewer evaluations than this say nothing.
ENOUGH = 5
MILESTONES = (0.95, 0.99)


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
        self._guessing = guessing if basis == "accuracy" else None
        self._waiting: list[tuple[str, float, float]] = []
        self._train, self._test = Track(), Track()

        self._memorised: Event | None = None
        self._plateau = RunningMedian()
        self._undecided: deque[float] = deque()
        self._base = 0.0
        self._rising_since: float | None = None
        self._arrived: Event | None = None
        self._reached = ARRIVED
        self._is_lost = False
        self._milestones: dict[str, float] = {}

        self._fitted, self._together, self._full = Hold(), Hold(), Hold()
        self._partial = Hold(LONG_EVALUATIONS, LONG_SPAN)
        self._nearly = Hold(LONG_EVALUATIONS, NEARLY_SPAN)
        self._collapse, self._relapse, self._recovery = Hold(), Hold(), Hold()

    @property
    def has_both(self) -> bool:
        """Whether there are evaluations of both splits."""
        splits = {split for split, _, _ in self._waiting}
        return bool(self._train.steps or "train" in splits) and bool(
            self._test.steps or "test" in splits
        )

    @property
    def memorised(self) -> Event | None:
        """The fitting of the training set, once it is confirmed."""
        return self._memorised

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
        if self._scale.is_ready and not self._waiting:
            self._take(split, step, value)
            return
        self._waiting.append((split, step, value))
        if self._scale.is_ready:
            waiting, self._waiting = self._waiting, []
            for entry in waiting:
                self._take(*entry)

    def verdict(self, *, is_over: bool = False) -> Verdict:
        """Return what can be said so far.

        Args:
            is_over: whether nothing more will come; then a rise that the log ends in is told by
                how far it came, as provisional.
        """
        steps = self._train.steps[-1:] + self._test.steps[-1:]
        events, outcome = tuple(self.events), self._outcome()
        last = self._last_rise() if is_over and outcome is Outcome.MEMORISED else None
        if last is not None:
            events, outcome = (*events, last), Outcome(last.kind)
        return Verdict(
            outcome=outcome,
            basis=self._basis if self.has_both else None,
            final_step=max(steps, default=None),
            events=events,
            milestones=dict(self._milestones),
            rising_since=None if self._arrived else self._rising_since,
        )

    def _last_rise(self) -> Event | None:
        """Return the rise that the log ends in, if it is delayed and has come far."""
        if self._rising_since is None or self._train.smooth < STILL_FITTED:
            return None
        shares = [self._gap(score) for score in self._test.scores[-LAST_HALF:]]
        if min(shares[-LAST_ARRIVED:]) >= ARRIVED:
            kind = "grokked"
        elif len(shares) == LAST_HALF and min(shares) >= HALF:
            kind = "partially_grokked"
        else:
            return None
        last = self._test.steps[-1]
        event = self._rise(kind, last, last, is_over=False)
        return replace(event, is_provisional=True) if event.kind == kind else None

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
        if not track.push(step, self._scale.score(split, value)):
            return
        if split == "train":
            self._on_train(step)
        else:
            self._on_test(step)

    def _confirm(self, event: Event) -> None:
        self.events.append(event)

    # The training curve

    def _on_train(self, step: float) -> None:
        if self._memorised is None:
            self._look_for_memorisation(step)
        elif not self._is_lost and _held(self._collapse, self._train, step, self._is_collapsed):
            self._lose("collapsed", step)

    def _look_for_memorisation(self, step: float) -> None:
        train = self._train
        if self._fitted.update(step, train.last >= FITTED, train.wide >= FITTED):
            self._memorise(train.first_near(self._fitted.since, FITTED), step)
        elif self._nearly.update(
            step, train.last >= NEARLY_FITTED, train.wide >= NEARLY_FITTED
        ) and _is_flat(train, NEARLY_SPAN, NEARLY_FLAT):
            self._memorise(train.first_near(self._nearly.since, NEARLY_FITTED), step)

    def _is_collapsed(self, score: float) -> bool:
        floor = self._floor(self._train)
        return score < floor + COLLAPSED * (1 - floor)

    def _floor(self, track: Track) -> float:
        """Return the score of guessing: the lowest ones, unless it is known or they are learnt."""
        if self._guessing is None:
            lowest = min(track.scores[:CALIBRATION])
            self._guessing = lowest if 0 <= lowest <= HIGHEST_CHANCE else 0.0
        return self._guessing

    def _memorise(self, since: float, seen_at: float) -> None:
        before = self._train.last_before(since)
        self._memorised = Event("memorised", since, seen_at, low=before, high=since)
        self._confirm(self._memorised)
        start = bisect_right(self._test.steps, since)
        if start > 0:  # what the test score was when the training set was fitted
            self._plateau.add(self._test.scores[start - 1])
        for index in range(start, len(self._test.scores)):
            self._follow_plateau(index)

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
            self._follow_plateau(len(self._test.scores) - 1)
            self._look_for_arrival(step)

    def _note_milestones(self, step: float) -> None:
        if self._basis == "loss":
            return
        for level in MILESTONES:
            name = f"test {level}"
            if self._test.smooth >= level and name not in self._milestones:
                self._milestones[name] = step

    def _look_for_both_together(self, step: float) -> None:
        if self._are_together(step):
            self._arrive("generalised", self._together, step)

    def _are_together(self, step: float) -> bool:
        fitted = self._train.smooth >= TOGETHER
        return _held(self._together, self._test, step, lambda s: fitted and s >= TOGETHER)

    def _follow_plateau(self, index: int) -> None:
        """Keep the plateau's level up to date until the curve leaves it."""
        recent = self._test.scores[max(index - 2, 0) : index + 1]
        if self._rising_since is None:
            self._extend_plateau(recent[-1])
            if self._gap(median(recent)) > RISING:
                self._rising_since = self._test.steps[max(index - 2, 0)]
                self._undecided.clear()
        elif self._gap(median(recent)) < NOT_RISING:
            self._rising_since = None
            self._extend_plateau(recent[-1])

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
        """Return how much of the gap between plateau and perfect a score has closed.

        A loss far above that of guessing must come down to it first.
        """
        base = max(self._base, 0.0)
        return (score - base) / max(1 - base, 1e-9)

    def _look_for_arrival(self, step: float) -> None:
        if self._base >= HIGHEST_PLATEAU:
            if self._are_together(step):
                self._arrive("generalised", self._together, step)
            return
        fitted = self._train.smooth >= STILL_FITTED

        def has_closed(share: float) -> Callable[[float], bool]:
            return lambda score: fitted and self._gap(score) >= share

        full = _held(self._full, self._test, step, has_closed(ARRIVED))
        partial = _held(self._partial, self._test, step, has_closed(HALF))
        if full or self._full.lasts(step):
            self._arrive("grokked", self._full, step)
        elif (
            partial
            and self._arrived is None
            and _is_flat(self._test, LONG_SPAN, FLAT * (1 - self._base))
        ):
            self._arrive("partially_grokked", self._partial, step)

    def _arrive(self, kind: str, high: Hold, seen_at: float) -> None:
        self._arrived = self._rise(kind, high.since, seen_at)
        self._reached = HALF if self._arrived.kind == "partially_grokked" else ARRIVED
        self._confirm(self._arrived)

    def _rise(self, kind: str, end: float, seen_at: float, *, is_over: bool = True) -> Event:
        """Date the rise that was over at `end`; an undelayed one is no grokking."""
        crossing, shape = None, None
        if kind != "generalised":
            crossing, base = self._date_delayed(kind, is_over=is_over)
            shape = self._shape(base, end)
        if crossing is None or not self._is_delayed(crossing.step):
            kind, shape, crossing = "generalised", None, self._date_whole()
        start = self._rising_since if self._rising_since is not None else crossing.low
        return Event(
            kind,
            crossing.step,
            seen_at,
            crossing.low,
            crossing.high,
            rise=(min(start, end), end),
            shape=shape,
        )

    def _date_delayed(self, kind: str, *, is_over: bool) -> tuple[Crossing, float]:
        """Return when the test curve was half-way up from its plateau, and the plateau's level.

        The top of a rise that ended short has been seen. That of one that has arrived lies between
        what it has reached and perfect: it is dated at half-way to perfect, and the interval also
        holds half-way to a lower top. Of one that goes on nothing better is known than the middle
        between what it has reached and perfect. A test loss that rose above that of guessing began
        there, and the interval also holds half of guessing.
        """
        assert self._memorised is not None
        steps, scores = np.asarray(self._test.steps), np.asarray(self._test.scores)
        is_flat = is_over and kind == "partially_grokked"
        top = median(self._test.scores[-(LONG_EVALUATIONS if is_flat else EVALUATIONS) :])
        between = (top + 1) / 2
        tops = (top,) if is_flat else (1.0, between) if is_over else (between, top, 1.0)
        since = bisect_right(self._test.steps, self._memorised.step)
        base = plateau_level(scores[since:], self._base, top)
        levels = [low + HALF * (high - low) for low in (base, max(base, 0.0)) for high in tops]
        bounds = (min(levels), max(levels))
        error = self._error(base, top)
        return date_crossing(steps, scores, levels[0], error, between=bounds), base

    def _date_whole(self) -> Crossing:
        """Return when the test curve was half-way up from guessing."""
        steps, scores = np.asarray(self._test.steps), np.asarray(self._test.scores)
        base = self._floor(self._test)
        return date_crossing(steps, scores, base + HALF * (1 - base), self._error(base, 1.0))

    def _error(self, base: float, top: float) -> float:
        quiet = (base + RISING * (1 - base), base + 0.9 * (top - base))
        test_size = None if self._basis == "loss" else self._test_size
        return standard_error(np.asarray(self._test.scores), test_size, quiet)

    def _shape(self, base: float, end: float) -> str | None:
        assert self._memorised is not None
        steps, scores = np.asarray(self._test.steps), np.asarray(self._test.scores)
        return shape_of(steps, scores, base, self._memorised.step, end)

    def _is_delayed(self, arrival: float) -> bool:
        """Return whether a rise came clearly later than memorisation.

        A seldom evaluated training set was fitted somewhere between two evaluations: the middle of
        the two, on a log scale, is taken. The log must show that the test set was behind then: at
        least one evaluation of it lies between that and the rise.
        """
        if self._memorised is None:
            return False
        fitted = math.sqrt(max(self._memorised.low or 0.0, 1.0) * max(self._memorised.step, 1.0))
        before = bisect_left(self._test.steps, arrival) - 1
        was_behind = before >= 0 and self._test.steps[before] >= fitted
        return was_behind and arrival >= DELAYED * fitted

    # Losing it, and getting it back

    def _look_for_relapse(self, step: float) -> None:
        fitted = self._train.smooth >= STILL_FITTED

        def fell(score: float) -> bool:
            if self._base < HIGHEST_PLATEAU:
                return fitted and self._gap(score) < HALF * self._reached
            # There was no gap to close: most of what was known must be gone.
            return fitted and score < HALF

        if _held(self._relapse, self._test, step, fell):
            self._lose("relapsed", step)

    def _lose(self, kind: str, step: float) -> None:
        self._is_lost = True
        self._recovery = Hold()
        self._confirm(Event(kind, step, step))

    def _look_for_recovery(self, step: float) -> None:
        fitted = self._train.smooth >= STILL_FITTED

        def is_back(score: float) -> bool:
            if self._arrived and self._base < HIGHEST_PLATEAU:
                return fitted and self._gap(score) >= self._reached
            return fitted and (self._arrived is None or score >= TOGETHER)

        if _held(self._recovery, self._test, step, is_back):
            self._is_lost = False
            self._collapse, self._relapse = Hold(), Hold()
            self._confirm(Event("recovered", step, step))


def _held(hold: Hold, track: Track, step: float, holds: Callable[[float], bool]) -> bool:
    """Return whether the track's newest scores have met a condition for long."""
    return hold.update(step, holds(track.last), holds(track.smooth))


def _is_flat(track: Track, span: float, tolerance: float) -> bool:
    """Return whether a score has stayed where it is over a share of the step.

    The medians of the older and the newer half are compared, so that noise does not matter.
    """
    start = bisect_right(track.steps, track.steps[-1] / (1 + span))
    start = min(start, len(track.steps) - LONG_EVALUATIONS)
    recent = track.scores[start :: max((len(track.scores) - start) // FLAT_EVALUATIONS, 1)]
    half = len(recent) // 2
    return abs(median(recent[:half]) - median(recent[half:])) <= tolerance
