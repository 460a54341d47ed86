"""Starts a run on this machine, in a session of its own: it outlives the terminal."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grok_tui.config import Config, to_tree
from grok_tui.errors import UsageError
from grok_tui.runs.find import make_run_directory
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import Record, State, write_record


def create_run(
    root: Path, config: Config, *, preset: str | None = None, changes: Mapping[str, Any]
) -> RunPaths:
    """Make the directory of a new run.

    Args:
        root: the folder of all runs; it is made if it is missing.
        config: what the run is asked to do.
        preset: the preset that the config comes from.
        changes: what differs from the preset.

    Raises:
        UsageError: the directory cannot be made.
    """
    paths = RunPaths(make_run_directory(root, config.name))
    host, now = this_host(), time.time()
    record = Record(
        id=paths.root.name,
        name=config.name,
        preset=preset,
        changes=dict(changes),
        config=to_tree(config),
        created=now,
        state=State.STARTING,
        state_time=now,
        host=host.name,
        boot_id=host.boot_id,
    )
    try:
        paths.new_commands.mkdir(parents=True, mode=0o700)
        paths.done_commands.mkdir(mode=0o700)
        write_record(paths.record, record)
    except OSError as error:
        raise UsageError(f"cannot write {paths.root}: {error.strerror}") from None
    return paths


def start(paths: RunPaths) -> subprocess.Popen[bytes]:
    """Start the trainer of a run, detached: own session, no terminal, output in a file.

    A thread waits for it, so that a trainer that ends before this process leaves no zombie.
    """
    with paths.stdout.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "grok_tui.training", str(paths.root)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    return process
