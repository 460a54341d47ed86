"""Starts the process that measures a run's checkpoints: this one becomes it, or a detached one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from grok_tui.errors import GrokTuiError
from grok_tui.files import open_output
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.lock import is_held
from grok_tui.runs.measurements import checkpoints_of


def become(paths: RunPaths, options: Sequence[str]) -> NoReturn:
    """Go on as the process that measures: terminal, signals and exit status are its own."""
    sys.stdout.flush()
    os.execv(sys.executable, _command(paths, options))


def start(paths: RunPaths) -> subprocess.Popen[bytes]:
    """Measure in the background what is measured if nothing is named; it outlives the terminal.

    Raises:
        UsageError: there are no checkpoints.
        GrokTuiError: it is being measured already.
        OSError: its output cannot be written.
    """
    checkpoints_of(paths)
    if is_held(paths.measure_lock):
        raise GrokTuiError(f"{paths.root.name} is being measured already")
    with open_output(paths.measure_output) as output:
        process = subprocess.Popen(
            _command(paths, ()),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    return process


def _command(paths: RunPaths, options: Sequence[str]) -> list[str]:
    # -P: a torch.py in the present folder must not be imported in place of torch.
    module = [sys.executable, "-P", "-m", "grok_tui.training.measure"]
    return [*module, str(Path(paths.root).absolute()), *options]
