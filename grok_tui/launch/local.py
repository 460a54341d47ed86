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
from grok_tui.launch.command import again
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.make import make_run
from grok_tui.runs.origin import without_credentials, without_credentials_in
from grok_tui.runs.record import Parent, State, read_record, write_record

TRAINER = "grok_tui.training"
PROGRAM = "grok_tui.launch.program"
"""Modules that are started as the process of a run."""


def create_run(
    root: Path,
    config: Config,
    *,
    preset: str | None = None,
    changes: Mapping[str, Any],
    parent: Parent | None = None,
    expected: Expected | None = None,
    folder: str | None = None,
    run_id: str | None = None,
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
        run_id: what the directory is called; else after the name, with the next free number.

    Raises:
        UsageError: the directory cannot be made.
    """
    return make_run(
        root,
        config.name,
        config={**to_tree(config), "name": without_credentials(config.name)},
        preset=preset,
        changes=without_credentials_in(changes),
        parent=parent,
        expected=expected if all(map(is_neutral, changes)) else None,
        folder=folder,
        run_id=run_id,
    )


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
    return _spawn(TRAINER, [paths], place)


def start_program(paths: RunPaths, command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start somebody's own command as a run, detached, with a process beside it; see `start`."""
    return _spawn(PROGRAM, [paths], None, *_after_options(command))


def start_together(runs: Sequence[RunPaths], place: Place | None = None) -> subprocess.Popen[bytes]:
    """Start one trainer for several runs that differ in their seeds, detached; see `start`."""
    return _spawn(TRAINER, runs, place)


def restart(paths: RunPaths, place: Place | None = None) -> subprocess.Popen[bytes]:
    """Let a run whose process is gone go on from its newest checkpoint.

    A command that was launched is started once more: where it goes on from is its own affair.

    Raises:
        UsageError: it is somebody else's run, or a command that this user did not launch.
    """
    if paths.record.lstat().st_uid != os.geteuid():
        raise UsageError(f"{paths.root.name} is somebody else's run: only its owner may resume it")
    record = read_record(paths.record)
    if record.program is None:
        return _spawn(TRAINER, [paths], place, "--resume")
    return _spawn(PROGRAM, [paths], None, "--resume", *_after_options(again(record)))


def _after_options(command: Sequence[str]) -> tuple[str, ...]:
    return ("--", *command)


def _spawn(
    module: str, runs: Sequence[RunPaths], place: Place | None, *options: str
) -> subprocess.Popen[bytes]:
    if place is not None:
        options += ("--slot", str(place.descriptor))
        options += ("--device", place.device) if place.device else ()
    folders = [str(run.root) for run in runs]
    with open_output(runs[0].stdout) as output:
        process = subprocess.Popen(
            # -P: a torch.py in the present folder must not be imported in place of torch.
            [sys.executable, "-P", "-m", module, *folders, *options],
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
