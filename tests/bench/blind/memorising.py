"""Blind families that memorise, or learn nothing."""

from __future__ import annotations

import numpy as np
from bench.blind.curves import (
    bend,
    log_uniform,
    memorising,
    raised,
    ramp,
    spaced,
    stretched,
    wander,
    written,
)
from bench.blind.delayed import circuits
from bench.families import Case, Ideal, Truth

from grok_tui.analysis.verdict import Outcome
from grok_tui.arrays import FloatArray

# Memorising


def label_noise(draw: np.random.Generator) -> Case:
    """Memorises false labels after learning the true ones: the test curve peaks and falls."""
    last, clean = log_uniform(draw, 1000, 100_000), draw.uniform(0.6, 0.8)
    fast = stretched(0, last * draw.uniform(0.005, 0.02), 1)
    late = bend(last * draw.uniform(0.05, 0.1), last * draw.uniform(0.3, 0.6))
    peak, fall = clean + draw.uniform(-0.05, 0.03), draw.uniform(0.1, 0.35)

    def train(steps: FloatArray) -> FloatArray:
        return 0.1 + (clean - 0.1) * fast(steps) + (1 - clean) * late(steps)

    def test(steps: FloatArray) -> FloatArray:
        return 0.1 + (peak - 0.1) * fast(steps) - fall * late(steps)

    return written(draw, Ideal(train, test, Truth((Outcome.MEMORISED,)), last), 0.1)


def second_descent(draw: np.random.Generator) -> Case:
    """Double descent over epochs: the test curve falls, and regains less than 0.4 of its gap."""
    share, fitted = memorising(draw)
    last = fitted * draw.uniform(20, 80)
    peak, dip = draw.uniform(0.55, 0.75), draw.uniform(0.35, 0.5)
    gain = draw.uniform(0.15, 0.38) * (1 - dip)
    early, fall = stretched(0, fitted / 20, 1), bend(fitted * 0.2, fitted)
    back = bend(fitted * 2, last * 0.8)

    def test(steps: FloatArray) -> FloatArray:
        return 0.1 + (peak - 0.1) * early(steps) - (peak - dip) * fall(steps) + gain * back(steps)

    train = raised(0.1, 1, share)
    return written(draw, Ideal(train, test, Truth((Outcome.MEMORISED,)), last), 0.1)


def random_labels(draw: np.random.Generator) -> Case:
    """Fits random labels; the test curve wanders about chance."""
    share, fitted = memorising(draw)
    last, chance = fitted * draw.uniform(3, 200), float(draw.choice([0.1, 0.5]))
    drift = wander(draw, last, draw.uniform(0, 0.04))
    ideal = Ideal(
        raised(chance, 1, share),
        lambda steps: chance + drift(steps),
        Truth((Outcome.MEMORISED,)),
        last,
    )
    return written(draw, ideal, chance)


def creeping(draw: np.random.Generator) -> Case:
    """Memorises; the test curve climbs by less than a third of its gap, straight or as a root."""
    share, fitted = memorising(draw)
    last = fitted * draw.uniform(10, 200)
    base = draw.uniform(0.05, 0.5)
    gain, power = draw.uniform(0.1, 0.3) * (1 - base), draw.choice([0.5, 1.0])
    climb = ramp(fitted, last)
    ideal = Ideal(
        share,
        lambda steps: base * share(steps) + gain * climb(steps) ** power,
        Truth((Outcome.MEMORISED,)),
        last,
    )
    return written(draw, ideal)


def twenty_examples(draw: np.random.Generator) -> Case:
    """Memorises; a test set of twenty examples throws its accuracy about."""
    share, fitted = memorising(draw)
    level = draw.uniform(0.1, 0.45)
    last = fitted * draw.uniform(5, 100)
    ideal = Ideal(share, raised(0, level, share), Truth((Outcome.MEMORISED,)), last)
    return written(draw, ideal, size=20)


def weak_rule(draw: np.random.Generator) -> Case:
    """Two circuits of which the rule is too weak to outgrow weight decay."""
    train, test, last = circuits(draw, draw.uniform(0.04, 0.09))
    return written(draw, Ideal(train, test, Truth((Outcome.MEMORISED,)), last), 0.01)


def diverged(draw: np.random.Generator) -> Case:
    """Fits, then diverges: both curves stay at chance."""
    share, fitted = memorising(draw)
    last = fitted * draw.uniform(5, 60)
    lost, level = last * draw.uniform(0.35, 0.6), draw.uniform(0.3, 0.8)

    def alive(steps: FloatArray) -> FloatArray:
        return np.where(steps < lost, share(steps), 0)

    truth = Truth((Outcome.COLLAPSED,))
    return written(draw, Ideal(raised(0.1, 1, alive), raised(0.1, level, alive), truth, last), 0.1)


def frozen(draw: np.random.Generator) -> Case:
    """Metrics that never change by a digit."""
    level = float(draw.choice([0.0, 0.1, 0.5]))
    steps = spaced(draw, log_uniform(draw, 100, 100_000), int(log_uniform(draw, 20, 300)))
    values = np.full(len(steps), level)
    return Case("", steps, values, values.copy(), Truth((Outcome.NOT_FITTED,)))
