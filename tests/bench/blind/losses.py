"""Blind families whose logs hold losses."""

from __future__ import annotations

import numpy as np
from bench.blind.curves import (
    delayed,
    late_share,
    log_uniform,
    memorising,
    priced,
    raised,
    ramp,
    stretched,
    wander,
)
from bench.families import Case, Ideal, Truth

from grok_tui.analysis.verdict import Outcome
from grok_tui.arrays import FloatArray

# Losses


def loss_peak(draw: np.random.Generator) -> Case:
    """Loss alone: climbs to two to six times that of guessing while memorising, and falls late."""
    share, fitted = memorising(draw)
    rise, arrived = late_share(draw, fitted)
    guess, floor = draw.uniform(1.5, 5), log_uniform(draw, 1e-3, 3e-2)
    peak, last = guess * draw.uniform(2, 6), arrived * draw.uniform(1.4, 4)
    climb = stretched(0, fitted / 3, draw.uniform(1, 2))
    train = raised(guess, log_uniform(draw, 1e-5, 1e-2), share)

    def test(steps: FloatArray) -> FloatArray:
        return floor + (guess + (peak - guess) * climb(steps) - floor) * (1 - rise(steps))

    def gain(steps: FloatArray) -> FloatArray:
        return -test(steps)

    truth = delayed(gain, -peak, fitted, last)
    return priced(draw, Ideal(train, test, truth, last))


def regression(draw: np.random.Generator) -> Case:
    """Squared error: the test set rests at the variance of its targets, then falls to the noise."""
    share, fitted = memorising(draw)
    rise, arrived = late_share(draw, fitted)
    variance, last = log_uniform(draw, 0.01, 100), arrived * draw.uniform(1.4, 4)
    plateau, floor = variance * draw.uniform(0.8, 1.2), variance * log_uniform(draw, 1e-3, 0.03)
    truth = delayed(raised(-plateau, -floor, rise), -plateau, fitted, last)
    train, test = raised(variance, floor / 3, share), raised(plateau, floor, rise)
    return priced(draw, Ideal(train, test, truth, last))


def regression_memorised(draw: np.random.Generator) -> Case:
    """Squared error: the test set stays near the variance of its targets."""
    share, fitted = memorising(draw)
    variance = log_uniform(draw, 0.01, 100)
    last = fitted * draw.uniform(5, 100)
    drift = wander(draw, last, 0.08)
    ideal = Ideal(
        raised(variance, variance * 1e-3, share),
        lambda steps: variance * (1 + drift(steps)),
        Truth((Outcome.MEMORISED,)),
        last,
    )
    return priced(draw, ideal)


def regression_learnt(draw: np.random.Generator) -> Case:
    """Squared error: both sets fall together to the noise."""
    share, fitted = memorising(draw)
    variance = log_uniform(draw, 0.01, 100)
    floor = variance * log_uniform(draw, 1e-3, 0.02)
    ideal = Ideal(
        raised(variance, floor, share),
        raised(variance, floor * draw.uniform(1.1, 2), share),
        Truth((Outcome.GENERALISED,)),
        fitted * draw.uniform(5, 60),
    )
    return priced(draw, ideal)


def overconfident(draw: np.random.Generator) -> Case:
    """Loss alone: the test loss falls a little, then climbs for as long as training lasts."""
    share, fitted = memorising(draw)
    guess, last = draw.uniform(1.5, 5), fitted * draw.uniform(5, 60)
    early, climb = stretched(0, fitted / 15, 1), ramp(fitted / 4, last)
    drop, gain, power = draw.uniform(0.2, 0.45), draw.uniform(0.5, 2.5), draw.uniform(0.3, 1)
    ideal = Ideal(
        raised(guess, 1e-3, share),
        lambda steps: guess * (1 - drop * early(steps) + gain * climb(steps) ** power),
        Truth((Outcome.MEMORISED,)),
        last,
    )
    return priced(draw, ideal)
