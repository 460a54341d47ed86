from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support import wait_until

from grok_tui.config import Config, Expected
from grok_tui.errors import UsageError
from grok_tui.launch.local import create_run, start
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record


def test_a_new_run_knows_what_it_is_asked_to_do(tmp_path: Path) -> None:
    paths = create_run(
        tmp_path / "runs", Config(name="my run"), preset="add-53-flash", changes={"steps": 5}
    )
    record = read_record(paths.record)
    assert (record.id, record.name, record.preset) == ("my-run-1", "my run", "add-53-flash")
    assert (record.state, record.changes) == (State.STARTING, {"steps": 5})
    assert record.config["optimizer"]["weight_decay"] == 0.3


def test_bands_hold_for_other_seeds_and_not_for_other_settings(tmp_path: Path) -> None:
    expected = Expected(verdict="grokked")
    for changes, kept in (
        ({}, True),
        ({"seed": 3, "name": "x", "log.max_gap": 5, "checkpoint.every": 9}, True),
        ({"optimizer.lr": 0.1}, False),
        ({"seed": 3, "steps": 9}, False),
    ):
        paths = create_run(tmp_path, Config(), changes=changes, expected=expected)
        assert (read_record(paths.record).expected == expected) is kept


def test_only_the_owner_may_read_and_command_it(tmp_path: Path) -> None:
    paths = create_run(tmp_path, Config(), preset=None, changes={})
    for folder in (paths.root, paths.new_commands, paths.done_commands):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(paths.record.stat().st_mode) == 0o600


def test_a_root_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot make a run in"):
        create_run(tmp_path / "file" / "runs", Config(), preset=None, changes={})


def test_a_trainer_that_cannot_begin_does_not_look_as_if_it_were_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    paths = create_run(tmp_path, Config(), preset=None, changes={})
    start(paths)
    wait_until(lambda: read_record(paths.record).state is State.CRASHED, "it has crashed")
    assert read_record(paths.record).reason == "the trainer could not begin (exit status 1)"


LAUNCH_AND_DIE = """
import os, sys
from pathlib import Path
from grok_tui.config import change, load_preset
from grok_tui.launch.local import create_run, start
config, _ = change(load_preset("add-53-flash").config, ["steps=200"])
paths = create_run(Path(sys.argv[1]), config, preset=None, changes={})
start(paths)
os.kill(os.getpid(), 9)
"""


def test_a_run_outlives_who_started_it(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", LAUNCH_AND_DIE, str(tmp_path)])
    assert result.returncode == -9
    paths = RunPaths(tmp_path / "add-53-flash-1")
    wait_until(lambda: read_record(paths.record).state is State.FINISHED, "the run has finished")
