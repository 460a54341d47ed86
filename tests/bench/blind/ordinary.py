"""Blind families of ordinary training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from bench.blind.curves import (
    bend,
    counted,
    fit_step,
    late_ideal,
    log_uniform,
    memorising,
    raised,
    stretched,
    written,
)
from bench.families import Case, Ideal, Truth

from grok_tui.analysis.verdict import Outcome
from grok_tui.arrays import FloatArray

# Ordinary training


def cosine(draw: np.random.Generator) -> Case:
    """An ordinary classifier whose train and test accuracy end together as the rate is annealed."""
    last, early = log_uniform(draw, 1000, 100_000), draw.uniform(0.75, 0.9)
    top = draw.uniform(0.6, 0.93)
    fast, anneal = stretched(0, last * draw.uniform(0.01, 0.05), 0.7), bend(0, 0.8 * last)

    def train(steps: FloatArray) -> FloatArray:
        return 0.1 + 0.9 * (early * fast(steps) + (1 - early) * anneal(steps))

    def test(steps: FloatArray) -> FloatArray:
        return 0.1 + (top - 0.1) * (train(steps) - 0.1) / 0.9

    # 0.9 is where the words divide: from 0.85 on either is right.
    words = (Outcome.MEMORISED, Outcome.GENERALISED)[: 1 + (top > 0.85)]
    return written(draw, Ideal(train, test, Truth(words), last), 0.1)


def rate_drop(draw: np.random.Generator) -> Case:
    """Train and test leap together where the learning rate is divided by ten."""
    last = log_uniform(draw, 1000, 100_000)
    drop = last * draw.uniform(0.3, 0.6)
    fast, leap = stretched(0, last * 0.03, 0.8), stretched(drop, last * 0.01, 1)
    low, top = draw.uniform(0.78, 0.88), draw.uniform(0.94, 0.98)

    def train(steps: FloatArray) -> FloatArray:
        return 0.1 + (low - 0.1) * fast(steps) + (1 - low) * leap(steps)

    def test(steps: FloatArray) -> FloatArray:
        return 0.1 + (low - 0.15) * fast(steps) + (top - low + 0.05) * leap(steps)

    return written(draw, Ideal(train, test, Truth((Outcome.GENERALISED,)), last), 0.1)


def late_gain(draw: np.random.Generator) -> Case:
    """Averaged weights lift the test curve late by a quarter of its gap or less."""
    share, fitted = memorising(draw)
    base = draw.uniform(0.5, 0.75)
    top = base + draw.uniform(0.08, 0.25) * (1 - base)
    leap = fitted * draw.uniform(3, 10)
    rise = stretched(leap, leap * 0.03, 1)
    ideal = late_ideal(draw, share, rise, leap * 1.2, (0.1, base, top))
    return written(draw, replace(ideal, truth=Truth((Outcome.MEMORISED,))), 0.1)


def side_by_side(draw: np.random.Generator) -> Case:
    """Generalises while it fits, by saturating exponentials."""
    scale, power = log_uniform(draw, 20, 5000), draw.uniform(0.8, 1.5)
    train = raised(0.1, 1, stretched(0, scale, power))
    lag = draw.uniform(1.0, 1.25)
    test = raised(0.1, draw.uniform(0.95, 1), stretched(0, scale * lag, power))
    last = fit_step(train, 20 * scale) * draw.uniform(3, 60)
    return written(draw, Ideal(train, test, Truth((Outcome.GENERALISED,)), last), 0.1)


def finetuned(draw: np.random.Generator) -> Case:
    """Starts from trained weights: both curves begin high and end higher."""
    share, fitted = memorising(draw)
    start = draw.uniform(0.82, 0.9)
    train, test = raised(start, 1, share), raised(start, draw.uniform(0.94, 0.98), share)
    last = fitted * draw.uniform(3, 30)
    return written(draw, Ideal(train, test, Truth((Outcome.GENERALISED,)), last), 0.1)


def underfits(draw: np.random.Generator) -> Case:
    """Train accuracy stays low; with strong augmentation the test curve lies above it."""
    share, fitted = memorising(draw)
    top = draw.uniform(0.4, 0.8)
    test_top = top + draw.uniform(-0.1, 0.06)
    ideal = Ideal(
        raised(0.1, top, share),
        raised(0.1, test_top, share),
        Truth((Outcome.NOT_FITTED,)),
        fitted * draw.uniform(3, 60),
    )
    return written(draw, ideal, 0.1)


def stopped_early(draw: np.random.Generator) -> Case:
    """Five to twenty epochs: stopped before the training set was fitted, or once it was."""
    epochs = int(draw.integers(5, 21))
    fits = draw.random() < 0.5
    rate = epochs / (draw.uniform(8, 12) if fits else 3)
    train = raised(0.1, 1.0 if fits else draw.uniform(0.7, 0.86), stretched(0, rate, 1))
    test = raised(0.1, draw.uniform(0.55, 0.68), stretched(0, rate / 2, 1))
    steps = np.arange(1.0, epochs + 1)
    size = int(log_uniform(draw, 500, 10_000))
    word = Outcome.MEMORISED if fits else Outcome.NOT_FITTED
    return Case(
        "",
        steps,
        counted(draw, train(steps), 5 * size),
        counted(draw, test(steps), size),
        Truth((word,)),
        test_size=size if draw.random() < 0.5 else None,
    )


# Memorising
