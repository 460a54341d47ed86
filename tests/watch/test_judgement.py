from __future__ import annotations

from pathlib import Path

import pytest
from support import SAMPLES, grokking_rows, write_run

from grok_tui.analysis.verdict import Outcome
from grok_tui.errors import UsageError
from grok_tui.watch.judgement import find_logs, judge


def write_csv(path: Path) -> None:
    lines = ["epoch,accuracy,val_accuracy"]
    lines += [f"{s},{v['train/accuracy']},{v['test/accuracy']}" for s, v in grokking_rows()]
    path.write_text("\n".join(lines))


def test_a_table_of_anybodys_is_judged_like_a_run(tmp_path: Path) -> None:
    write_csv(tmp_path / "log.csv")
    run = write_run(tmp_path, grokking_rows()).root
    table = judge(tmp_path / "log.csv").verdict
    assert table.outcome is Outcome.GROKKED
    assert table.grok == judge(run).verdict.grok


def test_a_folder_stands_for_the_runs_and_tables_in_it(tmp_path: Path) -> None:
    write_csv(tmp_path / "log.csv")
    (tmp_path / "notes.txt").touch()
    run = write_run(tmp_path, grokking_rows()).root
    assert find_logs(tmp_path) == [run, tmp_path / "log.csv"]
    assert find_logs(run) == [run]
    assert len(find_logs(SAMPLES)) >= 4


def test_what_cannot_be_judged_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        find_logs(tmp_path / "missing")
    with pytest.raises(UsageError, match="no run directories and no logs"):
        find_logs(tmp_path)
    (tmp_path / "log.csv").write_text("step,lr\n1,0.1\n")
    with pytest.raises(UsageError, match="its columns are: step, lr"):
        judge(tmp_path / "log.csv")
    (tmp_path / "model.bin").touch()
    with pytest.raises(UsageError, match="unknown kind of log"):
        judge(tmp_path / "model.bin")
