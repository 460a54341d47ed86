"""Starts a run on this machine, in a session of its own: it outlives the terminal."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from grok_tui.config import Config, Expected, is_neutral, to_tree
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.files import open_output
from grok_tui.runs.find import make_run_directory
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.origin import command, without_credentials, without_credentials_in
from grok_tui.runs.record import Parent, Record, State, read_record, write_record


def create_run(
    root: Path,
    config: Config,
    *,
    preset: str | None = None,
    changes: Mapping[str, Any],
    parent: Parent | None = None,
    expected: Expected | None = None,
    folder: str | None = None,
) -> RunPaths:
    """Make the directory of a new run.

    Args:
        root: the folder of all runs; it is made if it is missing.
        config: what the run is asked to do.
        preset: the preset that the config comes from.
        changes: what differs from the preset.
        parent: the run that it is forked from.
        folder: where functions of the user's own are looked for; the present folder if not given.
        expected: what the preset is expected to show; left out where the changes concern that.

    Raises:
        UsageError: the directory cannot be made.
    """
    name = without_credentials(config.name)
    if name != _readable(name):
        raise UsageError("name: expected text in UTF-8")
    paths = RunPaths(make_run_directory(root, name))
    host, now = this_host(), time.time()
    record = Record(
        id=paths.root.name,
        name=name,
        preset=preset,
        changes=without_credentials_in(changes),
        config={**to_tree(config), "name": name},
        parent=parent,
        expected=expected if all(map(is_neutral, changes)) else None,
        folder=folder or _readable(str(Path.cwd())),
        command=[_readable(argument) for argument in command(sys.argv)],
        created=now,
        state=State.STARTING,
        state_time=now,
        host=host.name,
        boot_id=host.boot_id,
    )
    try:
        for part in (paths.new_commands.parent, paths.new_commands, paths.done_commands):
            part.mkdir(mode=0o700)  # one by one: parents would be open to everybody
        write_record(paths.record, record)
    except OSError as error:
        raise UsageError(f"cannot write {paths.root}: {error.strerror}") from None
    return paths


def _readable(text: str) -> str:
    """Return a text from the system as it can be written down: its bytes may be no UTF-8."""
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run from the queue may train."""

    device: str | None
    """The device; nothing where the run's own choice holds."""
    descriptor: int
    """An open file whose lock the trainer keeps while it lives."""


def start(paths: RunPaths, place: Place | None = None) -> subprocess.Popen[bytes]:
    """Start the trainer of a run, detached: own session, no terminal, output in a file.

    A thread waits for it, so that a trainer that ends before this process leaves no zombie, and
    that one that cannot even begin does not look as if it were starting.
    """
    return _spawn([paths], place)


def start_together(runs: Sequence[RunPaths]) -> subprocess.Popen[bytes]:
    """Start one trainer for several runs that differ in their seeds, detached; see `start`."""
    return _spawn(runs, None)


def restart(paths: RunPaths, place: Place | None = None) -> subprocess.Popen[bytes]:
    """Let a run whose process is gone go on from its newest checkpoint.

    Raises:
        UsageError: it is somebody else's run.
    """
    if paths.record.lstat().st_uid != os.geteuid():
        raise UsageError(f"{paths.root.name} is somebody else's run: only its owner may resume it")
    return _spawn([paths], place, "--resume")


def _spawn(runs: Sequence[RunPaths], place: Place | None, *options: str) -> subprocess.Popen[bytes]:
    if place is not None:
        options += ("--slot", str(place.descriptor))
        options += ("--device", place.device) if place.device else ()
    folders = [str(run.root) for run in runs]
    with open_output(runs[0].stdout) as output:
        process = subprocess.Popen(
            # -P: a torch.py in the present folder must not be imported in place of torch.
            [sys.executable, "-P", "-m", "grok_tui.training", *folders, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(place.descriptor,) if place else (),
        )
    threading.Thread(target=_wait_for, args=(process, runs), name="reaper", daemon=True).start()
    return process


def _wait_for(process: subprocess.Popen[bytes], runs: Sequence[RunPaths]) -> None:
    status = process.wait()
    reason = f"the trainer could not begin (exit status {status})"
    for paths in runs:
        with contextlib.suppress(GrokTuiError, OSError):  # nobody is left to tell
            record = read_record(paths.record)
            if record.state is State.STARTING and record.pid is None:
                ended = {"state": State.CRASHED, "state_time": time.time(), "reason": reason}
                write_record(paths.record, msgspec.structs.replace(record, **ended))
