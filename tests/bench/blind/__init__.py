"""Labelled training curves that no threshold was tuned on: written without sight of the detector.

The curves follow mechanisms (straight ramps, Gompertz growth, stretched exponentials, two competing
circuits, slingshots, learning-rate schedules), not logistic curves in log step; their noise is
correlated in time, as that of a fixed test set is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from bench.blind.delayed import (
    commutative,
    drifting,
    dropout,
    few_examples,
    flickering,
    forgot,
    growth,
    halted,
    parity,
    seldom,
    slingshots,
    straight,
    tail,
    two_circuits,
)
from bench.blind.losses import (
    loss_peak,
    overconfident,
    regression,
    regression_learnt,
    regression_memorised,
)
from bench.blind.memorising import (
    creeping,
    diverged,
    frozen,
    label_noise,
    random_labels,
    second_descent,
    twenty_examples,
    weak_rule,
)
from bench.blind.ordinary import (
    cosine,
    finetuned,
    late_gain,
    rate_drop,
    side_by_side,
    stopped_early,
    underfits,
)
from bench.families import Case

GROKS = (
    straight,
    growth,
    tail,
    parity,
    commutative,
    drifting,
    dropout,
    flickering,
    seldom,
    slingshots,
    few_examples,
    two_circuits,
    loss_peak,
    regression,
)
ENDS_OTHERWISE = (halted, forgot)
NO_DELAYED_RISE = (
    cosine,
    rate_drop,
    late_gain,
    side_by_side,
    finetuned,
    underfits,
    stopped_early,
    label_noise,
    second_descent,
    random_labels,
    creeping,
    twenty_examples,
    weak_rule,
    diverged,
    frozen,
    regression_memorised,
    regression_learnt,
    overconfident,
)


def cases(count: int, seed: int) -> list[Case]:
    """Return `count` cases of each family."""
    draw = np.random.default_rng(seed)
    return [
        replace(maker(draw), family=maker.__name__)
        for maker in (*GROKS, *ENDS_OTHERWISE, *NO_DELAYED_RISE)
        for _ in range(count)
    ]
