from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support import wait_until, write_run

from grok_tui.errors import GrokTuiError
from grok_tui.launch.kill import kill
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock, is_held
from grok_tui.runs.record import State, read_record, write_record

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
        ({"boot_id": "another", "host": "far", "pid": 1}, "is trained on far: kill it there"),
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
