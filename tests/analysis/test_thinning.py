from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.thinning import RESOLUTION, Thinning


def picked_one_by_one(steps: np.ndarray) -> list[int]:
    picked: list[int] = []
    following = last = -np.inf
    for index, step in enumerate(steps):
        if step >= following or step < last:
            picked.append(index)
            following = step + RESOLUTION * (step - steps[0])
        last = step
    return picked


@pytest.mark.parametrize("pieces", [1, 2, 7, 500])
def test_what_is_picked_does_not_depend_on_the_pieces(pieces: int) -> None:
    """Dense, with ties, and begun again twice, once at the very start."""
    dense = np.round(np.linspace(50, 150, 20_000), 2)
    steps = np.concatenate([[60], dense, dense[5_000:] - 20])
    thinning, picked, start = Thinning(), list[int](), 0
    for piece in np.array_split(steps, pieces):
        picked += (start + thinning.pick(piece)).tolist()
        start += len(piece)
    assert picked == picked_one_by_one(steps)
    assert 10_000 < len(picked) < len(steps) - 10_000


def test_a_log_of_few_evaluations_keeps_all_and_none_of_none() -> None:
    assert Thinning().pick(np.arange(0.0, 3e5, 100)).tolist() == list(range(3000))
    assert Thinning().pick(np.empty(0)).tolist() == []
