"""Whether a run lives, where process ids and descriptors say something else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest
from support import wait_until, write_run

from grok_tui.errors import GrokTuiError
from grok_tui.launch.process import kill
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import LockHeldError, RunLock, is_held
from grok_tui.runs.process import start_ticks
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.watch.judgement import read_run


def believe(paths: RunPaths, pid: int) -> None:
    """Write down who trains, as a trainer does."""
    fields = {"pid": pid, "start_ticks": start_ticks(pid)}
    write_record(paths.record, msgspec.structs.replace(read_record(paths.record), **fields))


def holder(paths: RunPaths, then: str) -> subprocess.Popen[bytes]:
    """Start a process that takes the run's lock and then does something else."""
    code = f"""
    import os, sys, time
    from pathlib import Path
    from grok_tui.runs.lock import RunLock
    lock = RunLock(Path({str(paths.lock)!r}))
    {then}
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    wait_until(lambda: is_held(paths.lock) or process.poll() is not None, "the lock is held")
    believe(paths, process.pid)
    return process


def state(paths: RunPaths) -> State:
    return read_run(paths.root).status.state


def test_a_zombie_is_dead(tmp_path: Path) -> None:
    """Its number is taken and answers `kill -0`, until its parent asks how it ended."""
    paths = write_run(tmp_path, [], state=State.RUNNING)
    process = holder(paths, "time.sleep(60)")
    assert state(paths) is State.RUNNING
    os.kill(process.pid, 9)
    wait_until(
        lambda: " Z " in Path(f"/proc/{process.pid}/stat").read_text(), "nobody has reaped it"
    )
    os.kill(process.pid, 0)
    assert state(paths) is State.CRASHED
    with pytest.raises(GrokTuiError, match="has no process"):
        kill(paths)
    process.wait()


def test_a_forked_worker_that_outlives_its_trainer_does_not_keep_the_run_alive(
    tmp_path: Path,
) -> None:
    """Nor is it killed in the trainer's place, though it has all other descriptors."""
    paths, told = write_run(tmp_path, [], state=State.RUNNING), str(tmp_path / "worker")
    process = holder(
        paths, f"pid = os.fork() or Path({told!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    worker = int(wait_until(lambda: Path(told).exists() and Path(told).read_text(), "it forks"))
    process.kill()
    process.wait()
    assert state(paths) is State.CRASHED
    os.kill(worker, 0)  # it lives
    believe(paths, worker)
    with pytest.raises(GrokTuiError, match="has no process"):
        kill(paths)
    again = RunLock(paths.lock)
    with pytest.raises(GrokTuiError, match=f"process {worker} does not hold its lock"):
        kill(paths)
    again.release()
    os.kill(worker, 9)


def test_a_second_trainer_is_refused_and_the_first_one_lives_on(tmp_path: Path) -> None:
    paths = write_run(tmp_path, [], state=State.RUNNING)
    process = holder(paths, "time.sleep(60)")
    with pytest.raises(LockHeldError):
        RunLock(paths.lock)
    assert state(paths) is State.RUNNING
    process.kill()
    process.wait()


def test_two_monitors_see_the_same_and_not_each_other(tmp_path: Path) -> None:
    paths = write_run(tmp_path, [], state=State.RUNNING)
    process = holder(paths, "time.sleep(60)")
    look = (
        "import sys; from pathlib import Path; from grok_tui.watch.judgement import read_run;"
        "print(*[read_run(Path(sys.argv[1])).status.state for _ in range(300)])"
    )

    def monitors() -> set[str]:
        command = [sys.executable, "-c", look, str(paths.root)]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        return {word for monitor in both for word in monitor.communicate(timeout=60)[0].split()}

    assert monitors() == {"running"}
    process.kill()
    process.wait()
    assert monitors() == {"crashed"}


REUSED = """
import os, sys, time
from pathlib import Path
from grok_tui.runs.lock import RunLock

def child(wanted, hold):
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(wanted - 1))
    pid = os.fork()
    if pid == 0:
        lock = RunLock(Path(sys.argv[1]) / "run.lock") if hold else open(sys.argv[1] + "/run.lock")
        time.sleep(60)
        os._exit(0)
    time.sleep(0.3)
    return pid

import msgspec
from grok_tui.errors import GrokTuiError
from grok_tui.launch.process import kill
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.process import start_ticks
from grok_tui.runs.record import read_record, write_record
from grok_tui.watch.judgement import read_run

paths = RunPaths(Path(sys.argv[1]))
first = child(500, True)
fields = {"pid": first, "start_ticks": start_ticks(first)}
write_record(paths.record, msgspec.structs.replace(read_record(paths.record), **fields))
print(first, read_run(paths.root).status.state)
os.kill(first, 9)
os.waitpid(first, 0)
second = child(500, False)  # the same number, with the lock's file open, but without the lock
print(second, read_run(paths.root).status.state)
for what in ("free", "held"):
    lock = RunLock(paths.lock) if what == "held" else None
    try:
        print("killed", kill(paths))
    except GrokTuiError as error:
        print(error)
os.kill(second, 0)
print("it lives")
"""


def test_a_number_that_was_used_again_is_another_process(tmp_path: Path) -> None:
    """In a pid namespace of its own, where the next number can be chosen."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("to choose a process id, one needs root and unshare(1)")
    paths = write_run(tmp_path, [], state=State.RUNNING)
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", REUSED]
    result = subprocess.run(
        [*command, str(paths.root)], capture_output=True, text=True, timeout=60, check=False
    )
    if "unshare failed" in result.stderr or "ns_last_pid" in result.stderr:
        pytest.skip(f"this system does not let us: {result.stderr.splitlines()[-1]}")
    assert result.stdout.splitlines() == [
        "500 running",
        "500 crashed",
        "run-1 has no process",
        "run-1: process 500 does not hold its lock: left alone",
        "it lives",
    ], result.stderr
