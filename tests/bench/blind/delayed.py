"""Blind families with a delayed rise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from bench.blind.curves import (
    Curve,
    burst,
    delayed,
    delayed_ideal,
    fit_step,
    gompertz,
    late_ideal,
    log_uniform,
    memorising,
    raised,
    ramp,
    stretched,
    wander,
    written,
)
from bench.families import Case, Ideal, as_shown

from grok_tui.analysis.verdict import Outcome
from grok_tui.arrays import FloatArray

# Delayed rises


def straight(draw: np.random.Generator) -> Case:
    """Groks along a straight line in the step, which may be long."""
    share, fitted = memorising(draw)
    half = fitted * log_uniform(draw, 3, 60)
    width = half * draw.uniform(0.05, 0.6)
    base, top = draw.uniform(0.01, 0.3), draw.uniform(0.96, 1)
    rise = ramp(half - width, half + width)
    return written(draw, late_ideal(draw, share, rise, half + width, (0.01, base, top)), 0.01)


def growth(draw: np.random.Generator) -> Case:
    """Groks by Gompertz growth."""
    share, fitted = memorising(draw)
    half = fitted * log_uniform(draw, 3, 80)
    scale = half * draw.uniform(0.02, 0.3)
    levels = (0.01, draw.uniform(0.01, 0.2), draw.uniform(0.97, 1))
    rise = gompertz(half, scale)
    return written(draw, late_ideal(draw, share, rise, half + 4 * scale, levels), 0.01)


def tail(draw: np.random.Generator) -> Case:
    """Starts to rise at once and approaches the top by a stretched exponential."""
    share, fitted = memorising(draw)
    start = fitted * log_uniform(draw, 3, 30)
    scale, power = start * draw.uniform(0.05, 1.5), draw.uniform(0.55, 0.9)
    arrived = start + scale * math.log(50) ** (1 / power)
    levels = (0.1, draw.uniform(0.1, 0.2), 1.0)
    rise = stretched(start, scale, power)
    return written(draw, late_ideal(draw, share, rise, arrived, levels), 0.1)


def parity(draw: np.random.Generator) -> Case:
    """Groks a parity: chance one half, hidden progress that grows exponentially."""
    share, fitted = memorising(draw)
    half = fitted * log_uniform(draw, 3, 40)
    scale = half * draw.uniform(0.02, 0.2)
    rise = burst(half, scale)
    return written(draw, late_ideal(draw, share, rise, half + 2 * scale, (0.5, 0.5, 1.0)), 0.5)


def commutative(draw: np.random.Generator) -> Case:
    """Groks from a plateau at the share of test pairs whose mirror image was trained on."""
    return written(draw, delayed_ideal(draw, draw.uniform(0.25, 0.5), chance=0.01), 0.01)


def drifting(draw: np.random.Generator) -> Case:
    """Groks from a plateau that wanders as a random walk."""
    base = draw.uniform(0.12, 0.35)
    ideal = delayed_ideal(draw, base, chance=0.1)
    drift = wander(draw, ideal.last, draw.uniform(0.03, 0.08))

    def test(steps: FloatArray) -> FloatArray:
        clean = ideal.test(steps)
        return clean + drift(steps) * np.clip((1 - clean) / (1 - base), 0, 1)

    truth = delayed(test, base, ideal.truth.fitted, ideal.last)
    return written(draw, replace(ideal, test=test, truth=truth), 0.1)


def dropout(draw: np.random.Generator) -> Case:
    """Groks while dropout keeps the train accuracy of mini-batches near 0.97."""
    ideal = delayed_ideal(draw, draw.uniform(0.01, 0.25), draw.uniform(0.97, 1), 0.01)
    case = written(draw, ideal, 0.01)
    ceiling, batch = draw.uniform(0.965, 0.985), int(draw.choice([128, 256, 512]))
    return replace(case, train=draw.binomial(batch, ceiling * ideal.train(case.steps)) / batch)


def flickering(draw: np.random.Generator) -> Case:
    """Groks while train accuracy is that of a mini-batch, which misses an example at times."""
    ideal = delayed_ideal(draw, draw.uniform(0.01, 0.25), 1.0, 0.01)
    case = written(draw, ideal, 0.01)
    batch = int(draw.choice([32, 64, 128]))
    return replace(case, train=draw.binomial(batch, 0.995 * ideal.train(case.steps)) / batch)


def seldom(draw: np.random.Generator) -> Case:
    """Groks in a log that evaluates the test set three to ten times more seldom."""
    ideal = delayed_ideal(draw, draw.uniform(0.01, 0.3), draw.uniform(0.96, 1), 0.01)
    case = written(draw, ideal, 0.01, count=int(log_uniform(draw, 200, 1000)))
    seen = np.arange(len(case.steps)) % int(draw.integers(3, 11)) == 0
    test = np.where(seen, case.test, np.nan)
    return replace(case, test=test, truth=as_shown(ideal.truth, case.steps[seen]))


def slingshots(draw: np.random.Generator) -> Case:
    """Groks while train and test crash together at intervals and recover."""
    ideal = delayed_ideal(draw, draw.uniform(0.01, 0.2), 1.0, 0.01)
    period = ideal.last / draw.uniform(6, 20)
    first = max(ideal.truth.fitted, period)
    crashes = np.arange(first, 0.85 * ideal.last, period)
    depths = draw.uniform(0.2, 0.9, len(crashes))
    lasts = period * draw.uniform(0.01, 0.06)

    def spared(steps: FloatArray) -> FloatArray:
        since = steps[:, None] - crashes
        hits = np.where(since >= 0, depths * np.exp(-np.maximum(since, 0) / lasts), 0)
        return 1 - hits.max(axis=1)

    return written(
        draw,
        replace(
            ideal,
            train=lambda steps: ideal.train(steps) * spared(steps),
            test=lambda steps: ideal.test(steps) * spared(steps),
        ),
        0.01,
    )


def few_examples(draw: np.random.Generator) -> Case:
    """Groks on a test set of twenty examples."""
    return written(draw, delayed_ideal(draw, draw.uniform(0.1, 0.2), chance=0.1), 0.1, size=20)


def two_circuits(draw: np.random.Generator) -> Case:
    """Groks because a rule outgrows the memory of examples under weight decay."""
    train, test, last = circuits(draw, draw.uniform(0.3, 0.5))
    truth = delayed(test, 0.01, fit_step(train, last), last)
    return written(draw, Ideal(train, test, truth, last), 0.01)


def circuits(draw: np.random.Generator, strength: float) -> tuple[Curve, Curve, float]:
    """Return train and test accuracy of two circuits that share one softmax margin, and the end.

    Memory grows straight from the gradient; the rule, a product of two layers, grows in proportion
    to itself, `strength` times as fast for its weight. Weight decay shrinks both. Only the rule
    helps on test examples; memory adds a little noise to them.
    """
    classes, decay = draw.uniform(50, 150), log_uniform(draw, 0.004, 0.012)
    pace, every = draw.uniform(5, 100), 0.5
    memory, rule, rows = 0.0, 1e-3, []
    for _ in range(int(draw.uniform(8, 16) / decay / every)):
        rows.append((memory, rule))
        doubt = classes / (classes + math.exp(memory + rule))
        memory += every * (doubt - decay * memory)
        rule += every * 2 * rule * (strength * doubt - decay)
    memories, rules = np.array(rows).T
    times = pace * every * np.arange(len(rows))

    def accuracy(margins: FloatArray) -> Curve:
        share = 0.01 + 0.99 / (1 + np.exp(-(margins - 2) / 0.5))
        return lambda steps: np.interp(steps, times, share)

    return accuracy(memories + rules), accuracy(rules - 0.1 * memories), float(times[-1])


# Delayed rises that do not arrive, or do not last


def halted(draw: np.random.Generator) -> Case:
    """Rises late, closes 0.57 to 0.72 of its gap, and stays there."""
    base = draw.uniform(0.01, 0.2)
    top = base + draw.uniform(0.57, 0.72) * (1 - base)
    ideal = delayed_ideal(draw, base, top, 0.01)
    truth = replace(ideal.truth, outcomes=(Outcome.PARTIALLY_GROKKED,))
    return written(draw, replace(ideal, truth=truth, last=1.5 * ideal.last), 0.01)


def forgot(draw: np.random.Generator) -> Case:
    """Groks, then loses the test set, or both sets, in a few hundred steps and for good."""
    ideal = delayed_ideal(draw, draw.uniform(0.01, 0.2), 1.0, 0.01)
    start = ideal.last * draw.uniform(1, 1.3)
    kept = raised(1, 0.02, stretched(start, start * draw.uniform(0.01, 0.1), 1))
    train = ideal.train
    loses_both = draw.random() < 0.5
    return written(
        draw,
        Ideal(
            lambda steps: train(steps) * kept(steps) if loses_both else train(steps),
            lambda steps: ideal.test(steps) * kept(steps),
            replace(ideal.truth, outcomes=(Outcome.COLLAPSED,)),
            start * draw.uniform(2, 3),
        ),
        0.01,
    )
