"""Shapes, dates and logs that the blind families are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from bench.families import FITTED, Case, Ideal, Truth, as_shown

from grok_tui.analysis.verdict import Outcome
from grok_tui.arrays import FloatArray

Curve: TypeAlias = Callable[[FloatArray], FloatArray]

# Shapes: growth from 0 to 1 over steps


def ramp(start: float, end: float) -> Curve:
    """Return a straight line in the step."""
    return lambda steps: np.clip((steps - start) / (end - start), 0, 1)


def bend(start: float, end: float) -> Curve:
    """Return half a cosine in the step."""
    return lambda steps: (1 - np.cos(np.pi * ramp(start, end)(steps))) / 2


def gompertz(half: float, scale: float) -> Curve:
    """Return growth that starts at once and ends slowly."""
    return lambda steps: np.exp(-math.log(2) * np.exp(-(steps - half) / scale))


def burst(half: float, scale: float) -> Curve:
    """Return growth that starts slowly and ends at once: an exponential that meets its ceiling."""
    return lambda steps: 1 - np.exp(-math.log(2) * np.exp(np.minimum((steps - half) / scale, 50.0)))


def stretched(start: float, scale: float, power: float) -> Curve:
    """Return a stretched (power < 1) or compressed exponential approach."""
    return lambda steps: 1 - np.exp(-((np.maximum(steps - start, 0) / scale) ** power))


def constant(level: float) -> Curve:
    """Return a flat curve."""
    return lambda steps: np.full(len(steps), level)


def raised(base: float, top: float, share: Curve) -> Curve:
    """Return growth between two levels."""
    return lambda steps: base + (top - base) * share(steps)


def wander(draw: np.random.Generator, last: float, size: float) -> Curve:
    """Return a random walk in log step that strays from 0 by at most `size`."""
    knots = np.linspace(0, math.log1p(last), 40)
    walk = np.cumsum(draw.normal(size=40))
    walk *= size / np.abs(walk).max()
    return lambda steps: np.interp(np.log1p(steps), knots, walk)


# Dates, measured on the noiseless curves


def fine(last: float) -> FloatArray:
    """Return steps that are close enough to date by."""
    return np.geomspace(0.5, last, 20_000)


def reached(steps: FloatArray, values: FloatArray, level: float) -> float:
    """Return the step from which values stay at a level or above it."""
    below = np.flatnonzero(values < level)
    return float(steps[below[-1] + 1]) if below.size else float(steps[0])


def fit_step(train: Curve, last: float) -> float:
    """Return the step at which the train curve has arrived, near 1 or near its own ceiling."""
    values = train(fine(last))
    return reached(fine(last), values, FITTED * values.max())


def delayed(test: Curve, plateau: float, fitted: float, last: float) -> Truth:
    """Return the truth of a test curve that leaves its plateau late and arrives."""
    steps = fine(last)
    seen = test(steps)
    closed = (seen - plateau) / (seen.max() - plateau)
    half, settled = reached(steps, closed, 0.5), reached(steps, closed, 0.8)
    return Truth((Outcome.GROKKED,), half, settled, fitted)


# Draws that families share


def log_uniform(draw: np.random.Generator, low: float, high: float) -> float:
    """Return a number that is as likely in each decade."""
    return float(np.exp(draw.uniform(math.log(low), math.log(high))))


def memorising(draw: np.random.Generator) -> tuple[Curve, float]:
    """Return a train share, and the step at which it is fitted."""
    scale = log_uniform(draw, 15, 1500)
    kind = draw.integers(4)
    if kind == 0:
        share = stretched(0, scale, draw.uniform(0.8, 2))
    elif kind == 1:
        share = gompertz(scale, scale * draw.uniform(0.2, 0.5))
    elif kind == 2:
        share = burst(scale, scale * draw.uniform(0.1, 0.2))
    else:
        share = ramp(0, scale)
    return share, fit_step(share, 20 * scale)


def late_share(draw: np.random.Generator, fitted: float) -> tuple[Curve, float]:
    """Return a delayed share of some shape, and a step by which it has arrived."""
    half = fitted * log_uniform(draw, 3, 60)
    kind = draw.integers(3)
    if kind == 0:
        width = half * draw.uniform(0.1, 0.6)
        return bend(half - width, half + width), half + width
    if kind == 1:
        scale = half * draw.uniform(0.03, 0.3)
        return gompertz(half, scale), half + 3.5 * scale
    scale = half * draw.uniform(0.03, 0.2)
    return burst(half, scale), half + 2 * scale


def delayed_ideal(
    draw: np.random.Generator, base: float, top: float = 1.0, chance: float = 0.0
) -> Ideal:
    """Return a run that memorises, rests on a plateau, and rises late."""
    share, fitted = memorising(draw)
    rise, arrived = late_share(draw, fitted)
    return late_ideal(draw, share, rise, arrived, (chance, base, top))


def late_ideal(
    draw: np.random.Generator,
    share: Curve,
    rise: Curve,
    arrived: float,
    levels: tuple[float, float, float],
) -> Ideal:
    """Return the run of a train share and a delayed share, for levels of chance, base and top."""
    chance, base, top = levels
    last = arrived * draw.uniform(1.4, 5)
    train = raised(chance, 1, share)

    def test(steps: FloatArray) -> FloatArray:
        return chance + (base - chance) * share(steps) + (top - base) * rise(steps)

    return Ideal(train, test, delayed(test, base, fit_step(train, last), last), last)


# From an ideal to a log


def spaced(draw: np.random.Generator, last: float, count: int) -> FloatArray:
    """Return evaluations: every epoch, log-spaced, dense then sparse, or irregular."""
    kind = draw.integers(4)
    if kind == 0:
        steps = np.linspace(0, last, count)
    elif kind == 1:
        steps = np.geomspace(1, last, count)
    elif kind == 2:
        often = last / draw.uniform(6, 30)
        steps = np.concatenate(
            [np.linspace(0, often, count // 2), np.linspace(often, last, count // 2)]
        )
    else:
        steps = np.cumsum(draw.exponential(size=count))
        steps *= last / steps[-1]
    return np.unique(np.round(steps))


def counted(draw: np.random.Generator, accuracy: FloatArray, size: int) -> FloatArray:
    """Return accuracies counted on a fixed set of so many examples: errors persist."""
    keeps = draw.uniform(0, 0.9)
    shocks = draw.normal(0, math.sqrt(1 - keeps**2), len(accuracy))
    error = np.empty(len(accuracy))
    state = float(draw.normal())
    for at, shock in enumerate(shocks.tolist()):
        state = keeps * state + shock
        error[at] = state
    accuracy = np.clip(accuracy, 0, 1)
    churn = draw.choice([0.0, 0.01, 0.02]) * 4 * accuracy * (1 - accuracy)
    noisy = accuracy + error * (np.sqrt(accuracy * (1 - accuracy) / size) + churn)
    return np.round(np.clip(noisy, 0, 1) * size) / size


def written(
    draw: np.random.Generator,
    ideal: Ideal,
    chance: float = 0.0,
    count: int | None = None,
    size: int | None = None,
) -> Case:
    """Draw the log of an ideal run: so many evaluations on so many test examples."""
    size = size or int(log_uniform(draw, 100, 20_000))
    steps = spaced(draw, ideal.last, count or int(log_uniform(draw, 60, 600)))
    test = counted(draw, ideal.test(steps), size)
    return Case(
        "",
        steps,
        counted(draw, ideal.train(steps), 2 * size),
        test,
        as_shown(ideal.truth, steps),
        chance=chance if draw.random() < 0.5 else None,
        test_size=size if draw.random() < 0.5 else None,
    )


def priced(draw: np.random.Generator, ideal: Ideal) -> Case:
    """Draw the log of a run whose curves are losses."""
    steps = spaced(draw, ideal.last, int(log_uniform(draw, 60, 600)))
    noise = draw.choice([0.01, 0.03, 0.06])
    train, test = (
        np.maximum(curve(steps), 1e-7) * np.exp(draw.normal(0, noise, len(steps)))
        for curve in (ideal.train, ideal.test)
    )
    return Case("", steps, train, test, as_shown(ideal.truth, steps), basis="loss")
