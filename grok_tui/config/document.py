"""The TOML file of a preset or a sweep, as somebody typed its path."""

from __future__ import annotations

import tomllib
from pathlib import Path

from grok_tui.config.tree import Tree
from grok_tui.errors import UsageError
from grok_tui.files import read_regular

MAX_BYTES = 1 << 20
"""No list of settings is longer; a larger file is something else."""


def read_toml(path: Path) -> Tree:
    """Return what stands in a TOML file.

    Raises:
        UsageError: it cannot be read, is no regular file, is too large or is not valid.
    """
    try:
        data = read_regular(path, MAX_BYTES, follow=True)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    try:
        return tomllib.loads(data.decode())
    except ValueError as error:  # bad TOML and bad UTF-8
        raise UsageError(f"{path} is not valid TOML: {error}") from None
