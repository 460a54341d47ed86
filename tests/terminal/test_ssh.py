"""A run and a connection that breaks: a real SSH server on this machine, and its client killed."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import wait_until
from terminal_support import Terminal

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record
from grok_tui.watch.judgement import read_run

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
PasswordAuthentication no
UsePAM no
PermitRootLogin prohibit-password
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[str]]:
    """The command that connects to a server of our own, with a key of our own."""
    if SSHD is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("no SSH server here (Debian: apt-get install openssh-server openssh-client)")
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for key in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
        subprocess.run(command, check=True)
    port = free_port()
    (folder / "sshd_config").write_text(CONFIG.format(port=port, folder=folder))
    Path("/run/sshd").mkdir(exist_ok=True)  # the server wants it, and has no setting for it
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")])
    options = {
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": str(folder / "known"),
        "IdentitiesOnly": "yes",
        "LogLevel": "ERROR",
    }
    given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    where = ["-p", str(port), "-i", str(folder / "user"), f"{getpass.getuser()}@127.0.0.1"]
    command = ["ssh", "-tt", *given, *where]

    def answers() -> bool:
        assert server.poll() is None, "the server has ended"
        return subprocess.run([*command, "true"], capture_output=True).returncode == 0

    wait_until(answers, "the server lets us in", every_s=0.1)
    yield command
    server.terminate()
    server.wait()


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
