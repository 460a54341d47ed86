from __future__ import annotations

import itertools

import numpy as np
import pytest

from grok_tui.analysis.importance import main_effects

PLACES = np.array(list(itertools.product(range(3), range(2))))


def test_an_axis_that_decides_all_explains_all() -> None:
    assert main_effects(PLACES, PLACES[:, 0] * 10.0).tolist() == pytest.approx([1.0, 0.0])


def test_two_axes_that_add_up_share_it() -> None:
    outcome = PLACES[:, 0] * 1.0 + PLACES[:, 1] * 2.0
    # Variances of 0, 1, 2 and of 0, 2: 2/3 and 1.
    assert main_effects(PLACES, outcome).tolist() == pytest.approx([0.4, 0.6])


def test_what_only_the_combination_decides_is_nobodys() -> None:
    places = np.array(list(itertools.product(range(2), range(2))))
    outcome = (places[:, 0] ^ places[:, 1]).astype(float)
    assert main_effects(places, outcome).tolist() == [0.0, 0.0]


def test_cells_without_a_number_are_left_out_and_equal_ones_explain_nothing() -> None:
    outcome = np.array([1.0, 1, 1, np.nan, 1, 1])
    assert main_effects(PLACES, outcome).tolist() == [0.0, 0.0]
    assert main_effects(PLACES, np.full(6, np.nan)).tolist() == [0.0, 0.0]
