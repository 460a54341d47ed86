from __future__ import annotations

import csv
import html
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import SAMPLES, grokking_rows, write_run

from grok_tui.analysis.series import Curve
from grok_tui.errors import UsageError
from grok_tui.report.saving import View, problem, run_view, save, table
from grok_tui.watch.judgement import read_run

SAMPLE = SAMPLES / "add-53-flash-1"


@pytest.fixture(scope="module")
def view() -> View:
    return run_view(read_run(SAMPLE))


def test_the_table_has_every_value_once(view: View, tmp_path: Path) -> None:
    save(view, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert view.run is not None
    for name, curve in view.run.curves.items():
        there = [(float(row["step"]), float(row[name])) for row in rows if row[name]]
        assert [step for step, _ in there] == list(curve.steps)
        assert [value for _, value in there] == pytest.approx(list(curve.values), rel=1e-8)


def test_curves_of_different_steps_leave_cells_empty() -> None:
    a = Curve(np.array([0.0, 2.0]), np.array([1.0, float("nan")]))
    b = Curve(np.array([1.0]), np.array([0.5]))
    assert table({"b": b, "a": a}) == "step,a,b\n0,1,\n1,,0.5\n2,nan,\n"
    assert table({}) == "step\n"


def test_a_report_in_html_needs_nothing_else(view: View, tmp_path: Path) -> None:
    save(view, tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text()
    assert "<svg" in text
    assert "⚑ grokked at step 449 (424–461)" in text
    assert not re.search(r"<script|src=|href=|url\(", text)
    settings = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert settings is not None
    assert tomllib.loads(html.unescape(settings[1]))["task"]["modulus"] == 53


def test_a_report_in_markdown_says_the_same_in_text(view: View, tmp_path: Path) -> None:
    save(view, tmp_path / "a.md")
    text = (tmp_path / "a.md").read_text()
    for part in ("# add-53-flash-1", "| grokked at | 449 (424–461) |", "| test/accuracy | 4 000 |"):
        assert part in text
    assert text.count("\n```") % 2 == 0, "every fence is closed"


def test_a_hostile_name_is_no_markup(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:9], name="x")
    run = replace(read_run(paths.root), id="<img src=x>|`[a](b)")
    view = run_view(run)
    save(view, tmp_path / "a.html")
    save(view, tmp_path / "a.md")
    assert "<img" not in (tmp_path / "a.html").read_text()
    heading = (tmp_path / "a.md").read_text().splitlines()[0]
    assert heading == r"# \<img src=x\>\|\`\[a\](b)"


def test_nothing_is_overwritten_and_what_is_wrong_is_said_before(
    view: View, tmp_path: Path
) -> None:
    path = tmp_path / "a.svg"
    path.write_text("mine")
    for wrong, said in (
        (path, "is there already"),
        (tmp_path / "a.pdf", "should end with one of"),
        (tmp_path / "no" / "a.svg", "there is no folder"),
    ):
        assert said in (problem(view, wrong) or "")
        with pytest.raises(UsageError, match=said):
            save(view, wrong)
    (tmp_path / "link.svg").symlink_to(tmp_path / "elsewhere")
    assert "is there already" in (problem(view, tmp_path / "link.svg") or "")
    assert path.read_text() == "mine"
    assert "of one run" in (problem(replace(view, run=None), tmp_path / "a.md") or "")
