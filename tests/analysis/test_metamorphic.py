"""What changes nothing in a run changes nothing in what is said of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support import rise

from grok_tui import detect
from grok_tui.analysis.verdict import Outcome, Verdict

SEEDS = st.integers(0, 10**6)
MIDDLES = st.floats(300, 2500)
STEPS = np.arange(5.0, 6001, 5)
GUESSING = 4.6
"""Loss of guessing, in nats."""


def curves(seed: int, middle: float) -> tuple[np.ndarray, np.ndarray]:
    """A run that memorises near step 90 and groks at `middle`, as a test set of 500 shows it."""
    draw = np.random.default_rng(seed)
    train, test = rise(STEPS, 60), rise(STEPS, middle)
    return draw.binomial(2000, train) / 2000, draw.binomial(500, test) / 500


def grokked_at(verdict: Verdict, middle: float) -> None:
    assert verdict.outcome is Outcome.GROKKED
    assert verdict.grok is not None
    # Nineteen of twenty intervals hold the date: three standard errors of interpolation more do.
    assert verdict.grok.low * 0.98 <= middle <= verdict.grok.high * 1.02  # type: ignore[operator]


@settings(max_examples=12)
@given(seed=SEEDS, middle=MIDDLES, scale=st.sampled_from([0.01, 1000.0]))
def test_units_of_steps_and_scores(seed: int, middle: float, scale: float) -> None:
    train, test = curves(seed, middle)
    plain = detect(steps=STEPS * 1000, train=train, test=test)
    percent = detect(steps=STEPS * 1000, train=100 * train, test=100 * test)
    assert percent.outcome is plain.outcome
    assert [event.step for event in percent.events] == [event.step for event in plain.events]
    grokked_at(detect(steps=STEPS * scale * 1000, train=train, test=test), middle * scale * 1000)


@settings(max_examples=12)
@given(seed=SEEDS, middle=MIDDLES)
def test_rows_that_are_missing(seed: int, middle: float) -> None:
    train, test = curves(seed, middle)
    kept = np.random.default_rng(seed).random(len(STEPS)) < 0.5
    grokked_at(detect(steps=STEPS[kept], train=train[kept], test=test[kept]), middle)
    holes = np.where(kept, test, np.nan)
    grokked_at(detect(steps=STEPS, train=train, test=holes), middle)


@settings(max_examples=12)
@given(seed=SEEDS, middle=MIDDLES, offset=st.floats(0, 0.01))
def test_a_constant_in_the_loss(seed: int, middle: float, offset: float) -> None:
    """Of a hundredth of what guessing costs at most: beyond that, a floor is not fitting."""
    train, test = curves(seed, middle)
    losses = {
        "train": GUESSING * (1 - train + offset) + 1e-3,
        "test": GUESSING * (1 - test + offset) + 1e-3,
    }
    grokked_at(detect(steps=STEPS, metric="loss", **losses), middle)


@settings(max_examples=12)
@given(seed=SEEDS, cut=st.integers(1, len(STEPS)))
def test_a_shorter_log_tells_no_other_past(seed: int, cut: int) -> None:
    train, test = curves(seed, 1500)
    whole = detect(steps=STEPS, train=train, test=test)
    part = detect(steps=STEPS[:cut], train=train[:cut], test=test[:cut])
    certain = [event for event in part.events if not event.is_provisional]
    assert list(whole.events[: len(certain)]) == certain


def test_rows_in_another_order() -> None:
    train, test = curves(0, 1500)
    newest_first = detect(steps=STEPS[::-1], train=train[::-1], test=test[::-1])
    assert newest_first.to_json() == detect(steps=STEPS, train=train, test=test).to_json()
