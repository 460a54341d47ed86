from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support import wait_until, write_run

from grok_tui.errors import GrokTuiError
from grok_tui.launch.process import freeze, kill, thaw
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock, is_held
from grok_tui.runs.process import children, start_ticks
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.watch.judgement import read_run

HOLD = """
import sys, time
from pathlib import Path
from grok_tui.runs.lock import RunLock
lock = RunLock(Path(sys.argv[1]))
time.sleep(60)
"""


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with any run."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def running(root: Path, **fields: object) -> RunPaths:
    return write_run(root, [], state=State.RUNNING, **fields)


def test_the_trainer_is_killed(tmp_path: Path) -> None:
    paths = running(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(paths.lock)])
    wait_until(lambda: is_held(paths.lock), "the lock is held")
    record = read_record(paths.record)
    write_record(paths.record, msgspec.structs.replace(record, pid=process.pid))
    assert kill(paths) == process.pid
    assert process.wait(timeout=10) == -9


def test_a_process_that_does_not_hold_the_lock_is_no_target(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    """As with a number that was used again, or a run.json that names somebody else."""
    paths = running(tmp_path, pid=bystander.pid)
    with pytest.raises(GrokTuiError, match="run-1 has no process"):
        kill(paths)
    lock = RunLock(paths.lock)
    with pytest.raises(GrokTuiError, match=f"process {bystander.pid} does not hold its lock"):
        kill(paths)
    assert bystander.poll() is None
    lock.release()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (
            {"boot_id": "another", "host": "far", "pid": 1},
            "is trained on far: that has to be",
        ),
        ({"pid": 1}, "process 1 does not hold its lock"),
        ({"pid": None}, "has no process"),
        ({"pid": 10**9}, "process 1000000000: "),
    ],
)
def test_what_is_not_certain_is_not_killed(
    tmp_path: Path, fields: dict[str, object], why: str
) -> None:
    paths = running(tmp_path, **fields)
    lock = RunLock(paths.lock)
    with pytest.raises(GrokTuiError, match=why):
        kill(paths)
    lock.release()


@pytest.fixture
def trainer(tmp_path: Path) -> Iterator[tuple[RunPaths, subprocess.Popen[bytes]]]:
    """A process that holds a run's lock, as a trainer does."""
    paths = running(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(paths.lock)])
    wait_until(lambda: is_held(paths.lock), "the lock is held")
    yield paths, process
    process.kill()
    process.wait()


def believe(paths: RunPaths, process: subprocess.Popen[bytes], **fields: object) -> None:
    fields = {"pid": process.pid, "start_ticks": start_ticks(process.pid), **fields}
    write_record(paths.record, msgspec.structs.replace(read_record(paths.record), **fields))


def test_a_frozen_trainer_is_shown_as_such_and_goes_on(
    trainer: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = trainer
    believe(paths, process)
    assert freeze(paths) == process.pid
    wait_until(lambda: read_run(paths.root).status.state is State.FROZEN, "it is frozen")
    assert thaw(paths) == process.pid
    wait_until(lambda: read_run(paths.root).status.state is State.RUNNING, "it goes on")


def test_a_frozen_trainer_can_be_killed(
    trainer: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = trainer
    believe(paths, process)
    freeze(paths)
    assert kill(paths) == process.pid
    assert process.wait(timeout=10) == -9


def test_a_process_that_was_started_at_another_time_is_no_target(
    trainer: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    """Its number was used again: even with the lock's file open it is another process."""
    paths, process = trainer
    started = start_ticks(process.pid)
    assert started is not None
    believe(paths, process, start_ticks=started - 1)
    with pytest.raises(GrokTuiError, match=f"process {process.pid} does not hold its lock"):
        kill(paths)
    assert process.poll() is None


def test_a_run_of_several_processes_is_not_frozen(tmp_path: Path) -> None:
    paths = running(tmp_path)
    code = f"import subprocess; subprocess.Popen(['sleep', '60']); {HOLD}"
    process = subprocess.Popen([sys.executable, "-c", code, str(paths.lock)])
    wait_until(lambda: is_held(paths.lock), "the lock is held")
    believe(paths, process)
    with pytest.raises(GrokTuiError, match="run-1 has several processes"):
        freeze(paths)
    for worker in children(process.pid):
        os.kill(worker, signal.SIGKILL)
    process.kill()
    process.wait()
