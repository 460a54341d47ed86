from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest

from grok_tui.analysis.phases import Phase, PhaseKind
from grok_tui.analysis.series import Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.entry import Entry
from grok_tui.chart.figure import Figure
from grok_tui.chart.palette import Role
from grok_tui.chart.panels import Panel
from grok_tui.chart.png import png
from grok_tui.chart.spec import ChartSpec, Line, Style
from grok_tui.chart.svg import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, svg

X, Y = Axis("log", 1.0, 1000.0), Axis("linear", 0.0, 1.0)
NUMBER = r"-?\d+(?:\.\d+)?"


def panel(values: list[float], style: Style = Style.SOLID, name: str = "test") -> Panel:
    steps = np.geomspace(1, 1000, len(values))
    curve = Curve(steps, np.array(values))
    line = Line(curve, Role.TEST, style)
    spec = ChartSpec((line,), X, Y, flags=(10.0,))
    return Panel("accuracy", "accuracy", (Entry(name, Role.TEST, style, curve),), spec)


def elements(figure: Figure, tag: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(svg(figure))
    return list(root.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def curve_of(figure: Figure) -> str:
    return next(
        p.get("d") or "" for p in elements(figure, "path") if p.get("stroke-width") == "1.6"
    )


def test_the_curve_lies_where_the_axes_say() -> None:
    corners = [
        (float(x), float(y))
        for x, y in re.findall(
            rf"[ML]({NUMBER}) ({NUMBER})", curve_of(Figure("t", (panel([0, 1]),)))
        )
    ]
    (first_x, first_y), (last_x, last_y) = corners[0], corners[-1]
    assert first_x == pytest.approx(LEFT, abs=1)
    assert last_x == pytest.approx(WIDTH - RIGHT, abs=1)
    assert first_y == pytest.approx(HEIGHT - BOTTOM, abs=0.1)
    assert last_y == pytest.approx(TOP, abs=1), "points stand in the middle of a pixel"


def test_not_a_number_interrupts_and_what_is_outside_is_cut() -> None:
    broken = curve_of(Figure("t", (panel([0.1, 0.2, float("nan"), 0.4, 0.5]),)))
    assert broken.count("M") == 2
    outside = curve_of(Figure("t", (panel([0.5, 5.0, 0.5]),)))
    heights = [float(y) for y in re.findall(rf"[ML]{NUMBER} ({NUMBER})", outside)]
    assert min(heights) >= TOP - 0.1


def test_pieces_that_meet_are_one_line_so_that_dashes_run_on() -> None:
    assert curve_of(Figure("t", (panel([0.5, 2.0, 0.5, 0.4, 0.3, 0.2]),))).count("M") <= 2


def test_restarts_and_branches_that_were_left_are_there() -> None:
    shown = panel([0.0, 1.0])
    left = Line(Curve(np.array([10.0, 100.0]), np.array([0.25, 0.25])), Role.RAW, Style.DOTTED)
    spec = replace(shown.spec, restarts=(100.0, 1e6), left=(left,))
    figure = Figure("run", (replace(shown, spec=spec),))
    assert [t.text for t in elements(figure, "text")].count("↻") == 1, "the other is not in view"
    dashed = [p for p in elements(figure, "path") if p.get("stroke-dasharray") == "4 3"]
    height = HEIGHT - BOTTOM - 0.25 * (HEIGHT - BOTTOM - TOP)
    assert any((p.get("d") or "").endswith(f" {height:.1f}") for p in dashed)


def test_flag_ribbon_and_caption_are_there() -> None:
    phases = (Phase(PhaseKind.FITTING, 0, 10), Phase(PhaseKind.RISING, 10, 1000))
    figure = Figure("run", (panel([0, 1]),), "grokked at 10", phases, has_grokked=True)
    texts = [element.text for element in elements(figure, "text")]
    for text in ("run", "accuracy", "test 1", "10", "fitting", "grokking", "grokked at 10"):
        assert text in texts
    rising = next(r for r in elements(figure, "rect") if r.get("fill") == "#F6E58D")
    third = LEFT + (WIDTH - LEFT - RIGHT) / 3
    assert float(rising.get("x") or 0) == pytest.approx(third, abs=1)


def test_hostile_names_stay_text() -> None:
    evil = '</text><script>alert(1)</script>&"'
    figure = Figure(evil, (panel([0, 1], name="<b>"),), evil)
    assert evil in [element.text for element in elements(figure, "text")]
    assert "<script" not in svg(figure)


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("values", [[], [0.5], [float("nan")] * 3, [float("inf"), 1e300, 0.5]])
def test_any_curve_is_drawn(values: list[float], style: Style) -> None:
    drawn = svg(Figure("t", (panel(values, style), panel(values), panel(values))))
    assert not re.search(r'="[^"]*nan', drawn), "no place is not-a-number"


def test_a_picture_is_made_of_it() -> None:
    pytest.importorskip("resvg_py", reason="needs pip install 'grok-tui[png]'")
    picture = png(svg(Figure("t", (panel([0, 1]),))))
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
