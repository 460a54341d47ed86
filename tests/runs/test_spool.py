from __future__ import annotations

import os
from pathlib import Path

import pytest

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.spool import Acknowledgement


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    return RunPaths(tmp_path)


def answer(command: spool.Command, step: int = 7) -> Acknowledgement:
    return Acknowledgement(id=command.id, verb=command.verb, step=step, time=1.0)


def test_commands_arrive_in_the_order_in_which_they_were_sent(paths: RunPaths) -> None:
    sent = [spool.send(paths, verb) for verb in ("pause", "resume", "stop")]
    assert spool.pending(paths) == sent
    assert spool.take(paths) == (sent, [])


def test_an_acknowledged_command_is_no_longer_pending(paths: RunPaths) -> None:
    command = spool.send(paths, "pause")
    assert spool.acknowledgement(paths, command.id) is None
    spool.acknowledge(paths, answer(command))
    assert spool.pending(paths) == []
    assert spool.acknowledgement(paths, command.id) == answer(command)


def test_acknowledging_twice_does_no_harm(paths: RunPaths) -> None:
    command = spool.send(paths, "pause")
    spool.acknowledge(paths, answer(command))
    spool.acknowledge(paths, answer(command))
    assert spool.take(paths) == ([], [])


def test_a_half_written_command_is_not_seen(paths: RunPaths) -> None:
    spool.send(paths, "pause")
    (paths.new_commands / ".1-x.json.9.tmp").write_text('{"id": "1')
    assert len(spool.pending(paths)) == 1


@pytest.mark.parametrize(
    "content", ["", "{", "[" * 100_000, '{"id": "other", "verb": "stop"}', "x" * (1 << 17)]
)
def test_a_damaged_command_is_put_aside_with_a_reason(paths: RunPaths, content: str) -> None:
    good = spool.send(paths, "pause")
    (paths.new_commands / "0-bad.json").write_text(content)
    commands, refused = spool.take(paths)
    assert commands == [good]
    assert len(refused) == 1
    assert "0-bad.json ignored" in refused[0]
    assert spool.take(paths) == ([good], [])


def test_a_fifo_and_a_link_in_the_spool_do_not_hang_it(paths: RunPaths) -> None:
    good = spool.send(paths, "pause")
    os.mkfifo(paths.new_commands / "0-fifo.json")
    (paths.new_commands / "1-link.json").symlink_to("/etc/passwd")
    commands, refused = spool.take(paths)
    assert commands == [good]
    assert len(refused) == 2


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a file that belongs to another")
def test_a_command_of_another_user_is_ignored(paths: RunPaths) -> None:
    command = spool.send(paths, "stop")
    os.chown(paths.new_commands / f"{command.id}.json", 12345, 12345)
    commands, refused = spool.take(paths)
    assert commands == []
    assert "not written by the run's owner" in refused[0]


def test_a_run_without_a_spool_has_no_commands(paths: RunPaths) -> None:
    assert spool.pending(paths) == []
    assert spool.take(paths) == ([], [])
