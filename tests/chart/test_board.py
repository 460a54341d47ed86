from __future__ import annotations

from dataclasses import replace

import numpy as np
from support import grokking_rows

from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Verdict
from grok_tui.chart.board import Choices, Source, build


def source(last: int = 4000) -> Source:
    rows = [row for row in grokking_rows() if row[0] <= last]
    steps = np.array([step for step, _ in rows], dtype=float)
    curves = {name: Curve(steps, np.array([v[name] for _, v in rows])) for name in rows[0][1]}
    times = Curve(steps, 1e9 + steps / 10)
    verdict = Verdict(events=(Event("grokked", 790, 846, 731, 846),))
    return Source(curves, times, verdict, planned=4000)


def test_all_charts_share_the_axis_that_was_chosen() -> None:
    board = build(source(), Choices(keys=("loss", "accuracy"), across="time", log_x=False))
    assert [panel.key for panel in board.panels] == ["loss", "accuracy"]
    assert {panel.spec.x for panel in board.panels} == {board.look.x}
    assert board.look.x.is_time
    assert (board.look.x.low, board.look.x.high) == (0, 500)
    assert board.panels[0].spec.flags == (79.0,), "step 790 after 79 s"


def test_a_window_at_the_end_follows_new_data_and_another_one_does_not() -> None:
    choices = Choices(log_x=False, window=(800.0, 1000.0))
    before = build(source(1000), choices)
    assert before.window == (800, 1000)
    after = build(source(1200), choices, before)
    assert after.window is not None
    assert after.window[0] < 1200 <= after.window[1]
    away = replace(choices, window=(100.0, 200.0))
    assert build(source(1200), away, build(source(1000), away)).window == (100, 200)


def test_over_a_metric_that_falls_lines_are_paths() -> None:
    board = build(source(), Choices(across="complexity/mdl_bytes", log_x=False))
    assert all(panel.spec.is_path for panel in board.panels)


def test_a_run_without_data_has_empty_charts() -> None:
    board = build(Source(), Choices())
    assert [panel.key for panel in board.panels] == ["accuracy", "loss", "gap", "complexity"]
    assert len(board.steps) == 0


def test_the_cursor_stands_at_the_steps_of_the_longest_curve() -> None:
    given = source()
    sparse = Curve(np.array([7.0]), np.array([1.0]))
    more = replace(given, curves={**given.curves, "lr": sparse})
    assert build(more, Choices(keys=("lr", "loss"))).steps is given.curves["train/loss"].steps
