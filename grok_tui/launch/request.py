"""What a user asks to be trained, checked before anything is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grok_tui.config import (
    Config,
    Preset,
    Tree,
    change,
    load_preset,
    why_no_compiler,
    why_no_function,
    with_absolute_data,
)
from grok_tui.data.check import why_no_data
from grok_tui.errors import UsageError
from grok_tui.launch.local import create_run
from grok_tui.launch.slots import why_not_here
from grok_tui.runs.layout import RunPaths


@dataclass(frozen=True, slots=True)
class Request:
    """A run that can be made: nothing is wrong with it as far as can be told without torch."""

    preset: Preset
    config: Config
    changes: Tree
    """What differs from the preset."""

    def create(self, root: Path) -> RunPaths:
        """Make the directory of the run in the folder of all runs; see `create_run` for errors."""
        return create_run(
            root.absolute(),
            self.config,
            preset=self.preset.name,
            changes=self.changes,
            expected=self.preset.expected,
        )


def request(
    preset: str, changes: tuple[str, ...], *, is_here: bool = True, **options: Any
) -> Request:
    """Return what a preset and changes of it ask for.

    Args:
        preset: its name, or the path of a TOML file.
        changes: `key=value` of the settings that differ.
        is_here: whether this machine is to train it, and so has to have the device.
        options: more of them; nothing stands for what was not given.

    Raises:
        UsageError: a setting is wrong, or this machine lacks what it needs.
    """
    loaded = load_preset(preset)
    given = [f"{key}={value}" for key, value in options.items() if value is not None]
    config, changed = change(loaded.config, [*changes, *given])
    config = with_absolute_data(config, Path.cwd())
    problem = (
        (why_not_here(config.device) if is_here else None)
        or why_no_function(config)
        or why_no_data(config)
        or why_no_compiler(config)
    )
    if problem:
        raise UsageError(problem)
    return Request(loaded, config, changed)
