"""What this project relies on in plotext 5.3, and what makes 6 unusable."""

from __future__ import annotations

import importlib.metadata
import re

import numpy as np

from grok_tui.chart.plotext_backend import Stroke, draw

TICKS = [(0.0, "    0"), (1.0, "    1")]


def test_the_version_is_the_one_that_does_not_abort() -> None:
    assert importlib.metadata.version("plotext").startswith("5.3")


def test_not_a_number_interrupts_a_line() -> None:
    x = np.linspace(0, 1, 60)
    y = np.where((x > 0.4) & (x < 0.6), np.nan, 0.5)
    rows = draw([Stroke(x, y, 1)], TICKS, TICKS, 46, 8).split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", row)[6:] for row in rows]
    line = next(row for row in plain if re.search("[\u2801-\u28ff]", row))
    assert line[20] == " "
    assert line[2] != " " != line[-3]


def test_the_size_does_not_depend_on_the_terminal() -> None:
    rows = draw([], TICKS, TICKS, 300, 90).rstrip("\n").split("\n")
    assert len(rows) == 90


def test_the_left_margin_is_as_wide_as_the_labels() -> None:
    rows = draw([], TICKS, TICKS, 40, 8).split("\n")
    assert rows[0].startswith("    1┤")
    assert rows[-1 if rows[-1].strip() else -2].startswith("      ")
