"""Labelled training curves, made by formulas: the families that the thresholds were tuned on.

Each case has a noiseless truth; what a log would show is drawn from it: seldom, with the sampling
error of a test set, with gaps, spikes and a scale of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from grok_tui.analysis.verdict import Outcome
from grok_tui.arrays import FloatArray

FITTED = 0.98
"""Noiseless train accuracy that counts as memorised."""


@dataclass(frozen=True)
class Truth:
    """What a case really is."""

    outcomes: tuple[Outcome, ...]
    """Words that are right."""
    half: float | None = None
    """Step at which the noiseless test curve is half-way up its delayed rise."""
    settled: float | None = None
    """Step from which the noiseless test curve has closed 0.8 of its gap."""
    fitted: float = 0.0
    """Step from which the noiseless train accuracy counts as memorised, before a delayed rise."""


@dataclass(frozen=True)
class Case:
    """A log and its truth."""

    family: str
    steps: FloatArray
    train: FloatArray
    """Accuracies, or losses; not-a-number where nothing was evaluated."""
    test: FloatArray
    truth: Truth
    basis: str = "accuracy"
    chance: float | None = None
    """Accuracy of guessing, where the log tells it."""
    test_size: int | None = None


@dataclass(frozen=True)
class Ideal:
    """Noiseless curves over a fine grid of steps."""

    train: Callable[[FloatArray], FloatArray]
    test: Callable[[FloatArray], FloatArray]
    truth: Truth
    last: float
    """The step that the log ends at."""


def sigmoid(steps: FloatArray, middle: float, width: float) -> FloatArray:
    """Return a logistic rise from 0 to 1 in log step."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(np.log(np.maximum(steps, 0.3)) - np.log(middle)) / width))


def blend(low: float, high: float, share: FloatArray) -> FloatArray:
    """Return the values between two levels."""
    return low + (high - low) * share


# The ideal curves of each family


def _fit(draw: np.random.Generator, chance: float) -> tuple[Callable[..., FloatArray], float]:
    """Return a train curve and the step at which it is fitted."""
    middle, width = float(np.exp(draw.uniform(np.log(10), np.log(400)))), draw.uniform(0.08, 0.3)
    fitted = middle * np.exp(width * np.log((FITTED - chance) / (1 - FITTED)))
    return lambda steps: blend(chance, 1, sigmoid(steps, middle, width)), float(fitted)


def _delayed(
    draw: np.random.Generator, width: float, top: float, chance: float, lift: float = 0.3
) -> Ideal:
    """Return a delayed rise; the plateau lies up to `lift` above chance."""
    train, fitted = _fit(draw, chance)
    delay = draw.uniform(3, 60) * np.exp(2 * width)
    base = chance if draw.random() < 0.5 else min(chance + draw.uniform(0, lift), 0.6)
    half = fitted * delay
    settled = half * np.exp(width * np.log(4))
    return Ideal(
        train,
        lambda steps: (
            blend(chance, base, sigmoid(steps, fitted, 0.2))
            + (top - base) * sigmoid(steps, half, width)
        ),
        Truth((Outcome.GROKKED,), half, settled, fitted),
        settled * draw.uniform(1.8, 6),
    )


def sharp(draw: np.random.Generator, chance: float) -> Ideal:
    """Groks within a fifth of the step."""
    return _delayed(draw, draw.uniform(0.02, 0.1), 1.0, chance)


def gradual(draw: np.random.Generator, chance: float) -> Ideal:
    """Groks within more than half a decade."""
    return _delayed(draw, draw.uniform(0.25, 0.5), draw.uniform(0.96, 1.0), chance)


def low_ceiling(draw: np.random.Generator, chance: float) -> Ideal:
    """Groks to 0.89, as MNIST does."""
    return _delayed(draw, draw.uniform(0.1, 0.3), draw.uniform(0.88, 0.93), min(chance, 0.2), 0.1)


def staircase(draw: np.random.Generator, chance: float) -> Ideal:
    """Groks in two steps."""
    train, fitted = _fit(draw, chance)
    first = fitted * draw.uniform(4, 20)
    second = first * draw.uniform(2, 5)
    share, width = draw.uniform(0.3, 0.45), draw.uniform(0.05, 0.15)

    def test(steps: FloatArray) -> FloatArray:
        up = share * sigmoid(steps, first, width) + (1 - share) * sigmoid(steps, second, width)
        return blend(chance, 1, up)

    rest = (0.5 - share) / (1 - share)
    half = second * np.exp(width * np.log(rest / (1 - rest)))
    settled = second * np.exp(width * np.log(4))
    truth = Truth((Outcome.GROKKED,), float(half), float(settled), fitted)
    return Ideal(train, test, truth, settled * draw.uniform(1.8, 4))


def partial(draw: np.random.Generator, chance: float) -> Ideal:
    """Rises late and ends well short of the top."""
    top = blend(chance, 1, draw.uniform(0.62, 0.74))
    ideal = _delayed(draw, draw.uniform(0.05, 0.15), float(top), chance, 0)
    truth = replace(ideal.truth, outcomes=(Outcome.PARTIALLY_GROKKED,))
    return replace(ideal, truth=truth, last=ideal.last * 1.5)


def relapse(draw: np.random.Generator, chance: float) -> Ideal:
    """Groks and loses it again, for good."""
    ideal = _delayed(draw, draw.uniform(0.05, 0.15), 1.0, chance)
    assert ideal.truth.settled is not None
    lost = ideal.truth.settled * draw.uniform(2.5, 5)

    def test(steps: FloatArray) -> FloatArray:
        return blend(chance, 1, 0 * steps) + (ideal.test(steps) - chance) * (
            1 - sigmoid(steps, lost, 0.05)
        )

    truth = replace(ideal.truth, outcomes=(Outcome.COLLAPSED,))
    return replace(ideal, test=test, truth=truth, last=lost * 2)


def late(draw: np.random.Generator, chance: float) -> Ideal:
    """Groks shortly before the log ends."""
    ideal = _delayed(draw, draw.uniform(0.03, 0.08), 1.0, chance)
    assert ideal.truth.settled is not None
    return replace(ideal, last=ideal.truth.settled * draw.uniform(1.15, 1.4))


def never(draw: np.random.Generator, chance: float) -> Ideal:
    """Memorises, and no more."""
    train, fitted = _fit(draw, chance)
    level = chance + draw.uniform(0, 0.3) * (1 - chance)
    return Ideal(
        train,
        lambda steps: blend(chance, level, train(steps)),
        Truth((Outcome.MEMORISED,)),
        fitted * draw.uniform(5, 100),
    )


def overfit(draw: np.random.Generator, chance: float) -> Ideal:
    """An ordinary classifier: the test curve ends at 0.6 to 0.85 while training goes on to 1."""
    train, fitted = _fit(draw, chance)
    level = draw.uniform(max(0.6, chance + 0.15), 0.85)
    fades = draw.uniform(0, 0.1)
    return Ideal(
        train,
        lambda steps: (
            blend(chance, level, train(steps * 1.5)) * (1 - fades * sigmoid(steps, fitted * 3, 0.5))
        ),
        Truth((Outcome.MEMORISED,)),
        fitted * draw.uniform(3, 60),
    )


def together(draw: np.random.Generator, chance: float) -> Ideal:
    """Generalises while it fits."""
    train, fitted = _fit(draw, chance)
    lag = draw.uniform(0.9, 1.15)
    top = draw.uniform(0.95, 1.0)
    return Ideal(
        train,
        lambda steps: blend(chance, top, (train(steps / lag) - chance) / (1 - chance)),
        Truth((Outcome.GENERALISED,)),
        fitted * draw.uniform(3, 60),
    )


def slow(draw: np.random.Generator, chance: float) -> Ideal:
    """The test curve creeps up over the whole log and stays below one half of the gap."""
    train, fitted = _fit(draw, chance)
    last = fitted * draw.uniform(10, 100)
    rate = draw.uniform(0.2, 0.38) / np.log(last / fitted)
    return Ideal(
        train,
        lambda steps: chance + (1 - chance) * rate * np.log(np.maximum(steps / fitted, 1)),
        Truth((Outcome.MEMORISED,)),
        last,
    )


def train_collapse(draw: np.random.Generator, chance: float) -> Ideal:
    """Memorises, then loses everything."""
    ideal = never(draw, chance)
    lost = ideal.last * draw.uniform(0.3, 0.6)
    return replace(
        ideal,
        train=lambda steps: (
            blend(chance, 1, 0 * steps)
            + (ideal.train(steps) - chance) * (1 - sigmoid(steps, lost, 0.03))
        ),
        test=lambda steps: np.full(len(steps), chance),
        truth=Truth((Outcome.COLLAPSED,)),
    )


def not_fitted(draw: np.random.Generator, chance: float) -> Ideal:
    """Never fits its training set; the test curve follows."""
    train, fitted = _fit(draw, chance)
    top = draw.uniform(0.4, 0.8) * (1 - chance) + chance
    return Ideal(
        lambda steps: blend(chance, top, (train(steps) - chance) / (1 - chance)),
        lambda steps: blend(chance, top - 0.05, (train(steps) - chance) / (1 - chance)),
        Truth((Outcome.NOT_FITTED,)),
        fitted * draw.uniform(5, 50),
    )


def bump(draw: np.random.Generator, chance: float) -> Ideal:
    """A double descent: the test curve rises to less than one half and falls again."""
    train, fitted = _fit(draw, chance)
    at, height = fitted * draw.uniform(4, 20), draw.uniform(0.25, 0.42)

    def test(steps: FloatArray) -> FloatArray:
        up = sigmoid(steps, at, 0.15) * (1 - sigmoid(steps, at * 3, 0.15))
        return chance + (1 - chance) * height * up

    return Ideal(train, test, Truth((Outcome.MEMORISED,)), at * draw.uniform(6, 12))


def swapped(draw: np.random.Generator, chance: float) -> Ideal:
    """The columns of train and test were exchanged."""
    ideal = _delayed(draw, draw.uniform(0.05, 0.15), 1.0, chance)
    allowed = (Outcome.GENERALISED, Outcome.NOT_FITTED)
    return replace(ideal, train=ideal.test, test=ideal.train, truth=Truth(allowed))


def constant(draw: np.random.Generator, chance: float) -> Ideal:
    """Nothing is learnt."""
    return Ideal(
        lambda steps: np.full(len(steps), chance),
        lambda steps: np.full(len(steps), chance),
        Truth((Outcome.NOT_FITTED,)),
        draw.uniform(1e3, 1e5),
    )


POSITIVE = (sharp, gradual, low_ceiling, staircase, late)
OTHER = (partial, relapse)
NEGATIVE = (
    never,
    overfit,
    together,
    slow,
    train_collapse,
    not_fitted,
    bump,
    swapped,
    constant,
)
SLINGSHOT, NOISE = "slingshot", "noise"


# From an ideal to a log


def grid(draw: np.random.Generator, last: float, counts: tuple[int, int]) -> FloatArray:
    """Return the steps of a log's evaluations: linear, log-spaced, or dense first."""
    count = int(np.exp(draw.uniform(*np.log(counts))))
    kind = draw.choice(["linear", "log", "mixed"])
    if kind == "linear":
        steps = np.linspace(0, last, count)
    elif kind == "log":
        steps = np.geomspace(1, last, count)
    else:
        dense = np.linspace(0, min(64, last / 4), count // 2)
        steps = np.concatenate([dense, np.geomspace(dense[-1] + 1, last, count)])
    return np.unique(np.round(steps))


def observe(
    draw: np.random.Generator,
    family: str,
    ideal: Ideal,
    chance: float,
    counts: tuple[int, int] = (60, 400),
) -> Case:
    """Draw what a log of an ideal run holds, with so many evaluations."""
    steps = grid(draw, ideal.last, counts)
    size = int(np.exp(draw.uniform(np.log(200), np.log(9000))))
    extra = draw.choice([0.0, 0.01, 0.03])
    train = _sampled(draw, ideal.train(steps), 4 * size, extra / 3)
    test = _sampled(draw, ideal.test(steps), size, extra)
    if family == SLINGSHOT:
        _blips(draw, train, test, chance)
    if draw.random() < 0.3:
        hit = draw.random(len(steps)) < 0.02
        train[hit] = np.minimum(train[hit], draw.uniform(chance, 1, hit.sum()))
        test[hit] = np.minimum(test[hit], draw.uniform(chance, 1, hit.sum()))
    if draw.random() < 0.3:
        train[draw.random(len(steps)) < 0.25] = np.nan
        test[draw.random(len(steps)) < 0.25] = np.nan
    return Case(
        family,
        steps,
        train,
        test,
        as_shown(ideal.truth, steps[np.isfinite(test)]),
        chance=chance if draw.random() < 0.5 else None,
        test_size=size if draw.random() < 0.5 else None,
    )


def as_shown(truth: Truth, steps: FloatArray) -> Truth:
    """Return the truth of a log, which shows no delay where nothing was evaluated during it."""
    if truth.half is None:
        return truth
    delay = np.count_nonzero((steps > truth.fitted) & (steps < 0.9 * truth.half))
    if delay >= 2:
        return truth
    return replace(truth, outcomes=(*truth.outcomes, Outcome.GENERALISED))


def _sampled(
    draw: np.random.Generator, accuracy: FloatArray, size: int, extra: float
) -> FloatArray:
    """Return accuracies counted on so many examples; noise is small where accuracy is extreme."""
    wobble = draw.normal(0, extra, len(accuracy)) * 4 * accuracy * (1 - accuracy)
    share = np.clip(accuracy + wobble, 0, 1)
    return draw.binomial(size, share) / size


def _blips(draw: np.random.Generator, train: FloatArray, test: FloatArray, chance: float) -> None:
    """Let the test curve jump up for one or two evaluations, and the train curve down after it."""
    places = np.arange(len(test) // 2, len(test) - 5, 6)
    for at in draw.choice(places, min(4, len(places)), replace=False).tolist():
        test[at : at + int(draw.integers(1, 3))] = draw.uniform(0.85, 1.0)
        train[at + 2] = draw.uniform(chance, 0.9)


def as_loss(draw: np.random.Generator, case: Case, overfits: float) -> Case:
    """Return the case as a log of losses.

    A share of what is not known costs what guessing costs; an overfitted network is sure of its
    errors, and pays `overfits` times as much again for those on the test set.
    """
    guess = float(draw.uniform(2, 5))

    def loss(accuracy: FloatArray, low: float, times: FloatArray | float) -> FloatArray:
        start = float(np.nanmin(accuracy))
        unknown = np.clip((1 - accuracy) / max(1 - start, 0.1), 0, 1)
        return (guess * unknown * times + low) * np.exp(draw.normal(0, 0.05, len(accuracy)))

    dearer = 1 + overfits * np.nan_to_num(case.train) ** 4
    return replace(
        case,
        family=f"{case.family}, losses",
        train=loss(case.train, 1e-3, 1.0),
        test=loss(case.test, 1e-2, dearer),
        basis="loss",
        chance=None,
    )


def sparsely(draw: np.random.Generator, ideal: Ideal) -> Ideal:
    """Return an ideal run that goes on for long enough to be seen by a dozen evaluations."""
    return replace(ideal, last=ideal.last * draw.uniform(2, 4))


def cases(count: int, seed: int) -> list[Case]:
    """Return `count` cases of each family."""
    draw = np.random.default_rng(seed)
    made = []
    for maker in (*POSITIVE, *OTHER, *NEGATIVE):
        for _ in range(count):
            chance = float(draw.choice([0.0, 0.01, 0.1, 0.5]))
            made.append(observe(draw, maker.__name__, maker(draw, chance), chance))
    for _ in range(count):
        chance = float(draw.choice([0.0, 0.01, 0.1]))
        made.append(observe(draw, SLINGSHOT, never(draw, chance), chance))
    for maker in (sharp, gradual, never, together, not_fitted):
        for _ in range(count):
            overfits = 0.0 if maker in (together, not_fitted) else float(draw.uniform(0, 3))
            case = observe(draw, maker.__name__, maker(draw, 0.01), 0.01)
            made.append(as_loss(draw, case, overfits))
    for maker in (sharp, gradual, never, together):
        for _ in range(count):
            ideal = sparsely(draw, maker(draw, 0.01))
            name = f"{maker.__name__}, a dozen rows"
            made.append(observe(draw, name, ideal, 0.01, (10, 16)))
    return made
