"""A real Slurm of one node: preempted, parked, cut by the time limit; no row is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from slurm_support import slurm, why_no_slurm
from support import wait_until

from grok_tui.launch.slurm import start_soon
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record
from grok_tui.runs.slurm import job_states, read_job
from grok_tui.runs.sweep import SweepPaths
from grok_tui.watch.judgement import look_up, read_run
from grok_tui.watch.sweeps import has_ended, states_of

pytestmark = [
    pytest.mark.skipif(why_no_slurm() is not None, reason=str(why_no_slurm())),
]

SWEEP = """\
preset = "add-53-flash"
[set]
device = "cpu"
steps = 300
complexity.measures = []
checkpoint.every = 100
[axes]
"task.train_fraction" = [0.3, 0.4, 0.5, 0.6]
"optimizer.weight_decay" = [0.1, 0.3, 1.0]
"""
LONG = ("steps=100000", "device=cpu", "complexity.measures=[]", "checkpoint.every=100000")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Path]:
    """A cluster whose waiting jobs are not held back for two minutes after they were cut."""
    with slurm(tmp_path / "cluster") as config:
        is_over = threading.Event()

        def hurry() -> None:
            while not is_over.wait(1.0):
                for job, (state, reason) in job_states().items():
                    if state == "PENDING" and reason == "BeginTime":
                        start_soon(job)

        thread = threading.Thread(target=hurry, daemon=True)
        thread.start()
        yield config
        is_over.set()
        thread.join()


def grok_tui(*arguments: str) -> str:
    command = [sys.executable, "-P", "-m", "grok_tui", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(run: RunPaths) -> State:
    return look_up(run.root).status.state


def has_gone_on(run: RunPaths, session: int) -> bool:
    record = read_record(run.record)
    return record.session >= session and record.state is State.RUNNING


def assert_whole(run: RunPaths) -> None:
    """Each evaluation is there once, in the order of the steps, from the first to the last."""
    steps = read_run(run.root).curve("train/loss").steps
    assert steps[0] == 0
    assert (np.diff(steps) > 0).all()
    assert np.diff(steps).max() <= 100


def test_runs_survive_preemption_parking_and_the_time_limit(cluster: Path, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    Path("grid.toml").write_text(SWEEP)
    ask = ("--runs", str(root), "--launcher", "slurm", "--slurm", "partition=low")
    short = ("--slurm", "time=2", "--slurm", "grace_s=60")
    train = ("train", "add-53-flash", *LONG, *ask)
    said = grok_tui(*train, *short, "--name", "limited")
    limited, parked = RunPaths(root / "limited-1"), RunPaths(root / "parked-1")
    assert said.startswith("limited-1 is job ")
    grok_tui(*train, "--name", "parked")
    wait_until(lambda: state(limited) == state(parked) == State.RUNNING, "both train", 90)

    # One that has to wait for the whole node is held, released and cancelled.
    whole = ("--slurm", "extra=--exclusive", "--name", "waiting")
    grok_tui(*train, *whole)
    waiting = read_job(RunPaths(root / "waiting-1"))
    assert waiting is not None
    grok_tui("park", "waiting-1", "--runs", str(root))
    held = job_states(waiting.job)[waiting.job]
    assert held in {("PENDING", "JobHeldUser"), ("PENDING", "JobHeldAdmin")}
    assert state(RunPaths(root / "waiting-1")) is State.PARKED
    grok_tui("resume", "waiting-1", "--runs", str(root))
    assert not job_states(waiting.job)[waiting.job][1].startswith("JobHeld")
    grok_tui("stop", "waiting-1", "--runs", str(root))
    assert job_states(waiting.job) == {}

    # Somebody more important takes the whole node for a while.
    subprocess.run(
        ["sbatch", "--partition=high", "--exclusive", "--wrap=sleep 2", "--output=/dev/null"],
        check=True,
        capture_output=True,
    )
    for run in (limited, parked):
        wait_until(lambda run=run: read_record(run.record).state is State.QUEUED, "it waits", 60)
    wait_until(lambda: has_gone_on(limited, 2) and has_gone_on(parked, 2), "both go on", 120)

    grok_tui("park", "parked-1", "--runs", str(root))
    job = read_job(parked)
    assert job is not None
    wait_until(lambda: job_states(job.job).get(job.job, ("",))[0] == "PENDING", "it is held", 60)
    assert state(parked) is State.PARKED

    # The sweep has the place of the parked run, beside the one that meets its time limit.
    said = grok_tui("sweep", "grid.toml", *ask, "--jobs", "2")
    assert "12 cells by 1 seeds, 12 runs: 12 new" in said
    wait_until(lambda: has_ended(states_of(root / "grid")), "the sweep has ended", 240, 0.5)
    assert states_of(root / "grid") == {State.FINISHED: 12}
    wait_until(lambda: has_gone_on(limited, 3), "it went on after its time limit", 180, 0.5)

    grok_tui("resume", "parked-1", "--runs", str(root))
    wait_until(lambda: has_gone_on(parked, 3), "it goes on", 60)
    for run in (limited, parked):
        time.sleep(1)
        grok_tui("stop", run.root.name, "--runs", str(root))
        wait_until(lambda run=run: state(run) is State.STOPPED, "it has stopped", 60)
        assert_whole(run)
    for _, _, run in SweepPaths(root / "grid").runs(12, [0]):
        assert_whole(run)
        assert read_run(run.root).step == 300
