from __future__ import annotations

import random
from pathlib import Path

import pytest
from support import grokking_rows, write_run

from grok_tui.analysis.verdict import Outcome
from grok_tui.errors import UsageError
from grok_tui.report.plain import judged_sentence
from grok_tui.watch.discovery import need_places
from grok_tui.watch.judgement import judge, judge_place


def write_csv(path: Path) -> None:
    lines = ["epoch,accuracy,val_accuracy"]
    lines += [f"{s},{v['train/accuracy']},{v['test/accuracy']}" for s, v in grokking_rows()]
    path.write_text("\n".join([*lines, ""]))


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
    path.write_text("\n".join([*in_order(path.read_text().splitlines(), order), ""]))
    assert judge(path).verdict == expected


def test_a_folder_of_several_runs_has_no_verdict_of_its_own(tmp_path: Path) -> None:
    write_csv(tmp_path / "log.csv")
    assert judge(tmp_path).verdict.outcome == "grokked"
    write_run(tmp_path, grokking_rows())
    with pytest.raises(UsageError, match="holds 2 runs"):
        judge(tmp_path)


def test_what_cannot_be_judged_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        judge(tmp_path / "missing")
    with pytest.raises(UsageError, match="no run directories and no logs"):
        judge(tmp_path)
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
    with pytest.raises(UsageError, match="is no log; readable are"):
        judge(tmp_path / "model.bin")


def test_runs_in_one_table_are_judged_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    lines = ["seed,epoch,accuracy,val_accuracy"]
    for step, values in grokking_rows():
        train, test = values["train/accuracy"], values["test/accuracy"]
        lines += [f"1,{step},{train},{test}", f"2,{step},{train},{train}"]
    path.write_text("\n".join(lines))
    judged = [judge_place(place) for place in need_places([path])]
    assert [each.run for each in judged] == ["1", "2"]
    assert [each.verdict.outcome for each in judged] == [Outcome.GROKKED, Outcome.GENERALISED]
    assert judged_sentence(judged[0]).startswith(f"{path} 1 (accuracy and val_accuracy by epoch)")
    with pytest.raises(UsageError, match="holds 2 runs"):
        judge(path)


def test_what_a_script_printed_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(
        "".join(
            f"step {s}: train acc {100 * v['train/accuracy']:.2f}%,"
            f" val acc {100 * v['test/accuracy']:.2f}%\n"
            for s, v in grokking_rows()
        )
    )
    assert judge(path).verdict.outcome is Outcome.GROKKED


def test_a_table_without_a_header_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("1,0.5,0.25\n2,0.75,0.5\n")
    with pytest.raises(UsageError, match="has no header"):
        judge(path)
