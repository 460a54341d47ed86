"""Wherever a file ends, no number is read that nobody wrote, and no line is lost that is whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from logs_support import points, read_all

from grok_tui.logs.formats import LogRef, format_of
from grok_tui.logs.source import Batch
from grok_tui.logs.table import FORMAT
from grok_tui.logs.whole_lines import LEFT_OUT, whole_lines

TABLE = "step,loss,split\n8,0.25,train\n8,0.75,test\n16,0.125,train\n16,0.5,test\n"
LINES = '{"step": 8, "train": {"loss": 0.25}}\n{"step": 16, "train": {"loss": 0.125}, "lr": 10}\n'
TEXT = "step 8: loss 0.25\nepoch 1\n{'loss': 0.125, 'step': 16}\nlr=1e-05 at step 32\n"
MLFLOW = "1000 0.25 8\n2000 0.125 16\n3000 1e-05 32 data 0123\n"
DVCLIVE = "step\tloss\n8\t0.25\n16\t0.125\n32\t1e-05\n"


def found(batch: Batch) -> set[tuple[str, float, float]]:
    return {(name, *point) for name in batch.columns for point in points(batch, name)}


@pytest.mark.parametrize(
    ("format_", "name", "content"),
    [
        ("table", "a.csv", TABLE),
        ("table", "a.jsonl", LINES),
        ("table", "a.log", LINES),
        ("text", "a.log", TEXT),
        ("mlflow", "metrics/loss", MLFLOW),
        ("dvclive", "plots/metrics/loss.tsv", DVCLIVE),
    ],
)
def test_a_file_that_was_cut_anywhere_gives_its_whole_lines(
    format_: str, name: str, content: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    log = LogRef(tmp_path if "/" in name else file, format_)

    def read(text: str) -> set[tuple[str, float, float]]:
        file.write_text(text)
        return found(read_all(format_of(log).open(log, complete=True)))

    wanted = set[tuple[str, float, float]]()
    for end in range(len(content) + 1):
        if content[:end].endswith("\n"):
            wanted = read(content[:end])
        assert wanted <= read(content[:end]) <= read(content)
    assert len(wanted) >= 3


def test_an_object_that_is_closed_is_whole_and_another_last_line_is_not() -> None:
    assert whole_lines(b'{"a": 1}\n{"b": {"c": 2}} ', is_end=True) == (
        [b'{"a": 1}', b'{"b": {"c": 2}} '],
        25,
    )
    assert whole_lines(b'{"a": 1}\n{"b": {"c": 2}', is_end=True) == ([b'{"a": 1}'], 9)
    assert whole_lines(b'{"a": 1}\n{"b": 2}', is_end=False) == ([b'{"a": 1}'], 9)
    assert whole_lines(b"1,2\n\n3,4", is_end=True) == ([b"1,2", b""], 5)
    assert whole_lines(b"", is_end=True) == ([], 0)


def test_what_is_left_out_is_told_until_its_line_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("step,loss\n1,2\n2,0.9")
    log = LogRef(path, "table")
    assert read_all(FORMAT.open(log, complete=True)).left_out == LEFT_OUT
    assert read_all(FORMAT.open(log)).left_out is None, "it may go on"
    path.write_text("step,loss\n1,2\n2,0.93\n")
    assert read_all(FORMAT.open(log, complete=True)).left_out is None


def test_no_run_has_half_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("step,loss,run\n" + "".join(f"{i},0.5,r1\n{i},0.5,r22\n" for i in range(9)))
    whole = FORMAT.logs_in(path)
    path.write_text(path.read_text() + "9,0.5,r")
    assert [log.run for log in FORMAT.logs_in(path)] == [log.run for log in whole] == ["r1", "r22"]
