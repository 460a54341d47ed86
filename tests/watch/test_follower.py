from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from support import DATA, grokking_rows, write_run

from grok_tui.analysis.verdict import Outcome
from grok_tui.config import Config
from grok_tui.runs import spool
from grok_tui.runs.heartbeat import Heartbeat, write_heartbeat
from grok_tui.runs.host import this_host
from grok_tui.runs.lock import RunLock
from grok_tui.runs.reader import RunSource
from grok_tui.runs.record import State
from grok_tui.runs.writer import MetricsWriter
from grok_tui.watch.follower import Follower

ROWS = grokking_rows()


def follow(path: Path, now: float = 1e10) -> Follower:
    return Follower(path, this_host(), lambda: now)


def test_a_finished_run_is_read_and_judged(tmp_path: Path) -> None:
    follower = follow(write_run(tmp_path, ROWS, name="a", data=DATA).root)
    assert follower.poll()
    view = follower.view
    assert (view.status.state, view.step, view.steps) == (State.FINISHED, 4000, 4000)
    assert view.verdict.outcome is Outcome.GROKKED
    assert view.curve("test/accuracy").last is not None
    assert not follower.poll(), "nothing changed"
    assert follower.is_settled


def test_a_live_run_grows(tmp_path: Path) -> None:
    paths = write_run(tmp_path, ROWS[:10], state=State.RUNNING)
    lock = RunLock(paths.lock)
    follower = follow(paths.root)
    follower.poll()
    assert follower.view.status.state is State.RUNNING
    first = follower.view.curve("train/loss")
    writer = MetricsWriter(paths, session=2, resume_step=9)
    for step, values in ROWS[10:20]:
        writer.write(step, values)
    assert follower.poll()
    assert len(follower.view.curve("train/loss")) == 20
    assert len(first) == 10, "a view that was handed out stays as it was"
    write_heartbeat(paths.heartbeat, Heartbeat(time=1.0, step=77, steps_per_s=5.0, trained_s=3.0))
    assert follower.poll()
    assert (follower.view.step, follower.view.steps_per_s) == (77, 5.0)
    assert follower.view.eta_s == (4000 - 77) / 5.0
    writer.close()
    lock.release()
    follower.poll()
    assert follower.view.status.state is State.CRASHED


def test_rows_that_nothing_is_judged_by_are_steps_too(tmp_path: Path) -> None:
    follower = follow(write_run(tmp_path, [(7, {"train/lr": 0.1})]).root)
    follower.poll()
    assert follower.view.step == 7


def test_a_command_on_its_way_shows(tmp_path: Path) -> None:
    paths = write_run(tmp_path, ROWS[:10], state=State.RUNNING)
    lock = RunLock(paths.lock)
    follower = follow(paths.root)
    spool.send(paths, "pause")
    follower.poll()
    assert follower.view.status.state is State.PAUSING
    assert follower.view.pending == ("pause",)
    lock.release()


def test_a_refused_command_is_told_for_a_while(tmp_path: Path) -> None:
    paths = write_run(tmp_path, ROWS[:10])
    now = 5000.0
    follower = Follower(paths.root, this_host(), lambda: now)
    command = spool.send(paths, "set")
    why = "lr: \x1b no"
    spool.acknowledge(
        paths, spool.Acknowledgement(id=command.id, verb="set", step=7, time=now, refused=why)
    )
    later = spool.send(paths, "pause")
    spool.acknowledge(paths, spool.Acknowledgement(id=later.id, verb="pause", step=8, time=now + 1))
    follower.poll()
    assert follower.view.refusal == "set was refused at step 7: lr: ␛ no"
    assert not follower.is_settled, "it is to be taken back"
    now += 100
    follower.poll()
    assert follower.view.refusal is None
    assert follower.is_settled


def test_a_damaged_run_is_a_row_with_a_reason_and_recovers(tmp_path: Path) -> None:
    paths = write_run(tmp_path, ROWS)
    content = paths.record.read_bytes()
    paths.record.write_bytes(b"{")
    follower = follow(paths.root)
    follower.poll()
    assert follower.view.status.state is State.UNREADABLE
    assert "damaged" in (follower.view.status.reason or "")
    paths.record.write_bytes(content)
    follower.poll()
    assert follower.view.status.state is State.FINISHED


def test_special_files_do_not_hang_it(tmp_path: Path) -> None:
    paths = write_run(tmp_path, ROWS[:3])
    for path in (paths.heartbeat, paths.metrics("other", 1), paths.metrics("other", 2)):
        os.mkfifo(path)
    follower = follow(paths.root)
    follower.poll()
    assert len(follower.view.curve("train/loss")) == 3
    assert follower.view.skipped is not None
    assert "metrics-other-1.jsonl is not a regular file" in follower.view.skipped


def test_foreign_text_is_made_safe(tmp_path: Path) -> None:
    evil = "\x1b]2;owned\x07[/b]"
    paths = write_run(tmp_path, [(0, {evil: 1.0})], config=Config(name=evil), device=evil)
    follower = follow(paths.root)
    follower.poll()
    view = follower.view
    for text in (view.name, view.device or "", *view.curves):
        assert "\x1b" not in text
        assert "[/b]" in text


def test_a_directory_that_vanishes_is_no_crash(tmp_path: Path) -> None:
    paths = write_run(tmp_path, ROWS[:3])
    follower = follow(paths.root)
    follower.poll()
    paths.root.rename(tmp_path / "moved")
    follower.poll()
    assert follower.view.status.state is State.UNREADABLE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"steps": 4000', f'"steps": {"9" * 4000}'),
        ('"state_step": 0', f'"state_step": {"9" * 4000}'),
        ('"chance": 0.0188', '"chance": -0.0188'),
        ('"created": ', '"created": 1e308, "x": '),
    ],
)
def test_absurd_numbers_in_a_record_end_nothing(tmp_path: Path, old: str, new: str) -> None:
    paths = write_run(tmp_path, ROWS, data=DATA)
    content = paths.record.read_text()
    assert old in content
    paths.record.write_text(content.replace(old, new, 1))
    follower = follow(paths.root)
    follower.poll()
    view = follower.view
    assert view.status.state in (State.FINISHED, State.UNREADABLE)
    assert view.steps is None or view.steps < 1e15


def test_what_nobody_thought_of_ends_one_row_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("no idea")

    follower = follow(write_run(tmp_path, ROWS).root)
    monkeypatch.setattr(RunSource, "read", fail)
    assert follower.poll()
    assert follower.view.status.state is State.UNREADABLE
    assert follower.view.status.reason == "ZeroDivisionError: no idea"
    assert not follower.poll(), "it does not change any more"


def test_a_run_that_begins_or_ends_during_a_look_has_not_crashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is asked for before and after the record is read."""
    paths = write_run(tmp_path, ROWS[:10], state=State.RUNNING, pid=1)
    follower = follow(paths.root)
    for answers in ([True, False], [False, True]):
        held = iter(answers)
        monkeypatch.setattr("grok_tui.watch.follower.is_held", lambda _, held=held: next(held))
        follower.poll()
        assert follower.view.status.state is State.RUNNING


def test_a_run_on_another_machine_lives_by_the_age_of_the_heartbeat_file(tmp_path: Path) -> None:
    """The other machine's clock may be wrong by an hour."""
    paths = write_run(tmp_path, ROWS[:10], state=State.RUNNING, host="elsewhere", boot_id="other")
    write_heartbeat(paths.heartbeat, Heartbeat(time=time.time() - 3600, step=9))
    assert follow(paths.root, time.time()).view.status.state is State.RUNNING
    assert follow(paths.root, time.time() + 600).view.status.state is State.STALE


def test_rows_that_cannot_be_read_are_not_tried_without_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is loading is read again at once: one that fails for ever must not be that."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    follower = follow(write_run(tmp_path, ROWS).root)
    monkeypatch.setattr(RunSource, "read", fail)
    follower.poll()
    assert follower.view.status.state is State.UNREADABLE
    assert not follower.view.is_loading
