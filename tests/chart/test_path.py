from __future__ import annotations

import numpy as np

from grok_tui.chart.path import thinned_path


def test_a_long_path_keeps_its_extremes_and_its_way() -> None:
    angle = np.linspace(0, 6 * np.pi, 100_000)
    x, y = 0.5 + 0.4 * np.cos(angle), 0.5 + 0.4 * np.sin(angle)
    y[70_000] = 3.0
    thin_x, thin_y = thinned_path(x, y, 100)
    assert len(thin_x) <= 600
    assert thin_y.max() == 3.0
    assert (thin_x[0], thin_x[-1]) == (x[0], x[-1])
    # Three rounds stay three rounds: x passes its middle six times.
    assert np.count_nonzero(np.diff(np.sign(thin_x - 0.5))) == 6


def test_a_gap_interrupts_it() -> None:
    x = np.linspace(0, 1, 10_000)
    y = x.copy()
    y[5000] = np.nan
    assert np.isnan(thinned_path(x, y, 50)[1]).sum() == 1


def test_a_short_path_stays_as_it_is() -> None:
    x = np.array([0.1, np.nan, 0.3])
    assert thinned_path(x, x, 50)[0] is x
