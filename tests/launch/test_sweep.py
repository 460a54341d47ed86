"""Sweeps with real trainers: they go on where they were killed, and leave alone what is done."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support import wait_until

from grok_tui.config import Sweep, parse_sweep
from grok_tui.errors import UsageError
from grok_tui.launch.queue import queue_of
from grok_tui.launch.sweep import start_sweep, sweep_of
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.runs.sweep import SweepPaths, read_sweep
from grok_tui.watch.sweeps import has_ended, read_cells, states_of


def sweep(**changes: Any) -> Sweep:
    return parse_sweep(
        {
            "name": "s",
            "preset": "add-53-flash",
            "seeds": 2,
            "set": {
                "steps": 300,
                "device": "cpu",
                "checkpoint.every": 50,
                "complexity.measures": [],
            },
            "axes": {"optimizer.weight_decay": [0.1, 1.0]},
            **changes,
        }
    )


def processes_of(root: Path) -> list[int]:
    """Return the supervisor and the trainers of a folder of runs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if "grok_tui." in command and str(root) in command:
            found.append(int(process.name))
    return found


def test_a_sweep_that_is_killed_goes_on_and_is_the_same_then(tmp_path: Path) -> None:
    start_sweep(sweep(), tmp_path / "whole", jobs=2)
    started = start_sweep(sweep(), tmp_path / "killed", jobs=2)
    assert (started.fresh, started.done) == (4, 0)
    runs = [run for _, _, run in SweepPaths(started.root).runs(2, [0, 1])]
    wait_until(lambda: any(run.checkpoints.is_dir() for run in runs), "training", timeout_s=60)
    for pid in processes_of(started.root):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(is_held(run.lock) for run in runs), "all are gone")

    again = start_sweep(sweep(), tmp_path / "killed", jobs=2)
    assert again.fresh + again.resumed + again.done + again.waiting == 4
    assert again.failed == 0
    for root in (tmp_path / "whole" / "s", started.root):
        wait_until(lambda root=root: has_ended(states_of(root)), "both have ended", timeout_s=120)
        assert states_of(root) == {State.FINISHED: 4}
    killed, whole = (read_cells(tmp_path / name / "s") for name in ("killed", "whole"))
    for mine, other in zip(killed.cells, whole.cells, strict=True):
        for one, two in zip(mine.runs, other.runs, strict=True):
            assert one.curve("test/loss").last == two.curve("test/loss").last
            assert one.setting("optimizer.weight_decay") == (0.1, 1.0)[mine.number]
    wait_until(lambda: not is_held(queue_of(started.root).lock), "the supervisor is gone")
    assert start_sweep(sweep(), tmp_path / "killed").done == 4


def test_a_run_that_failed_by_itself_is_kept_until_it_is_asked_for(tmp_path: Path) -> None:
    started = start_sweep(sweep(set={"steps": 5, "complexity.measures": []}), tmp_path, jobs=2)
    wait_until(lambda: has_ended(states_of(started.root)), "all have ended", timeout_s=60)
    run = SweepPaths(started.root).run(1, 0)
    record = msgspec.structs.replace(read_record(run.record), state=State.CRASHED, reason="NaN")
    write_record(run.record, record)
    again = start_sweep(sweep(set={"steps": 5, "complexity.measures": []}), tmp_path)
    assert (again.failed, again.done) == (1, 3)
    retried = start_sweep(sweep(set={"steps": 5, "complexity.measures": []}), tmp_path, retry=True)
    assert retried.resumed == 1
    wait_until(lambda: has_ended(states_of(started.root)), "it has ended", timeout_s=60)


def test_another_sweep_of_the_same_name_is_refused_and_more_seeds_are_not(tmp_path: Path) -> None:
    paths = SweepPaths(tmp_path / "s")
    first = sweep(set={"steps": 2, "complexity.measures": []})
    start_sweep(first, tmp_path)
    other = sweep(set=dict(first.fixed), axes={"optimizer.weight_decay": [0.1, 2.0]})
    with pytest.raises(UsageError, match="another axes"):
        start_sweep(other, tmp_path)
    more = sweep(set=dict(first.fixed), seeds="1..2")
    assert start_sweep(more, tmp_path).fresh == 2
    assert read_sweep(paths.root).seeds == [0, 1, 2]
    assert sweep_of("s", tmp_path).resolve() == paths.root
    with pytest.raises(UsageError, match="no sweep"):
        sweep_of("t", tmp_path)
    wait_until(lambda: has_ended(states_of(paths.root)), "all have ended", timeout_s=60)


def test_nothing_is_made_where_a_setting_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cuda:7"):
        start_sweep(sweep(set={"device": "cuda:7"}), tmp_path)
    assert not (tmp_path / "s").exists()
