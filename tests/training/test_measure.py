from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from support import save_checkpoint, wait_until

from grok_tui.config import change, load_preset, parse_tree
from grok_tui.errors import GrokTuiError
from grok_tui.launch.local import create_run
from grok_tui.launch.measure import start
from grok_tui.runs import checkpoints
from grok_tui.runs.control import Control
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock, is_held
from grok_tui.runs.measurements import COLUMNS, WRITER
from grok_tui.runs.record import read_record
from grok_tui.runs.recorder import Recorder
from grok_tui.training.build import build
from grok_tui.training.complexity.on_demand import ON_DEMAND, Case
from grok_tui.training.loop import train
from grok_tui.training.measure import main

SMALL = ["task.modulus=11", "model.width=16", "steps=30", "complexity.measures=[]"]
KEEPING = ["checkpoint.every=10", "checkpoint.keep_every=10", "checkpoint.keep=1"]


def trained(root: Path, preset: str = "add-53-flash", changes: list[str] = SMALL) -> RunPaths:
    config, _ = change(load_preset(preset).config, [*changes, *KEEPING])
    paths = create_run(root, config, preset=None, changes={})
    recorder = Recorder(paths, read_record(paths.record))
    recorder.enter(train(config, recorder, Control(paths, recorder)))
    recorder.close()
    return paths


def rows(paths: RunPaths) -> list[dict[str, float]]:
    files = [file for writer, _, file in paths.metrics_files() if writer == WRITER]
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return [line for line in lines if "_" not in line]


@pytest.fixture(scope="module")
def _one_run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return trained(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def run(_one_run: RunPaths, tmp_path: Path) -> RunPaths:
    copied = tmp_path / _one_run.root.name
    subprocess.run(["cp", "-r", _one_run.root, copied], check=True)
    return RunPaths(copied)


def test_the_names_on_the_command_line_are_those_of_the_measures() -> None:
    assert list(COLUMNS) == list(ON_DEMAND)


def test_each_measure_that_applies_writes_its_column_of_each_checkpoint(
    run: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run.root), "--measure", ",".join(COLUMNS)]) == 0
    said = capsys.readouterr()
    assert "alpha is left out: no matrix has 50 eigenvalues\n" in said.err
    assert "1/21 step 10: mdl " in said.err
    assert said.out == (
        "add-53-flash-1: 3 checkpoints, mdl, mdl-authors, lc, robustness, llc, hessian, fourier;"
        " 21 of 21 values are new\n"
    )
    for name, column in COLUMNS.items():
        there = [row["step"] for row in rows(run) if column in row]
        assert there == ([] if name == "alpha" else [10, 20, 30])


def test_the_weights_are_those_of_the_checkpoint(run: RunPaths) -> None:
    assert main([str(run.root), "--measure", "hessian"]) == 0
    config = parse_tree(read_record(run.record).config)
    setup = build(config, torch.device("cpu"))
    found = {row["step"]: row[COLUMNS["hessian"]] for row in rows(run)}
    for step, value in found.items():
        state = torch.load(checkpoints.data_file(run, step), weights_only=True)
        setup.model.load_state_dict(state["model"])
        expected = ON_DEMAND["hessian"].take(Case(config, setup))
        assert value == pytest.approx(expected[COLUMNS["hessian"]], rel=1e-5)
    assert len(set(found.values())) == 3


def test_a_second_call_measures_what_is_new_only(
    run: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run.root), "--measure", "mdl", "--every", "20"]) == 0
    assert main([str(run.root), "--measure", "mdl,fourier"]) == 0
    assert capsys.readouterr().out.endswith("5 of 6 values are new\n")
    assert main([str(run.root), "--measure", "mdl,fourier"]) == 0
    assert capsys.readouterr().out.endswith("0 of 6 values are new\n")
    assert len(rows(run)) == 6
    assert len(run.metrics_files()) == 3, "nothing new, no new file"


def test_a_damaged_checkpoint_costs_its_own_values_only(
    run: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints.data_file(run, 20).write_bytes(b"x" * 99)
    save_checkpoint(run, 40)  # whole, but nothing that torch can read
    assert main([str(run.root), "--measure", "mdl"]) == 0
    said = capsys.readouterr()
    assert "2/4 step 20 is left out: its data have 99 bytes" in said.err
    assert "4/4 step 40 is left out: UnpicklingError: " in said.err
    assert said.out.endswith("2 of 4 values are new\n")
    assert [row["step"] for row in rows(run)] == [10, 30]


def test_a_folder_that_cannot_be_written_is_told_in_a_line(
    run: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    run.measure_lock.mkdir()
    assert main([str(run.root), "--measure", "mdl"]) == 1
    assert capsys.readouterr().err == f"grok-tui: cannot write {run.measure_lock}: Is a directory\n"


def test_where_nothing_applies_it_fails_and_says_why(
    run: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run.root), "--measure", "alpha"]) == 2
    said = capsys.readouterr().err
    assert said.splitlines() == [
        "alpha is left out: no matrix has 50 eigenvalues",
        "grok-tui: none of these measures says anything of add-53-flash-1",
    ]
    assert rows(run) == []


def test_what_is_no_network_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = trained(tmp_path, "gp-parity", ["steps=10"])
    assert main([str(paths.root)]) == 2
    assert "the model has a measure of its own" in capsys.readouterr().err


def test_images_are_attacked_within_their_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = trained(tmp_path, "digits-omnigrok", ["steps=10", "complexity.measures=[]"])
    assert main([str(paths.root), "--measure", "robustness,fourier,mdl"]) == 0
    said = capsys.readouterr().err
    assert "mdl is left out: mse is no loss in nats" in said
    assert "fourier is left out: " in said
    (row,) = rows(paths)
    accuracies = [row[f"robustness/accuracy@{radius}"] for radius in (0.03, 0.06, 0.1)]
    assert accuracies == sorted(accuracies, reverse=True)


def test_one_process_measures_a_run_at_a_time(
    run: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = RunLock(run.measure_lock)
    assert main([str(run.root), "--measure", "mdl"]) == 1
    assert "is being measured by another process" in capsys.readouterr().err
    with pytest.raises(GrokTuiError, match="is being measured already"):
        start(run)
    lock.release()
    assert rows(run) == []


def test_ctrl_c_keeps_what_is_done_and_the_next_call_goes_on(run: RunPaths) -> None:
    """On a terminal, with a bar."""
    leader, terminal = pty.openpty()
    module = [sys.executable, "-m", "grok_tui.training.measure"]
    process = subprocess.Popen(
        [*module, str(run.root), "--measure", "llc,hessian"], stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    wait_until(lambda: rows(run), "the first value is there")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    said = b""
    while process.poll() is None or b"same command goes on" not in said:
        try:
            said += os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
    os.close(leader)
    assert process.wait() == 130
    assert b"what is measured is kept" in said
    assert b"/6" in said
    before = len(rows(run))
    assert 1 <= before < 6
    assert not is_held(run.measure_lock)
    assert main([str(run.root), "--measure", "llc,hessian"]) == 0
    assert len(rows(run)) == 6


def test_in_the_background_it_outlives_whoever_started_it(run: RunPaths) -> None:
    process = start(run)
    assert os.getsid(process.pid) == process.pid
    process.wait()
    assert "values are new" in run.measure_output.read_text()
    assert run.measure_output.stat().st_mode & 0o077 == 0
