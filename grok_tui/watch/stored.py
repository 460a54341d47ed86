"""What the cache has of a run or a log, as it is understood now."""

from __future__ import annotations

from pathlib import Path

from grok_tui.store.log import LogKey, StoredLog
from grok_tui.watch.index import read_as, version


def stored(format_: str, path: Path, run: str | None = None) -> StoredLog | None:
    """Return the columns that the cache has of a log, or will have; nothing where there is no log.

    Args:
        format_: its format; `run` stands for run directories.
        path: the file or folder that it lies in.
        run: which of the runs in it, where there are several.
    """
    try:
        key = LogKey.of(format_, path, run, reader=f"{version()} {read_as(path)}")
    except OSError:
        return None
    return StoredLog(key)
