"""A run and a connection that breaks: a real SSH server on this machine, and its client killed."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ssh_support import ssh_server
from support import wait_until
from terminal_support import Terminal

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record
from grok_tui.watch.judgement import read_run


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[str]]:
    """The command that connects to a server of our own, with a key of our own."""
    if shutil.which("ssh") is None:
        pytest.skip("no SSH client here (Debian: apt-get install openssh-client)")
    with ssh_server(tmp_path / "ssh") as server:
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": str(tmp_path / "ssh" / "known"),
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
        }
        given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        where = ["-p", str(server.port), "-i", str(server.user_key)]
        yield ["ssh", "-tt", *given, *where, f"{getpass.getuser()}@127.0.0.1"]


def test_a_run_outlives_its_connection_and_is_steered_from_the_next_one(
    ssh: list[str], tmp_path: Path
) -> None:
    program = f"cd {tmp_path} && {sys.executable} -m grok_tui"
    first = Terminal([*ssh, f"{program} demo"], tmp_path, columns=100, rows=30)
    first.wait_for("● running")
    paths = RunPaths(tmp_path / "runs" / "add-53-flash-1")
    subprocess.run(["kill", "-9", str(first.pid)], check=True)
    first.wait_for_end()
    first.hang_up()
    step = read_run(paths.root).step or 0
    wait_until(lambda: (read_run(paths.root).step or 0) > step, "the run goes on")
    assert read_run(paths.root).status.state is State.RUNNING

    second = Terminal([*ssh, program], tmp_path, columns=100, rows=30)
    second.wait_for(r"● running +add-53-flash-1")
    second.send("\r")
    second.wait_for("add-53-flash-1 · seed 0")
    second.send(" ")
    second.wait_for("‖ paused")
    assert read_record(paths.record).state is State.PAUSED
    second.send("q")
    assert second.wait_for_end() == 0
    spool.send(paths, "stop")
