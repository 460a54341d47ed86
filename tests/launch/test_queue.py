"""The queue with real supervisors and real trainers."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import wait_until, write_run

from grok_tui.config import change, load_preset
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.launch.local import create_run
from grok_tui.launch.queue import Queue, enqueue, enqueue_all, queue_of, remove, serve
from grok_tui.launch.slots import change_numbers, slots
from grok_tui.runs import spool
from grok_tui.runs.heartbeat import read_heartbeat
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import RunLock, is_held
from grok_tui.runs.record import State, read_record

FLASH = load_preset("add-53-flash").config


def create(root: Path, *changes: str) -> RunPaths:
    config, _ = change(FLASH, ["steps=20", "device=cpu", *changes])
    return create_run(root, config, changes={})


def state(paths: RunPaths) -> State:
    return read_record(paths.record).state


def has_begun(paths: RunPaths) -> bool:
    """Whether the run has made steps."""
    beat = read_heartbeat(paths.heartbeat)
    return beat is not None and beat.step > 0


def supervisor(queue: Queue) -> int:
    """Return the process that holds the supervisor's lock, once there is one."""
    wanted = queue.lock.stat().st_ino if queue.lock.exists() else None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            files = [file.stat().st_ino for file in (process / "fd").iterdir()]
        except OSError:
            continue
        if b"grok_tui.launch.supervisor" in command and wanted in files:
            return int(process.name)
    return 0


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """A queue with one place, which nobody serves any more when the test is over."""
    queue = queue_of(tmp_path / "runs")
    change_numbers(queue.folder, gpu=None, cpu=1)
    yield queue
    for paths in queue.waiting():
        queue.take(paths)
    wait_until(lambda: not is_held(queue.lock), "the supervisor is gone")


def test_runs_are_trained_in_turn_and_no_more_at_once_than_there_are_places(queue: Queue) -> None:
    runs = [create(queue.root) for _ in range(3)]
    for run in runs:
        enqueue(run)
    most = 0

    def all_have_ended() -> bool:
        nonlocal most
        most = max(most, sum(is_held(run.lock) for run in runs))
        return all(state(run) is State.FINISHED for run in runs)

    wait_until(all_have_ended, "all have been trained", timeout_s=60)
    assert most == 1
    starts = [json.loads(run.events.read_text().splitlines()[0])["time"] for run in runs]
    assert starts == sorted(starts)
    (place,) = slots(queue.folder)
    wait_until(lambda: place.is_free, "the place is free again")


def test_a_supervisor_that_is_killed_loses_nothing(queue: Queue) -> None:
    first, second = create(queue.root, "steps=1000000"), create(queue.root)
    enqueue(first)
    enqueue(second)
    wait_until(lambda: state(first) is State.RUNNING, "the first one runs")
    os.kill(wait_until(lambda: supervisor(queue), "somebody serves"), signal.SIGKILL)
    wait_until(lambda: not is_held(queue.lock), "the supervisor is dead")
    assert [paths.root.name for paths in queue.waiting()] == [second.root.name]
    serve(queue)  # as the app and `grok-tui queue` do
    wait_until(lambda: supervisor(queue), "somebody serves again")
    assert state(second) is State.QUEUED, "the first one has kept its place"
    spool.send(first, "stop")
    wait_until(lambda: state(second) is State.FINISHED, "the second one's turn has come")
    assert state(first) is State.STOPPED


def test_a_run_that_was_taken_by_somebody_who_died_waits_again(queue: Queue) -> None:
    paths = create(queue.root)
    queue.add([paths])
    assert queue.take(paths)
    assert not queue.take(paths), "one takes it and no other"
    assert queue.waiting() == []
    queue.put_back()
    assert queue.waiting() == [paths]


def test_what_has_a_process_already_is_not_put_back(queue: Queue) -> None:
    paths = write_run(queue.root, [], state=State.RUNNING, pid=1)
    queue.add([paths])
    queue.take(paths)
    queue.put_back()
    assert queue.waiting() == []
    assert not list(queue.taken.iterdir())


def test_two_supervisors_are_one(queue: Queue) -> None:
    held = RunLock(queue.lock)
    queue.add([create(queue.root)])
    serve(queue)
    assert supervisor(queue) == 0
    held.release()


def test_a_run_that_waits_can_be_stopped_and_never_starts(queue: Queue) -> None:
    held = RunLock(queue.lock)  # nobody serves it meanwhile
    paths = create(queue.root)
    enqueue(paths)
    assert state(paths) is State.QUEUED
    remove(paths)
    assert (state(paths), read_record(paths.record).reason) == (State.STOPPED, "before its turn")
    assert queue.waiting() == []
    held.release()


def test_a_run_that_is_being_started_is_not_removed(queue: Queue) -> None:
    paths = create(queue.root)
    with pytest.raises(GrokTuiError, match="is starting now: stop it when it runs"):
        remove(paths)
    assert state(paths) is State.STARTING


def test_a_run_whose_directory_is_gone_leaves_the_queue(queue: Queue) -> None:
    gone, other = create(queue.root), create(queue.root)
    queue.add([gone])
    gone.record.unlink()
    enqueue(other)
    wait_until(lambda: state(other) is State.FINISHED, "the other one is trained")
    assert queue.waiting() == []
    assert f"{gone.root.name} leaves the queue: " in queue.log.read_text()


def test_a_run_that_was_begun_before_goes_on_when_its_turn_comes(queue: Queue) -> None:
    paths = create(queue.root, "steps=2000")
    enqueue(paths)
    wait_until(lambda: has_begun(paths), "it trains")
    spool.send(paths, "park")
    wait_until(lambda: state(paths) is State.PARKED, "it is parked")
    stopped_at = read_record(paths.record).state_step
    assert stopped_at > 0
    enqueue(paths)
    wait_until(lambda: state(paths) is State.FINISHED, "it has ended", timeout_s=60)
    header = json.loads(paths.metrics("trainer", 2).read_text().splitlines()[0])
    assert header["resume_step"] == stopped_at


def test_somebody_elses_run_is_not_queued(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = create(queue.root)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(UsageError, match="somebody else's run"):
        enqueue(paths)
    assert state(paths) is State.STARTING


def test_many_runs_are_queued_without_looking_through_the_queue_for_each(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    names = Queue._names

    def counted(self: Queue, folder: Path) -> list[tuple[str, str]]:
        looks.append(folder)
        return names(self, folder)

    monkeypatch.setattr(Queue, "_names", counted)
    monkeypatch.setattr("grok_tui.launch.queue.serve", Queue.waiting)  # which is one look
    runs = [create(queue.root, f"seed={seed}") for seed in range(8)]
    assert enqueue_all([[run] for run in runs]) == 8
    assert len(looks) <= 3
    assert [run.root for run in queue.waiting()] == [run.root for run in runs]
    assert queue.names() == {run.root.name for run in runs}
