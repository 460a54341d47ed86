"""Every place where the program looks for files."""

from __future__ import annotations

import os
from pathlib import Path

RUNS_VARIABLE = "GROK_TUI_RUNS"

_PACKAGE = Path(__file__).resolve().parent


def runs_root(option: str | Path | None = None) -> Path:
    """Return the folder of run directories: the option, else $GROK_TUI_RUNS, else `./runs`."""
    return Path(option or os.environ.get(RUNS_VARIABLE) or "runs").expanduser()


def presets() -> Path:
    """Return the folder of preset files that ship with the program."""
    return _PACKAGE / "presets"


def sample_runs() -> Path:
    """Return the folder of recorded runs: inside an installed package, beside one in a checkout."""
    installed = _PACKAGE / "sample_runs"
    return installed if installed.is_dir() else _PACKAGE.parent / "sample_runs"
