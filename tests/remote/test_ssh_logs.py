"""Logs on another machine by SSH: a real server on this one, whose files are judged."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ssh_support import ssh_server
from support import grokking_rows

from grok_tui.errors import GrokTuiError
from grok_tui.remote.mirror import Mirror

pytest.importorskip("sshfs")
ROWS = [f"{s},{v['train/accuracy']},{v['test/accuracy']}\n" for s, v in grokking_rows()]


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`ssh://…` of a server that this user may enter with the key of an SSH configuration."""
    with ssh_server(tmp_path / "ssh") as server:
        home = tmp_path / "home"
        (home / ".ssh").mkdir(parents=True, mode=0o700)
        known = f"[127.0.0.1]:{server.port} {server.host_key}"
        (home / ".ssh" / "known_hosts").write_text(known)
        (home / ".ssh" / "config").write_text(f"Host *\n  IdentityFile {server.user_key}\n")
        monkeypatch.setenv("HOME", str(home))
        (tmp_path / "logs").mkdir()
        yield f"ssh://{getpass.getuser()}@127.0.0.1:{server.port}"


def test_a_log_is_judged_over_ssh_and_followed(address: str, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a" / "log.csv"
    log.parent.mkdir()
    log.write_text("step,train_acc,val_acc\n" + "".join(ROWS[:50]))
    mirror = Mirror(f"{address}{tmp_path}/logs")
    assert mirror.sync().files == 1
    with log.open("a") as file:
        file.writelines(ROWS[50:])
    mirror.sync()
    assert (mirror.folder / "a" / "log.csv").read_bytes() == log.read_bytes()
    command = [sys.executable, "-m", "grok_tui", "detect", f"{address}{tmp_path}/logs", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "grokked"


def test_an_unknown_host_is_not_trusted(address: str, tmp_path: Path) -> None:
    (tmp_path / "home" / ".ssh" / "known_hosts").write_text("")
    with pytest.raises(GrokTuiError, match=r"(?i)host key"):
        Mirror(f"{address}{tmp_path}/logs").sync()
