from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.measures import MEASURES, Measure, measures_of
from grok_tui.analysis.series import EMPTY, Curve


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_each_is_explained_in_four_lines_that_fit_a_small_screen(measure: Measure) -> None:
    lines = measure.about.splitlines()
    assert len(lines) <= 4
    assert max(map(len, lines)) <= 80
    assert measure.about.endswith(".")


def test_a_run_has_the_measures_that_it_has_values_of() -> None:
    curve = Curve(np.array([1.0]), np.array([2.0]))
    curves = {"complexity/stable_rank": curve, "complexity/mdl_bytes": EMPTY, "train/loss": curve}
    assert [measure.name for measure in measures_of(curves)] == ["stable rank"]


def test_names_are_all_different() -> None:
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)


def test_the_slope_of_the_norm_is_made_of_the_norm() -> None:
    norm = Curve(np.array([0.0, 500, 1000]), np.exp(-np.array([0.0, 1, 2])))
    slope = next(m for m in measures_of({"complexity/weight_norm": norm}) if m.derive)
    curve = slope.curve({"complexity/weight_norm": norm})
    assert curve.values.tolist() == [pytest.approx(-4), pytest.approx(-4)]


def test_the_parts_of_a_measure_are_told_by_their_names() -> None:
    def point(value: float) -> Curve:
        return Curve(np.array([1.0]), np.array([value]))

    rank = next(m for m in MEASURES if m.column == "complexity/effective_rank")
    curves = {
        "complexity/effective_rank": point(5),
        "complexity/effective_rank/readout": point(3),
        "complexity/stable_rank/readout": point(2),
    }
    assert rank.parts(curves) == {"readout": 3}
