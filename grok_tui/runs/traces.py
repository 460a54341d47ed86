"""`traces.json`: what a launched program was seen to write, so that nobody else's log is taken for
its own: several programs may be launched from one folder at once."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from grok_tui.files import write_atomic
from grok_tui.runs.decode import Count, UnreadableError, read_json

MAX_BYTES = 1 << 20


class Traces(Struct, frozen=True):
    """What tells which logs are those of a program."""

    files: list[str] = []
    """Files that one of its processes had open for writing."""
    processes: list[Count] = []
    """The numbers of its processes, which TensorBoard writes into the names of files."""


def read_traces(path: Path) -> Traces:
    """Return what was seen; nothing where there is nothing that can be read."""
    try:
        return read_json(path, Traces, MAX_BYTES)
    except UnreadableError:
        return Traces()


def write_traces(path: Path, traces: Traces) -> None:
    """Replace what was seen.

    Raises:
        OSError: it cannot be written.
    """
    write_atomic(path, msgspec.json.encode(traces))
