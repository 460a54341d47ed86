"""The trainer as it really runs: a process of its own, driven from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support import wait_until

from grok_tui.config import change, load_preset
from grok_tui.launch.local import create_run, restart, start
from grok_tui.runs import checkpoints, spool
from grok_tui.runs.heartbeat import read_heartbeat
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock, is_held
from grok_tui.runs.record import State, read_record, write_record

FLASH = load_preset("add-53-flash").config


def create(root: Path, *changes: str) -> RunPaths:
    config, _ = change(FLASH, changes)
    return create_run(root, config, preset="add-53-flash", changes={})


def state(paths: RunPaths) -> State:
    return read_record(paths.record).state


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[RunPaths, subprocess.Popen[bytes]]]:
    paths = create(tmp_path, "steps=10000000")
    process = start(paths)
    wait_until(lambda: state(paths) is State.RUNNING, "the run trains")
    yield paths, process
    process.kill()
    process.wait()


def test_pause_stands_still_resume_goes_on_and_stop_ends(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    pause = spool.send(paths, "pause")
    answer = wait_until(lambda: spool.acknowledgement(paths, pause.id), "pause is answered")
    record = read_record(paths.record)
    assert (record.state, record.state_step) == (State.PAUSED, answer.step)
    rows = paths.metrics("trainer", 1).read_bytes()
    beat = wait_until(
        lambda: (b := read_heartbeat(paths.heartbeat)) and b.step == answer.step and b,
        "the heartbeat has the step",
    )
    wait_until(
        lambda: (b := read_heartbeat(paths.heartbeat)) and b.time > beat.time + 1,
        "the heartbeat goes on while paused",
    )
    assert paths.metrics("trainer", 1).read_bytes() == rows
    resume = spool.send(paths, "resume")
    wait_until(lambda: spool.acknowledgement(paths, resume.id), "resume is answered")
    wait_until(lambda: paths.metrics("trainer", 1).read_bytes() != rows, "it trains again")
    spool.send(paths, "stop")
    assert process.wait(timeout=20) == 76
    assert state(paths) is State.STOPPED
    assert not is_held(paths.lock)
    kinds = [json.loads(line)["kind"] for line in paths.events.read_text().splitlines()]
    assert [k for k in kinds if k in ("started", "paused", "resumed", "stopped")] == [
        "started",
        "paused",
        "resumed",
        "stopped",
    ]


def wait_for_pause(paths: RunPaths) -> int:
    """Return the step at which the run has paused."""
    wait_until(lambda: state(paths) is State.PAUSED, "it pauses", timeout_s=60)
    return read_record(paths.record).state_step


def test_it_makes_so_many_steps_and_pauses(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, _ = running
    first = spool.send(paths, "resume", steps=50)  # it runs already, and is only to pause
    answer = wait_until(lambda: spool.acknowledgement(paths, first.id), "it is answered")
    paused_at = wait_for_pause(paths)
    assert paused_at == answer.step + 50
    spool.send(paths, "resume", steps=1)
    wait_until(lambda: read_record(paths.record).state_step > paused_at, "it goes on")
    assert wait_for_pause(paths) == paused_at + 1


def test_a_pause_that_was_made_is_not_made_again_after_parking(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    spool.send(paths, "resume", steps=20)
    paused_at = wait_for_pause(paths)
    spool.send(paths, "park")
    assert process.wait(timeout=20) == 75
    again = restart(paths)
    wait_until(lambda: (b := read_heartbeat(paths.heartbeat)) and b.step > paused_at, "it goes on")
    again.kill()
    again.wait()


def test_a_command_that_goes_wrong_is_refused_and_ends_nothing(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, _ = running
    for wrong in ("task.a.b=1", "task.kind.x=1", f"optimizer.lr={'9' * 5000}", "x=" + "[" * 5000):
        command = spool.send(paths, "set", changes=[wrong])
        answer = wait_until(lambda c=command: spool.acknowledgement(paths, c.id), "answered")
        assert answer.refused, wrong
    assert state(paths) is State.RUNNING


def test_another_command_takes_the_planned_pause_back(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, _ = running
    planned = spool.send(paths, "resume", steps=300)
    answer = wait_until(lambda: spool.acknowledgement(paths, planned.id), "it is answered")
    spool.send(paths, "resume")
    wait_until(
        lambda: (b := read_heartbeat(paths.heartbeat)) and b.step > answer.step + 300,
        "it goes on beyond",
    )
    assert state(paths) is State.RUNNING


def test_a_planned_pause_survives_kill_9(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    planned = spool.send(paths, "resume", steps=500)
    answer = wait_until(lambda: spool.acknowledgement(paths, planned.id), "it is answered")
    process.kill()
    process.wait()
    again = restart(paths)
    assert wait_for_pause(paths) == answer.step + 500
    again.kill()
    again.wait()


@pytest.mark.parametrize("steps", [0, -1, True, "7", 1.5, None])
def test_a_number_of_steps_that_is_none_is_refused(
    running: tuple[RunPaths, subprocess.Popen[bytes]], steps: object
) -> None:
    paths, _ = running
    command = spool.send(paths, "resume", steps=steps)
    answer = wait_until(lambda: spool.acknowledgement(paths, command.id), "it is answered")
    assert answer.refused == "steps: expected a whole number above 0"


def test_a_stop_that_a_dead_process_never_heard_does_not_end_the_next_one(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    process.kill()
    process.wait()
    old = spool.send(paths, "stop", session=1)
    again = restart(paths)
    answer = wait_until(lambda: spool.acknowledgement(paths, old.id), "it is answered")
    assert answer.refused == "it was meant for a process that is gone"
    wait_until(lambda: state(paths) is State.RUNNING, "it trains")
    spool.send(paths, "stop", session=2)
    assert again.wait(timeout=20) == 76


def test_it_lives_in_a_session_of_its_own_and_ignores_the_end_of_a_terminal(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    for descriptor in (0, 1, 2):
        target = str(Path(f"/proc/{process.pid}/fd/{descriptor}").readlink())
        assert target in ("/dev/null", str(paths.stdout))
    os.kill(process.pid, signal.SIGHUP)
    pause = spool.send(paths, "pause")
    wait_until(lambda: spool.acknowledgement(paths, pause.id), "it still answers")


def test_sigterm_stops_it_between_two_steps(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    process.terminate()
    assert process.wait(timeout=20) == 76
    record = read_record(paths.record)
    assert (record.state, record.reason) == (State.STOPPED, "on SIGTERM")


def test_a_paused_run_hears_sigterm(running: tuple[RunPaths, subprocess.Popen[bytes]]) -> None:
    paths, process = running
    pause = spool.send(paths, "pause")
    wait_until(lambda: spool.acknowledgement(paths, pause.id), "pause is answered")
    process.terminate()
    assert process.wait(timeout=20) == 76


def test_a_second_trainer_in_the_same_directory_is_refused(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, _ = running
    second = subprocess.run(
        [sys.executable, "-m", "grok_tui.training", str(paths.root)], capture_output=True, text=True
    )
    assert second.returncode == 73
    assert "is being trained by another process" in second.stderr
    assert state(paths) is State.RUNNING


def test_a_trainer_that_is_about_to_leave_is_waited_for(tmp_path: Path) -> None:
    """As when a run is resumed in the moment in which it was parked."""
    paths = create(tmp_path, "steps=3")
    record = msgspec.structs.replace(read_record(paths.record), state=State.PARKED, pid=os.getpid())
    write_record(paths.record, record)
    leaving = RunLock(paths.lock)
    process = restart(paths)
    time.sleep(1)
    assert process.poll() is None
    leaving.release()
    assert process.wait(timeout=60) == 0


def test_a_run_that_ended_is_not_trained_again(tmp_path: Path) -> None:
    paths = create(tmp_path, "steps=3")
    assert start(paths).wait(timeout=60) == 0
    again = subprocess.run(
        [sys.executable, "-m", "grok_tui.training", str(paths.root)], capture_output=True, text=True
    )
    assert again.returncode == 2
    assert again.stderr == "grok-tui: run add-53-flash-1 was started before (it is finished)\n"


def test_a_crash_is_told_with_its_reason(tmp_path: Path) -> None:
    paths = create(tmp_path, "device=cuda:99")
    assert start(paths).wait(timeout=60) == 1
    record = read_record(paths.record)
    assert record.state is State.CRASHED
    assert record.reason is not None
    assert record.reason.startswith("device cuda:99 is not there")
    assert "Traceback" not in paths.stdout.read_text()


def test_a_module_of_torchs_name_in_the_present_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(tmp_path)
    assert start(create(tmp_path, "steps=3")).wait(timeout=60) == 0


def test_an_error_that_nobody_foresaw_leaves_its_traceback(tmp_path: Path) -> None:
    paths = create(tmp_path, "device=cuda:99999999999999999999", "steps=3")
    assert start(paths).wait(timeout=60) == 1
    record = read_record(paths.record)
    assert record.state is State.CRASHED
    assert record.reason is not None
    assert "Error: " in record.reason
    assert "Traceback" in paths.stdout.read_text()


def test_a_command_that_comes_too_late_is_refused(tmp_path: Path) -> None:
    paths = create(tmp_path, "device=cuda:99")
    late = spool.send(paths, "pause")
    start(paths).wait(timeout=60)
    answer = spool.acknowledgement(paths, late.id)
    assert answer is not None
    assert answer.refused == "the run has crashed"
    assert spool.pending(paths) == []


def test_after_a_stop_command_one_sigterm_still_ends_in_order(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    spool.send(paths, "stop")
    process.terminate()
    assert process.wait(timeout=20) == 76
    assert state(paths) is State.STOPPED


def test_a_run_whose_directory_is_deleted_ends(
    running: tuple[RunPaths, subprocess.Popen[bytes]],
) -> None:
    paths, process = running
    while paths.root.exists():  # it still writes, and a folder with a new file cannot be removed
        shutil.rmtree(paths.root, ignore_errors=True)
    assert process.wait(timeout=20) == 76


def test_a_run_whose_directory_was_moved_goes_on(
    running: tuple[RunPaths, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    paths, _ = running
    moved = RunPaths(tmp_path / "moved")
    paths.root.rename(moved.root)
    rows = moved.metrics("trainer", 1)
    size = rows.stat().st_size
    wait_until(lambda: rows.stat().st_size > size, "it trains on")
    assert is_held(moved.lock)


def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    """On a real file system of its own, which is full while the run starts, trains and ends."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1000k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        changes = ["steps=10000000", "log.dense_until=10000000", "checkpoint.every=100"]
        paths = create(disk, *changes)
        process = start(paths)
        wait_until(
            lambda: (b := read_heartbeat(paths.heartbeat)) and b.lost_rows > 0 and b, "it is full"
        )
        assert state(paths) is State.RUNNING
        process.terminate()
        assert process.wait(timeout=30) == 76
        record = read_record(paths.record)
        assert (record.state, record.reason) == (State.STOPPED, "on SIGTERM")
        for line in paths.metrics("trainer", 1).read_bytes().splitlines():
            json.loads(line)
        saved = checkpoints.manifests(paths)
        assert saved, "what was saved before stays"
        assert all(checkpoints.why_damaged(paths, manifest) is None for manifest in saved)
        assert not list(paths.checkpoints.glob(".*")), "nothing half written lies about"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_directory_that_is_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "grok_tui.training", str(tmp_path)], capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "cannot read run.json" in result.stderr
