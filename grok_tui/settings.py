"""What a person has set for the app, in a file of their own: keys, colours, and what is sent.

A setting that is wrong is told in one line and left as it is by default: a typing error must not
keep anybody from their runs.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from grok_tui.errors import unknown
from grok_tui.files import open_regular
from grok_tui.text import safe

MAX_BYTES = 1 << 16


class Settings(Struct, frozen=True, kw_only=True):
    """The content of `config.toml`; everything may be left out."""

    theme: str | None = None
    """Name of the colours; else what suits the terminal."""
    grid: tuple[str, ...] = ()
    """The charts of a run's screen, by metric or chart; none are the usual four."""
    fps: Annotated[float, Meta(ge=0.1, le=30)] = 2.0
    """Repaints of data a second at most: enough to follow by eye, cheap over a thin line."""
    max_kbps: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    """Kilobits a second that are sent to the terminal on average; keys are answered at once."""
    ascii: bool | None = None
    """Whether only ASCII characters are shown; else where the terminal has no others."""
    mouse: bool = True
    """Whether the terminal reports the mouse."""
    bell: bool = False
    """Whether the terminal's bell rings when a run groks, ends, or has a problem."""
    desktop: bool = False
    """Whether the terminal is asked to show that on the desktop (OSC 9 and OSC 777)."""
    notify: tuple[str, ...] = ()
    """A program that is told of it, with its arguments; the sentence is the last one."""
    text_patterns: tuple[str, ...] = ()
    """Regular expressions with named groups, for lines of text logs: `step=(?P<step>\\d+) …`."""
    slurm: dict[str, Any] = {}
    """What Slurm is asked for by default, as in `partition = "gpu"`; see `--slurm`."""
    keys: dict[str, str] = {}
    """Keys of actions, by the action's id: `log_x = "L"`, or several as in `"L,ctrl+l"`."""


def read_settings(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings in a file, and what is wrong with it, one line each.

    A file that does not exist is an empty one.
    """
    try:
        with os.fdopen(open_regular(path, follow=True), "rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(f"it is larger than {MAX_BYTES >> 10} KiB")
        tree = tomllib.loads(data.decode())
    except FileNotFoundError:
        return Settings(), ()
    except (OSError, ValueError) as error:  # bad TOML and bad UTF-8 are ValueErrors
        why = getattr(error, "strerror", None) or error
        return Settings(), (f"{safe(path)}: {safe(why)}; the settings are those by default",)
    return _checked(tree, path.name)


def _checked(tree: dict[str, Any], file: str) -> tuple[Settings, tuple[str, ...]]:
    known = {field.name: field for field in msgspec.structs.fields(Settings)}
    values, problems = {}, []
    for key, value in tree.items():
        if key not in known:
            problems.append(f"{file}: {safe(unknown('setting', key, known))}")
            continue
        try:
            values[key] = msgspec.convert(value, known[key].type)
        except msgspec.ValidationError as error:
            problems.append(f"{file}: {key}: {safe(error)}")
    return Settings(**values), tuple(problems)
