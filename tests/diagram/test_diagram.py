from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from sweep_support import ACTIVATION, DECAY, FRACTION, write_cells

from grok_tui.analysis.phases import Learning
from grok_tui.chart.heat_svg import PHASES, heat_svg
from grok_tui.diagram.cells import Quantity, heat
from grok_tui.diagram.lines import lines_of
from grok_tui.diagram.plane import plane_of
from grok_tui.report.saving import cell_table
from grok_tui.watch.sweeps import SweepView, read_cells


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> SweepView:
    return read_cells(write_cells(tmp_path_factory.mktemp("runs")))


def texts(sweep: SweepView, quantity: Quantity) -> list[list[str]]:
    found = heat(sweep, plane_of(sweep), quantity)
    return [[cell.text for cell in row] for row in found.cells]


def test_each_quantity_is_told_in_each_cell(sweep: SweepView) -> None:
    assert texts(sweep, Quantity.PHASE) == [["m", "Gm", ""], ["G", "G", "G"]]
    assert texts(sweep, Quantity.SUCCESS) == [["0/2", "1/2", ""], ["2/2", "2/2", "2/2"]]
    never, half, untrained = texts(sweep, Quantity.GROK_STEP)[0]
    assert (never, untrained) == ("later", "")
    assert half == "1k"  # half of the seeds had arrived when the only one that does did
    low = texts(sweep, Quantity.GROK_STEP)[1]
    assert low == ["1k", "500", "333"]
    assert texts(sweep, Quantity.DELAY)[0][0] == "–"
    assert texts(sweep, Quantity.DELAY)[1][0].endswith("×")
    assert texts(sweep, Quantity.FALL)[1][0].endswith("%")


def test_colours_grow_with_the_value_and_phases_have_their_own(sweep: SweepView) -> None:
    found = heat(sweep, plane_of(sweep), Quantity.GROK_STEP)
    assert found.scale is not None
    places = [found.scale.place(c.value) for c in found.cells[1] if c.value is not None]
    assert places == sorted(places, reverse=True)
    assert (max(places), min(places)) == (1.0, 0.0)
    assert "dark 333 … light 1k" in found.legend
    phases = heat(sweep, plane_of(sweep), Quantity.PHASE)
    assert phases.cells[1][0].phase is Learning.GROKKING
    assert phases.scale is None


def test_rows_and_columns_are_exchanged(sweep: SweepView) -> None:
    plane = plane_of(sweep).turned()
    found = heat(sweep, plane, Quantity.SUCCESS)
    assert (found.row_name, found.column_name) == (DECAY.key, FRACTION.key)
    assert [[cell.text for cell in row] for row in found.cells] == [
        ["0/2", "2/2"],
        ["1/2", "2/2"],
        ["", "2/2"],
    ]


def test_other_axes_are_cut_and_can_be_shown(tmp_path: Path) -> None:
    sweep = read_cells(
        write_cells(
            tmp_path,
            (FRACTION, DECAY, ACTIVATION),
            (0,),
            lambda place, _: 400.0 if place == (1, 1, 1) else None,
        )
    )
    plane = plane_of(sweep)
    assert heat(sweep, plane, Quantity.SUCCESS).cells[1][1].text == ""
    cut = plane.moved(1)
    found = heat(sweep, cut, Quantity.SUCCESS)
    assert found.title == "sweep · success rate · model.activation=tanh"
    assert found.cells[1][1].text == "1/1"
    assert cut.moved(1) == plane
    other = plane.with_next_row()
    assert heat(sweep, other, Quantity.PHASE).row_name == ACTIVATION.key
    assert other.with_next_row() == plane


def test_a_sweep_of_one_axis_is_one_row(tmp_path: Path) -> None:
    sweep = read_cells(
        write_cells(tmp_path, (DECAY,), (0,), lambda place, _: 300.0 * (1 + place[0]))
    )
    plane = plane_of(sweep)
    found = heat(sweep, plane, Quantity.GROK_STEP)
    assert found.rows == ("",)
    assert [cell.text for cell in found.cells[0]] == ["300", "600", "900"]
    assert plane.turned() == plane.with_next_row() == plane.moved(1) == plane


def test_lines_tell_when_half_of_the_seeds_had_arrived(sweep: SweepView) -> None:
    lines = lines_of(sweep, plane_of(sweep), chosen=1)
    low, high = lines.strands
    assert low.curve.steps.tolist() == [1.0]
    assert high.curve.steps.tolist() == DECAY.values
    assert high.curve.values.tolist() == sorted(high.curve.values, reverse=True)
    assert low.band is None
    assert high.band is not None
    assert "a 0.3 (1 later), b 0.6; shade: middle half of the seeds at 0.6" in lines.legend


def test_the_picture_has_a_rectangle_and_a_text_for_each_cell(sweep: SweepView) -> None:
    root = ET.fromstring(heat_svg(heat(sweep, plane_of(sweep), Quantity.PHASE)))
    rectangles = [each.get("fill") for each in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert (
        rectangles.count(PHASES[Learning.GROKKING]) == 4
    )  # three, and one half of whose seeds did
    assert len(rectangles) == 1 + 6
    assert [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")].count("G") == 3


def test_the_table_has_a_row_for_each_cell(sweep: SweepView) -> None:
    rows = list(csv.DictReader(io.StringIO(cell_table(sweep))))
    assert len(rows) == 6
    assert rows[1]["task.train_fraction"] == "0.3"
    assert (rows[1]["runs"], rows[1]["grokked"], rows[1]["memorization"]) == ("2", "1", "1")
    assert rows[2]["arrival_median"] == ""
