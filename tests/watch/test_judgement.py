from __future__ import annotations

import random
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


def in_order(lines: list[str], order: str) -> list[str]:
    header, *rows = lines
    half = len(rows) // 2
    return [
        header,
        *{
            "newest first": rows[::-1],
            "second half first": rows[half:] + rows[:half],
            "shuffled": random.Random(0).sample(rows, len(rows)),
            "trained twice": [row.rsplit(",", 1)[0] + ",0.5" for row in rows] + rows,
            "resumed": rows[: half + 20] + rows[half:],
        }[order],
    ]


@pytest.mark.parametrize(
    "order", ["newest first", "second half first", "shuffled", "trained twice", "resumed"]
)
def test_the_order_of_the_rows_does_not_change_the_verdict(tmp_path: Path, order: str) -> None:
    path = tmp_path / "log.csv"
    write_csv(path)
    expected = judge(path).verdict
    path.write_text("\n".join(in_order(path.read_text().splitlines(), order)))
    assert judge(path).verdict == expected


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
    for content, why in (
        ("step,lr\n1,0.1\n", "columns with numbers in them are: step, lr"),
        ("step,train_acc,val_acc\n", "has no rows with numbers"),
        ("\0\1\2", "is binary or UTF-16"),
        (
            "step,a - train/acc,b - train/acc,b - val/acc,a - val/acc\n0,0,0,0,0\n",
            "several pairs of curves .a - train/acc with a - val/acc, b - train/acc with b",
        ),
    ):
        (tmp_path / "log.csv").write_text(content)
        with pytest.raises(UsageError, match=why):
            judge(tmp_path / "log.csv")
    (tmp_path / "model.bin").touch()
    with pytest.raises(UsageError, match="unknown kind of log"):
        judge(tmp_path / "model.bin")
