from __future__ import annotations

import numpy as np
import pytest
from support import grokking_rows

from grok_tui.analysis.measures import MEASURES, ROBUSTNESS, Measure
from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Verdict
from grok_tui.chart.axis import Axis
from grok_tui.chart.panels import run_axis, run_panels


def curves() -> dict[str, Curve]:
    rows = grokking_rows()
    steps = np.array([step for step, _ in rows], dtype=float)
    return {name: Curve(steps, np.array([v[name] for _, v in rows])) for name in rows[0][1]}


def test_the_four_charts_share_their_step_axis() -> None:
    axis = run_axis(curves(), log=True, planned=4000)
    panels = run_panels(curves(), Verdict(), axis)
    assert [panel.key for panel in panels] == ["accuracy", "loss", "gap", "complexity"]
    assert {panel.spec.x for panel in panels} == {Axis("log", 1.0, 4000)}


def test_train_and_test_are_told_apart_without_colour() -> None:
    axis = run_axis(curves(), log=True, planned=4000)
    train, test = run_panels(curves(), Verdict(), axis)[0].legend
    assert train.sample != test.sample
    assert (train.value, test.value) == ("1.000", "1.000")


def test_the_flag_is_on_every_chart() -> None:
    verdict = Verdict(events=(Event("grokked", 790, 846, 731, 846),))
    axis = run_axis(curves(), log=True, planned=4000)
    assert {panel.spec.flags for panel in run_panels(curves(), verdict, axis)} == {(790,)}


def test_a_run_without_metrics_has_empty_charts() -> None:
    axis = run_axis({}, log=True, planned=None)
    panels = run_panels({}, Verdict(), axis)
    assert [entry.value for panel in panels for entry in panel.legend] == ["–"] * 7


def test_ordinary_generalisation_has_no_flag() -> None:
    verdict = Verdict(events=(Event("generalised", 130, 155, 124, 139),))
    axis = run_axis(curves(), log=False, planned=4000)
    assert run_panels(curves(), verdict, axis)[0].spec.flags == ()


def test_what_is_no_network_shows_the_measure_that_it_has() -> None:
    shown = curves()
    of_network = run_panels(shown, Verdict(), run_axis(shown, log=True, planned=4000))[3]
    assert [entry.name for entry in of_network.legend] == ["‖θ‖", "MDL"]
    only = {"complexity/kl_nats": Curve(np.array([0.0, 9.0]), np.array([31.0, 9.7]))}
    of_other = run_panels(only, Verdict(), run_axis(only, log=True, planned=9))[3]
    assert [(entry.name, entry.value) for entry in of_other.legend] == [("KL", "9.7 nats")]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_alone_is_drawn_in_its_own_units(measure: Measure) -> None:
    shown = {measure.column: Curve(np.array([0.0, 9.0]), np.array([31.0, 9.5]))}
    axis = run_axis(shown, log=True, planned=9)
    panel = run_panels(shown, Verdict(), axis, measure)[3]
    (entry,) = panel.legend
    assert (entry.name, entry.value) == (measure.name, f"9.5 {measure.unit}".strip()) or (
        measure.unit == "B" and entry.value == "10 B"
    )
    assert panel.spec.y.high >= 31
    assert len(panel.spec.lines) == 1


def test_robustness_is_drawn_beside_the_test_accuracy() -> None:
    shown = curves()
    shown[ROBUSTNESS] = Curve(np.array([10.0, 4000.0]), np.array([0.1, 0.676]))
    panel = run_panels(shown, Verdict(), run_axis(shown, log=True, planned=4000))[0]
    assert [(entry.name, entry.value) for entry in panel.legend][2:] == [("robust", "0.676")]
    assert panel.spec.lines[2].curve is shown[ROBUSTNESS]
    assert panel.legend[2].sample != panel.legend[1].sample
