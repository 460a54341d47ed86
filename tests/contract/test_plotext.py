"""What this project relies on in plotext 5.3, and what makes 6 unusable."""

from __future__ import annotations

import importlib.metadata
import re

import numpy as np
import plotext
from hypothesis import given, settings
from hypothesis import strategies as st

from grok_tui.chart.cells import Cells, braille, characters
from grok_tui.chart.plotext_backend import Stroke, draw

PLACES = st.lists(st.tuples(*[st.floats(0, 1) | st.just(np.nan)] * 2), min_size=1, max_size=9)
MARKERS = st.sampled_from(["braille", "*"])
TICKS = [(0.0, "    0"), (1.0, "    1")]


def test_the_version_is_the_one_that_does_not_abort() -> None:
    assert importlib.metadata.version("plotext").startswith("5.3")


def test_the_size_does_not_depend_on_the_terminal() -> None:
    rows = draw([], TICKS, TICKS, 300, 90).rstrip("\n").split("\n")
    assert len(rows) == 90


def test_the_left_margin_is_as_wide_as_the_labels() -> None:
    rows = draw([], TICKS, TICKS, 40, 8).split("\n")
    assert rows[0].startswith("    1┤")
    assert rows[-1 if rows[-1].strip() else -2].startswith("      ")


@settings(max_examples=40)
@given(
    PLACES, st.integers(2, 20), st.integers(2, 8), st.booleans(), st.sampled_from(["braille", "*"])
)
def test_cells_are_those_that_plotext_would_fill_by_itself(
    places: list[tuple[float, float]], columns: int, rows: int, is_line: bool, marker: str
) -> None:
    x, y = np.array(places).T
    if marker == "braille":
        cells = braille(x, y, columns, rows, is_line=is_line)
    else:
        cells = characters(x, y, columns, rows, marker, is_line=is_line)
    ours = [[" "] * columns for _ in range(rows)]
    for column, row, sign in zip(cells.columns, cells.rows, cells.signs, strict=True):
        ours[rows - 1 - row][column] = sign

    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(columns, rows)
    plotext.frame(False)
    plotext.xticks([])
    plotext.yticks([])
    plotext.xlim(0, 1)
    plotext.ylim(0, 1)
    put = plotext.plot if is_line else plotext.scatter
    put(x.tolist(), y.tolist(), marker=marker)
    theirs = re.sub(r"\x1b\[[0-9;]*m", "", plotext.build()).split("\n")[:rows]
    assert ["".join(row) for row in ours] == theirs


def test_cells_stand_where_they_should() -> None:
    text = draw([Stroke(Cells([0, 39], [0, 5], ["⡇", "x"]), 1)], TICKS, TICKS, 46, 8)
    rows = re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n")
    assert rows[5] == "    0┤⡇" + " " * 39
    assert rows[0] == "    1┤" + " " * 39 + "x"
