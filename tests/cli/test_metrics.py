from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from support import write_run

from grok_tui.cli.program import cli


def test_each_metric_of_each_run_is_a_line(tmp_path: Path) -> None:
    write_run(tmp_path, [(0, {"train/loss": 2.0}), (5, {"train/loss": float("nan"), "x": 1.0})])
    (tmp_path / "a.csv").write_text("step,loss,val_loss\n0,3,4\n10,,2\n20,1,nan\n")
    done = CliRunner().invoke(cli, ["metrics", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    lines = {
        (line["run"], line["metric"]): line
        for line in map(json.loads, done.output.split("\n")[:-1])
    }
    assert lines["run-1", "train/loss"] == {
        "path": str(tmp_path / "run-1"),
        "run": "run-1",
        "format": "grok-tui",
        "metric": "train/loss",
        "count": 2,
        "first": [0.0, 2.0],
        "last": [5.0, None],
        "min": 2.0,
        "max": 2.0,
    }
    assert lines["run-1", "x"]["first"] == lines["run-1", "x"]["last"] == [5.0, 1.0]
    loss = lines["a.csv", "loss"]
    assert (loss["count"], loss["first"], loss["last"]) == (2, [0.0, 3.0], [20.0, 1.0])
    assert (loss["format"], loss["min"], loss["max"]) == ("table", 1.0, 3.0)
    assert lines["a.csv", "val_loss"]["count"] == 3
    assert len(lines) == 4


def test_what_cannot_be_read_is_told_and_the_rest_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss\n0,3\n1,2\n")
    done = CliRunner().invoke(cli, ["metrics", str(tmp_path / "no"), str(tmp_path / "a.csv")])
    assert done.exit_code == 2
    assert "does not exist" in done.stderr
    assert "2 values  3 at 0  2 at 1  in 2…3" in done.stdout
