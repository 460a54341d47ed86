"""Every place where the program looks for files."""

from __future__ import annotations

import os
from pathlib import Path

RUNS_VARIABLE = "GROK_TUI_RUNS"
STATE_VARIABLE = "XDG_STATE_HOME"

CONFIG_VARIABLE = "XDG_CONFIG_HOME"
RUN_VARIABLE = "GROK_TUI_RUN"
"""Names the run directory of a launched program to that program."""

_PACKAGE = Path(__file__).resolve().parent


def runs_root(option: str | Path | None = None) -> Path:
    """Return the folder of run directories: the option, else $GROK_TUI_RUNS, else `./runs`."""
    return Path(option or os.environ.get(RUNS_VARIABLE) or "runs").expanduser()


def config_file() -> Path:
    """Return the file with a person's settings for the app, by the XDG rules.

    It need not exist. A relative folder in the variable is ignored, as the rules demand.
    """
    given = Path(os.environ.get(CONFIG_VARIABLE, ""))
    folder = given if given.is_absolute() else Path.home() / ".config"
    return folder / "grok-tui" / "config.toml"


def state_file(name: str) -> Path:
    """Return a file in which the app remembers something for a person, by the XDG rules.

    It need not exist. A relative folder in the variable is ignored, as the rules demand.
    """
    given = Path(os.environ.get(STATE_VARIABLE, ""))
    folder = given if given.is_absolute() else Path.home() / ".local" / "state"
    return folder / "grok-tui" / name


def presets() -> Path:
    """Return the folder of preset files that ship with the program."""
    return _PACKAGE / "presets"


def sample_runs() -> Path:
    """Return the folder of recorded runs: inside an installed package, beside one in a checkout."""
    installed = _PACKAGE / "sample_runs"
    return installed if installed.is_dir() else _PACKAGE.parent / "sample_runs"


def cache() -> Path:
    """Return the folder for what can be made again: under $XDG_CACHE_HOME, else `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "grok-tui"
