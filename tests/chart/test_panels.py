from __future__ import annotations

import numpy as np
import pytest
from support import grokking_rows

from grok_tui.analysis.measures import MEASURES, ROBUSTNESS, Measure
from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Event, Verdict
from grok_tui.arrays import FloatArray, IntArray
from grok_tui.chart.axis import Axis
from grok_tui.chart.draw import sketch
from grok_tui.chart.panels import Look, Panel, panel, run_axis, run_panels
from grok_tui.chart.spec import Style


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
    assert train.style is not test.style
    assert (train.value, test.value) == ("1.000", "1.000")


def test_the_flag_is_on_every_chart() -> None:
    verdict = Verdict(events=(Event("grokked", 790, 846, 731, 846),))
    axis = run_axis(curves(), log=True, planned=4000)
    assert {panel.spec.flags for panel in run_panels(curves(), verdict, axis)} == {(790,)}


def test_a_run_without_metrics_has_empty_charts() -> None:
    axis = run_axis({}, log=True, planned=None)
    panels = run_panels({}, Verdict(), axis)
    assert [entry.value for panel in panels for entry in panel.legend] == ["–"] * 5
    assert panels[3].spec.lines == ()


def test_ordinary_generalisation_has_no_flag() -> None:
    verdict = Verdict(events=(Event("generalised", 130, 155, 124, 139),))
    axis = run_axis(curves(), log=False, planned=4000)
    assert run_panels(curves(), verdict, axis)[0].spec.flags == ()


def measured(**columns: list[float]) -> dict[str, Curve]:
    return {
        f"complexity/{name}": Curve(np.arange(1.0, len(values) + 1), np.array(values))
        for name, values in columns.items()
    }


MAIN = measured(
    mdl_bytes=[100.0, 3000, 2500], weight_norm=[60.0, 40, 50], effective_rank=[9.0, 5, 7]
)


def complexity(curves: dict[str, Curve]) -> Panel:
    return run_panels(curves, Verdict(), run_axis(curves, log=True, planned=9))[3]


def test_measures_on_one_chart_fill_their_own_ranges_and_tell_their_values() -> None:
    panel = complexity(MAIN)
    assert [entry.words for entry in panel.legend] == ["×eff. rank 7", "┅‖θ‖ 50", "━MDL 2.5 kB"]
    assert [line.curve.values.tolist() for line in panel.spec.lines] == [
        [1, 0, 0.5],
        [1, 0, 0.5],
        [0, 1, pytest.approx(2400 / 2900)],
    ]
    assert len({line.style for line in panel.spec.lines}) == 3
    assert panel.spec.y.ticks(5) == [(0, "min"), (1, "max")]


def test_measures_on_one_chart_cost_as_little_as_other_curves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To scale every value of a long run at each new row would take most of the time."""
    steps = np.arange(10_000.0)
    names = ("complexity/mdl_bytes", "complexity/weight_norm", "complexity/effective_rank")
    found = {name: Curve(steps, np.sin(steps) + 2) for name in names}
    found[names[0]] = Curve(steps, np.where(steps == 70, np.nan, steps))
    asked = list[int]()
    at = Curve.at

    def recorded(curve: Curve, index: IntArray | slice) -> FloatArray:
        values = at(curve, index)
        asked.append(len(values))
        return values

    monkeypatch.setattr(Curve, "at", recorded)
    monkeypatch.delattr(Curve, "values")
    panel = complexity(found)
    sketch(panel.spec, 60, 15)
    assert len(panel.spec.lines) == 3
    assert panel.notes == ("1 NaN",)
    assert max(asked) < 1000


def test_only_what_the_title_names_is_drawn() -> None:
    panel = complexity(MAIN)
    for width in range(20, 120):
        fitted = panel.fitting(width)
        assert fitted.spec.lines == panel.spec.lines[-len(fitted.legend) :]
        assert [line.role for line in fitted.spec.lines] == [e.role for e in fitted.legend]
        title = fitted.heading + "".join(f" {entry.words} " for entry in fitted.legend)
        assert len(title) <= width
    assert [e.name for e in panel.fitting(59).legend] == ["eff. rank", "‖θ‖", "MDL"]
    assert [e.name for e in panel.fitting(39).legend] == ["‖θ‖", "MDL"]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_every_measure_alone_is_named_on_the_smallest_screen(measure: Measure) -> None:
    curves = {measure.column: Curve(np.array([500.0, 1000]), np.array([12.34e-5, 1.234e-4]))}
    panel = run_panels(curves, Verdict(), run_axis(curves, log=True, planned=9), measure)[3]
    fitted = panel.fitting(39)
    assert len(fitted.heading) + len(fitted.legend[0].words) + 2 <= 39


def test_one_measure_alone_is_in_its_own_units() -> None:
    panel = complexity(measured(kl_nats=[31.0, 9.7]))
    assert [entry.words for entry in panel.legend] == ["━KL 9.7 nats"]
    assert panel.spec.lines[0].curve.values.tolist() == [31, 9.7]
    panel = complexity(measured(dead_units=[0.1, 0.2], output_scale=[1.0, 2.0]))
    assert [entry.name for entry in panel.legend] == ["dead units"]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_alone_is_drawn_in_its_own_units(measure: Measure) -> None:
    shown = {measure.column: Curve(np.array([0.0, 9.0]), np.array([31.0, 9.5]))}
    axis = run_axis(shown, log=True, planned=9)
    panel = run_panels(shown, Verdict(), axis, measure)[3]
    (entry,) = panel.legend
    newest = 2 * np.log(9.5 / 31) * 1000 / 9 if measure.derive else 9.5
    said = "10 B" if measure.unit == "B" else f"{newest:.3g} {measure.unit}".strip()
    assert (entry.name, entry.value) == (measure.name, said)
    assert panel.spec.y.low <= newest <= panel.spec.y.high
    assert len(panel.spec.lines) == 1


def test_robustness_is_drawn_beside_the_test_accuracy() -> None:
    shown = curves()
    shown[ROBUSTNESS] = Curve(np.array([10.0, 4000.0]), np.array([0.1, 0.676]))
    panel = run_panels(shown, Verdict(), run_axis(shown, log=True, planned=4000))[0]
    assert [(entry.name, entry.value) for entry in panel.legend][2:] == [("robust", "0.676")]
    assert panel.spec.lines[2].curve is shown[ROBUSTNESS]
    assert panel.legend[2].style is not panel.legend[1].style


def look(low: float, high: float, **rest: object) -> Look:
    return Look(full=Axis("linear", 0, 1000), x=Axis("linear", low, high), **rest)  # type: ignore[arg-type]


def test_the_y_axis_fits_what_is_seen() -> None:
    steps = np.arange(0.0, 1000)
    values = np.where(steps < 500, 80.0, 2.0 + 0.001 * steps)
    shown = {"lr": Curve(steps, values)}
    assert panel("lr", shown, look(0, 1000)).spec.y.high == 100
    late = panel("lr", shown, look(600, 800)).spec.y
    assert 2.5 <= late.low < 2.7
    assert 2.75 < late.high <= 3


def test_a_zoomed_accuracy_shows_its_details() -> None:
    shown = {"test/accuracy": Curve(np.array([0.0, 500, 1000]), np.array([0, 0.991, 0.995]))}
    assert panel("accuracy", shown, look(0, 1000)).spec.y == Axis("linear", 0, 1)
    assert panel("accuracy", shown, look(400, 1000)).spec.y.low > 0.9


def test_an_accuracy_in_percent_is_not_drawn_outside_of_its_chart() -> None:
    shown = {"test/accuracy": Curve(np.array([0.0, 500]), np.array([3, 97.0]))}
    assert panel("accuracy", shown, look(0, 1000)).spec.y.high == 100


def test_points_without_a_place_are_counted_where_they_are_seen() -> None:
    values = np.array([1.0, 0.0, -2.0, np.nan, np.inf, 3.0])
    shown = {"lr": Curve(np.arange(6.0) * 100, values)}
    assert panel("lr", shown, look(0, 1000)).notes == ("1 NaN", "1 inf")
    on_log = look(0, 1000, log_y={"lr": True})
    assert panel("lr", shown, on_log).notes == ("2 ≤ 0", "1 NaN", "1 inf")
    assert panel("lr", shown, look(350, 1000, log_y={"lr": True})).notes == ("1 inf",)


def test_three_splits_of_one_quantity_are_told_apart_without_colour() -> None:
    point = Curve(np.array([1.0]), np.array([0.5]))
    shown = {f"{split}/f1": point for split in ("val", "test", "train")}
    legend = panel("f1", shown, look(0, 1000)).legend
    assert [entry.words for entry in legend] == ["┅train 0.5", "━test 0.5", "×val 0.5"]


def test_smoothed_values_are_told_beside_the_raw_ones() -> None:
    steps = np.arange(0.0, 1000)
    shown = {"train/loss": Curve(steps, 5.0 + (-1.0) ** steps)}
    smoothed = panel("loss", shown, look(0, 1000, half_life=0.05))
    assert smoothed.legend[0].words_at(500) == "┅train 6 ≈5"
    assert smoothed.legend[0].words_at(501) == "┅train 4 ≈5"
    line = smoothed.spec.lines[0]
    assert line.raw is not None
    assert np.ptp(line.curve.values[200:]) < 0.1 < np.ptp(line.raw.values)
    assert panel("loss", shown, look(400, 600, half_life=0.05)).legend[0].words_at(500) == (
        "┅train 6 ≈5"
    ), "zooming does not change what is smoothed"


def test_a_value_under_the_cursor_is_the_last_one_that_was_known() -> None:
    shown = {"lr": Curve(np.array([10.0, 100.0]), np.array([1.0, 2.0]))}
    (entry,) = panel("lr", shown, look(0, 1000)).legend
    assert [entry.words_at(step) for step in (5, 10, 99, 100, 999)] == [
        "━ –",
        "━ 1",
        "━ 1",
        "━ 2",
        "━ 2",
    ]


def test_branches_that_were_left_are_on_the_charts_of_their_metrics() -> None:
    left = {"test/loss": Curve(np.array([5.0, 9.0]), np.array([400.0, 500.0]))}
    shown = panel("loss", curves(), look(0, 1000), branches=[left], restarts=[5])
    (line,) = shown.spec.left
    assert (line.style, line.curve.values.tolist()) == (Style.DOTTED, [400, 500])
    assert shown.spec.y.high >= 500
    assert shown.spec.restarts == (5,)
    assert panel("accuracy", curves(), look(0, 1000), branches=[left]).spec.left == ()
