"""What a run leaves behind: readable by its owner only, without secrets, and without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import wait_until

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record

COMMAND = [sys.executable, "-m", "grok_tui"]
CHANGES = ("steps=1000000", "checkpoint.every=50")
SECRET = "hunter2-5d41402abc"
LISTENING = "0A"
"""State of a listening socket in /proc/net/tcp."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunPaths]:
    """A live run, started with secrets all around by somebody who hides nothing from others."""
    for name in ("WANDB_API_KEY", "SLURM_JWT", "CUDA_LICENCE_SECRET", "SSH_PASSPHRASE", "MY_THING"):
        monkeypatch.setenv(name, SECRET)
    before = os.umask(0)
    try:
        name = f"https://me:{SECRET}@host/x"
        subprocess.run(
            [
                *COMMAND,
                "train",
                "add-53-flash",
                *CHANGES,
                f"name={name}",
            ],
            check=True,
            capture_output=True,
        )
    finally:
        os.umask(before)
    (path,) = (path for path in (tmp_path / "runs").iterdir() if not path.name.startswith("."))
    paths = RunPaths(path)
    wait_until(lambda: list(paths.checkpoints.glob("*.json")), "there is a checkpoint")
    yield paths
    spool.send(paths, "stop")


def test_only_the_owner_may_read_what_a_run_writes(run: RunPaths) -> None:
    spool.send(run, "pause")
    wait_until(lambda: list(run.done_commands.iterdir()), "it is answered")
    subprocess.run([*COMMAND, "fork", run.root.name], check=True, capture_output=True)
    found = [*run.root.rglob("*"), *(run.root.parent / f"{run.root.name[:-2]}-fork-1").rglob("*")]
    assert len(found) > 20
    for path in [run.root, *found]:
        mode = path.stat().st_mode & 0o777
        assert mode == (0o700 if path.is_dir() else 0o600), path
    spool.send(RunPaths(run.root.parent / f"{run.root.name[:-2]}-fork-1"), "stop")


def test_no_file_of_a_run_has_a_secret_in_it(run: RunPaths) -> None:
    spool.send(run, "stop")
    wait_until(lambda: read_record(run.record).state is State.STOPPED, "it has ended")
    files = [path for path in run.root.rglob("*") if path.is_file()]
    assert len(files) > 8
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
    record = read_record(run.record)
    assert record.name == "https://***@host/x"
    assert record.command[-1] == "name=https://***@host/x"


def test_a_trainer_listens_to_no_network(run: RunPaths) -> None:
    pid = read_record(run.record).pid
    sockets = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            assert not (fields[3] == LISTENING and f"socket:[{fields[9]}]" in sockets), line
