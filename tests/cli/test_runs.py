from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_support import COMMAND, assert_one_line, call
from support import SAMPLES, grokking_rows, write_run

from grok_tui.runs.lock import RunLock
from grok_tui.runs.record import State


def test_the_app_needs_a_terminal() -> None:
    write_run(Path("other"), [], name="a")
    for arguments in ([], ["demo"], ["other"], ["other/a-1"], ["--runs", "other", "a-1"]):
        assert_one_line(call(*arguments), 2, "the app needs a terminal")
    assert not Path("runs").exists(), "no run was started for nobody to see"


def test_presets_are_listed_and_printed() -> None:
    assert "add-53-flash" in call("presets").stdout
    printed = call("presets", "add-53-flash").stdout
    Path("mine.toml").write_text(printed.replace("steps = 4000", "steps = 3"))
    started = call("train", "mine.toml", "--foreground")
    assert started.returncode == 0
    assert "step 3: finished" in started.stdout
    assert json.loads(call("presets", "add-53-flash", "--json").stdout)["config"]["steps"] == 4000
    listed = [json.loads(line) for line in call("presets", "--json").stdout.splitlines()]
    assert listed[0]["config"]["task"]["modulus"] == 53


def test_runs_are_listed_for_people_and_for_programs() -> None:
    lines = call("--runs", str(SAMPLES), "runs").stdout.splitlines()
    assert lines[0].split() == ["run", "state", "step", "train", "test", "verdict", "grok", "at"]
    assert any("add-53-flash-1" in line and "grokked" in line for line in lines)
    objects = [
        json.loads(line)
        for line in call("runs", "--runs", str(SAMPLES), "--json").stdout.splitlines()
    ]
    assert {o["id"]: o["verdict"] for o in objects} == {
        "add-53-flash-1": "grokked",
        "no-weight-decay-1": "memorised",
        "paused-1": "grokked",
        "together-1": "generalised",
    }


def test_the_folder_of_runs_comes_from_option_variable_or_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "no runs in runs; start one with" in call("runs").stderr
    monkeypatch.setenv("GROK_TUI_RUNS", str(SAMPLES))
    assert "paused-1" in call("runs").stdout
    assert "no runs in elsewhere" in call("runs", "--runs", "elsewhere").stderr


def test_show_draws_for_a_pipe_without_colours() -> None:
    result = call("show", str(SAMPLES / "add-53-flash-1"))
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    for text in ("accuracy", "loss", "gap", "complexity", "⚑ grokked at step 449", "┊", "⠤"):
        assert text in result.stdout


def test_show_gives_everything_as_json() -> None:
    shown = json.loads(call("show", str(SAMPLES / "add-53-flash-1"), "--json").stdout)
    assert shown["verdict"] == "grokked"
    assert shown["config"]["optimizer"]["weight_decay"] == 0.3
    assert shown["milestones"]["test 0.99"] == 961


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    script = f"{' '.join(COMMAND)} detect {'$0 ' * 200} | head -1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(
        ["bash", "-c", script, str(SAMPLES / "paused-1")], capture_output=True, text=True
    )
    assert "paused-1" in result.stdout
    assert result.stderr == ""
    assert result.returncode == 0


@pytest.mark.parametrize(("until", "status"), [("grokked", 4), ("memorised", 0), ("finished", 0)])
def test_wait_ends_at_once_for_a_run_that_ended(until: str, status: int) -> None:
    result = call("wait", str(SAMPLES / "no-weight-decay-1"), "--until", until)
    assert result.returncode == status
    if status:
        assert_one_line(result, 4, "has not grokked: it is finished")


def test_wait_gives_up_in_time(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70], state=State.RUNNING)
    lock = RunLock(paths.lock)
    result = call("wait", "run-1", "--until", "grokked", "--timeout", "0.5")
    assert_one_line(result, 3, "time is over after 0.5 s; it is running")
    lock.release()


def test_a_run_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    paths = write_run(tmp_path / "runs", grokking_rows()[:70])
    paths.record.write_text("{")
    assert_one_line(call("show", "run-1"), 1, "run-1: run.json is damaged")
    assert_one_line(call("show", "run-1", "--json"), 1, "run-1: run.json is damaged")


def unprivileged() -> list[str]:
    """Return what to put before a command so that permissions count also for root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may read everything, and setpriv is not there to give that up")
    lost = "-dac_override,-dac_read_search"
    return ["setpriv", f"--inh-caps={lost}", f"--bounding-set={lost}"]


def test_a_run_that_must_not_be_read_hides_no_other(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", grokking_rows(), name="mine")
    theirs = write_run(tmp_path / "runs", grokking_rows(), name="theirs").root
    theirs.chmod(0)
    try:
        listed = subprocess.run([*unprivileged(), *COMMAND, "runs"], capture_output=True, text=True)
        judged = subprocess.run(
            [*unprivileged(), *COMMAND, "detect", "runs"], capture_output=True, text=True
        )
    finally:
        theirs.chmod(0o700)
    assert listed.returncode == 0, listed.stderr
    assert "finished" in next(line for line in listed.stdout.splitlines() if "mine-1" in line)
    assert "unreadable" in next(line for line in listed.stdout.splitlines() if "theirs-1" in line)
    assert_one_line(judged, 2, "theirs-1: cannot read run.json: Permission denied")
    assert "mine-1: ⚑ grokked" in judged.stdout


def test_a_folder_that_is_none_or_must_not_be_read_is_not_called_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "closed").mkdir(mode=0)
    for name, why in (("file", "Not a directory"), ("closed", "Permission denied")):
        command = [*unprivileged(), *COMMAND, "runs", "--runs", name]
        result = subprocess.run(command, capture_output=True, text=True)
        assert_one_line(result, 2, f"cannot read {name}: {why}")


def test_what_is_not_finite_is_null_in_json(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", [(0, {"train/accuracy": math.nan, "test/accuracy": 0.5})])
    shown = json.loads(call("runs", "--json").stdout, parse_constant=pytest.fail)
    assert (shown["train_accuracy"], shown["test_accuracy"]) == (None, 0.5)


def test_foreign_text_is_printed_safely(tmp_path: Path) -> None:
    evil = "\x1b]2;owned\x07\x9b31m"
    write_run(tmp_path / "runs", grokking_rows(), state=State.CRASHED, reason=evil, device=evil)
    for arguments in (["runs"], ["show", "run-1"], ["detect", "runs"], ["runs", "--json"]):
        printed = call(*arguments)
        assert printed.returncode == 0
        assert not {"\x1b", "\x07", "\x9b"} & set(printed.stdout)
    assert_one_line(call("show", evil), 2)
