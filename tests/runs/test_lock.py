from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import wait_until

from grok_tui.locks import Lock
from grok_tui.runs.lock import LockHeldError, RunLock, is_held

HOLDER = """
import sys, time
from pathlib import Path
from grok_tui.locks import Lock
from grok_tui.runs.lock import RunLock
lock = RunLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "run.lock")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_missing_lock_is_free(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "run.lock")


def test_another_process_holds_it_until_it_is_killed(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert is_held(tmp_path / "run.lock")
    holder.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # still a zombie, and has no lock
    assert not is_held(tmp_path / "run.lock")


def test_a_second_trainer_is_refused(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with pytest.raises(LockHeldError, match="being trained by another process"):
        RunLock(tmp_path / "run.lock")


def test_asking_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.lock").touch()
    assert not is_held(tmp_path / "run.lock")
    RunLock(tmp_path / "run.lock").release()


def test_asking_does_not_release_the_askers_own_lock(tmp_path: Path) -> None:
    """A POSIX lock would vanish here, when the asker closes its second descriptor."""
    lock = RunLock(tmp_path / "run.lock")
    assert is_held(tmp_path / "run.lock")
    assert is_held(tmp_path / "run.lock")
    lock.release()
    assert not is_held(tmp_path / "run.lock")


def test_a_shared_lock_keeps_only_the_exclusive_one_out(tmp_path: Path) -> None:
    path = tmp_path / "used"
    locks = [Lock(path, shared=True), Lock(path, shared=True)]
    with pytest.raises(BlockingIOError):
        Lock(path)
    for lock in locks:
        lock.release()
    Lock(path).release()


FORKER = """
import os, sys, time
from pathlib import Path
from grok_tui.locks import Lock
from grok_tui.runs.lock import RunLock
lock = RunLock(Path(sys.argv[1]))
child = os.fork()
if child == 0:
    time.sleep(60)
print(child, flush=True)
os._exit(0)
"""


def test_a_forked_worker_does_not_keep_a_dead_run_alive(tmp_path: Path) -> None:
    output = tmp_path / "child"
    with output.open("w") as stdout:
        subprocess.run(
            [sys.executable, "-c", FORKER, str(tmp_path / "run.lock")], stdout=stdout, check=True
        )
    child = int(output.read_text())
    try:
        wait_until(lambda: not is_held(tmp_path / "run.lock"), "the lock is free", timeout_s=5)
    finally:
        os.kill(child, signal.SIGKILL)
