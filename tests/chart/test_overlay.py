from __future__ import annotations

import numpy as np
import pytest

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.draw import MARGIN, draw
from grok_tui.chart.overlay import SHADE, Strand, lettered, look, overlay_panel, pictured, x_axis
from grok_tui.chart.plotext_backend import AXIS_ROWS
from grok_tui.chart.spec import ChartSpec

STEPS = np.arange(1.0, 101.0)
X = Axis("linear", 0.0, 100.0)


def strand(number: int, curve: Curve, band: tuple[Curve, Curve] | None = None) -> Strand:
    return Strand("ABCDEFGHIJKL"[number], curve, *look(number), band)


def drawn(strands: list[Strand], width: int = 80, height: int = 20) -> list[str]:
    spec: ChartSpec = overlay_panel("k", "test accuracy", strands, X).spec
    raster = lettered(draw(spec, width, height), spec, strands)
    return raster.to_text(colour=False)


def flat(value: float) -> Curve:
    return Curve(STEPS, np.full(len(STEPS), value))


def test_twelve_lines_look_different_or_have_other_letters() -> None:
    assert len({look(number) for number in range(12)}) == 12


def test_each_line_has_its_letters_where_it_runs() -> None:
    lines = drawn([strand(0, flat(0.9)), strand(1, flat(0.1))])
    rows = {letter: {n for n, line in enumerate(lines) if letter in line} for letter in "AB"}
    assert len(rows["A"]) == len(rows["B"]) == 1
    assert min(rows["A"]) < 4
    assert min(rows["B"]) > 13


def test_steep_lines_have_their_letter_on_the_rise() -> None:
    rises = [Curve(STEPS, (at < STEPS).astype(float)) for at in (30, 50, 70)]
    lines = drawn([strand(number, rise) for number, rise in enumerate(rises)])
    middle = "".join(line[MARGIN:] for line in lines[4:14])
    assert [middle.count(letter) for letter in "ABC"] == [1, 1, 1]


def test_lines_that_end_together_keep_their_letters() -> None:
    lines = drawn([strand(number, flat(0.5)) for number in range(12)])
    assert all(letter in "".join(lines) for letter in "ABCDEFGHIJKL")


def test_a_band_is_shaded_between_its_ends_and_hides_no_line() -> None:
    middle = strand(0, flat(0.5), (flat(0.3), flat(0.7)))
    lines = drawn([middle])
    shaded = [n for n, line in enumerate(lines) if SHADE in line or "A" in line]
    assert shaded == list(range(min(shaded), max(shaded) + 1))
    assert 0.25 < len(shaded) / (len(lines) - AXIS_ROWS) < 0.55
    without = drawn([strand(0, flat(0.5))])
    hidden = [
        (a, b)
        for x, y in zip(without, lines, strict=True)
        for a, b in zip(x, y, strict=False)
        if a not in (" ", b)
    ]
    assert hidden == []


def test_a_picture_has_both_ends_of_a_band() -> None:
    middle = strand(0, flat(0.5), (flat(0.3), flat(0.7)))
    panel = overlay_panel("k", "test accuracy", [middle], X)
    assert [line.curve.values[0] for line in pictured(panel, [middle]).spec.left] == [0.3, 0.7]


@pytest.mark.parametrize(("width", "height"), [(0, 0), (5, 2), (13, 3), (14, 4), (300, 80)])
def test_every_size_can_be_drawn(width: int, height: int) -> None:
    assert len(drawn([strand(0, flat(0.5)), strand(1, EMPTY)], width, height)) == height


def test_what_is_not_finite_or_not_in_view_has_no_letter() -> None:
    outside = Curve(STEPS + 1000, np.ones(len(STEPS)))
    nothing = Curve(STEPS, np.full(len(STEPS), np.nan))
    assert not {"A", "B"} & set("".join(drawn([strand(0, outside), strand(1, nothing)])))


@pytest.mark.parametrize("log", [True, False])
def test_the_axis_has_room_for_all_lines(log: bool) -> None:
    curves = [Curve(np.array([0.5, 7.0]), np.zeros(2)), Curve(np.array([3.0, 130.0]), np.zeros(2))]
    axis = x_axis(curves, log=log, from_one=False)
    places = axis.unit(np.array([0.5, 130.0]))
    assert ((places >= 0) & (places <= 1)).all()
    assert x_axis([EMPTY], log=log, from_one=True).low in (0.0, 1.0)
    assert x_axis([], log=True, from_one=True).low == 1.0
