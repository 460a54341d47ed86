from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support import wait_until

from grok_tui.analysis.series import Curve
from grok_tui.chart.axis import Axis
from grok_tui.chart.draw import Sketch, paint
from grok_tui.chart.palette import Role
from grok_tui.chart.raster import Raster
from grok_tui.chart.renderer import Renderer, Request
from grok_tui.chart.spec import ChartSpec, Line

SPEC = ChartSpec((), Axis("log", 1, 100), Axis("linear", 0, 1))


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    renderer.start()
    yield renderer
    renderer.stop()


def test_charts_are_drawn_in_another_thread(renderer: Renderer) -> None:
    drawn: list[tuple[Raster, str]] = []

    def done(raster: Raster) -> None:
        drawn.append((raster, threading.current_thread().name))

    renderer.submit("a", Request(SPEC, 40, 8, done))
    wait_until(lambda: drawn, "the chart is drawn")
    assert len(drawn[0][0].rows) == 8
    assert drawn[0][1] == "charts"


def test_a_chart_that_cannot_be_drawn_ends_nothing(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    drawn: list[Raster] = []
    with monkeypatch.context() as patched:
        patched.setattr("grok_tui.chart.renderer.paint", fail)
        renderer.submit("a", Request(SPEC, 40, 8, drawn.append))
        wait_until(lambda: drawn, "something is shown in its place")
    assert "cannot be drawn" in drawn[0].to_text(colour=False)[0]
    renderer.submit("b", Request(SPEC, 40, 8, drawn.append))
    wait_until(lambda: len(drawn) == 2, "the next one is drawn")
    assert "cannot" not in drawn[1].to_text(colour=False)[0]


def test_of_many_requests_under_one_key_the_last_counts(renderer: Renderer) -> None:
    heights: list[int] = []
    blocked = threading.Event()
    renderer.submit("other", Request(SPEC, 40, 8, lambda _: blocked.wait(5)))
    for height in range(6, 12):
        renderer.submit("a", Request(SPEC, 40, height, lambda r: heights.append(len(r.rows))))
    blocked.set()
    wait_until(lambda: 11 in heights, "the last request is drawn")
    assert len(heights) <= 2


def test_a_chart_that_looks_the_same_is_not_painted_again(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[Sketch] = []

    def counted(sketched: Sketch) -> Raster:
        painted.append(sketched)
        return paint(sketched)

    monkeypatch.setattr("grok_tui.chart.renderer.paint", counted)
    low = replace(SPEC, lines=(Line(Curve(np.array([1.0, 9.0]), np.array([0.2, 0.2])), Role.TEST),))
    higher = Line(Curve(np.array([1.0, 9.0]), np.array([0.2, 0.9])), Role.TEST)
    drawn: list[Raster] = []
    for number, spec in enumerate((low, replace(low), replace(low, lines=(higher,)), low)):
        renderer.submit("a", Request(spec, 40, 8, drawn.append))
        wait_until(partial(lambda n: len(drawn) > n, number), "the chart is drawn")
    assert drawn[1] == drawn[0] == drawn[3] != drawn[2]
    assert len(painted) == 3
