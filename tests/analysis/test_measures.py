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
