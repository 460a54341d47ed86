"""`grok-tui meaning` shows what metrics are taken for, and corrects it everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from support import grokking_rows, write_run

from grok_tui.cli.program import cli
from grok_tui.runs.record import Program


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def shown(path: Path) -> dict[str, Any]:
    return dict(json.loads(run("meaning", path, "--json")[1])["meaning"])


def odd_log(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    log = folder / "log.csv"
    rows = [f"{s},{v['train/accuracy']},{v['test/accuracy']}" for s, v in grokking_rows()]
    log.write_text("\n".join(["step,seen,unseen", *rows, ""]))
    return log


def test_a_log_with_odd_names_is_judged_once_they_are_told(tmp_path: Path) -> None:
    log = odd_log(tmp_path / "logs")
    assert run("detect", log)[0] == 2
    assert shown(log) == {"step": "step"}
    status, said = run("meaning", log, "seen=train/accuracy", "unseen=test/accuracy")
    assert status == 0
    assert "test/accuracy (as you said)" in said
    assert json.loads(run("detect", log, "--json")[1])["verdict"] == "grokked"
    assert shown(log)["unseen"] == "test/accuracy"
    assert run("meaning", log, "--forget")[0] == 0
    assert run("detect", log)[0] == 2


def test_wrong_words_are_refused_before_anything_changes(tmp_path: Path) -> None:
    log = odd_log(tmp_path / "logs")
    for wrong in ("seen", "seen=tset/accuracy", "=step"):
        status, said = run("meaning", log, wrong)
        assert status != 0
        assert wrong.split("=")[-1] in said
    for absent, nearest in (("sen=train/accuracy", "seen"), ("\udcff=step", "step")):
        status, said = run("meaning", log, absent)
        assert status != 0, "no log has it"
        assert nearest in said
    assert shown(log) == {"step": "step"}


def test_what_is_taken_for_nothing_says_so(tmp_path: Path) -> None:
    lines = run("meaning", odd_log(tmp_path / "logs"))[1].splitlines()
    assert lines[1:] == ["  step    step", "  seen    –", "  unseen  –"]


def test_what_was_told_reaches_exports(tmp_path: Path) -> None:
    rows = [(0, {"seen": 50.0, "x": 1.0}), (5, {"seen": 75.0})]
    logged = write_run(tmp_path, rows, program=Program())
    assert exported(logged.root, tmp_path / "before.csv")[0] == ["step", "time", "seen", "x"]
    assert run("meaning", logged.root, "seen=train/accuracy", "--scale", "percent")[0] == 0
    header, first, last = exported(logged.root, tmp_path / "after.csv")
    assert header == ["step", "time", "train/accuracy", "x"]
    assert [first[2], last[2]] == ["0.5", "0.75"]


def exported(folder: Path, file: Path) -> list[list[str]]:
    assert run("export", folder, "--to", "csv", "--output", file)[0] == 0
    return [line.split(",") for line in file.read_text().splitlines()]
