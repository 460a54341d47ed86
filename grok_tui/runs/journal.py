"""The commands in a run's journal: which were taken, and at which step they took effect."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from grok_tui.logs.tail import Tail
from grok_tui.runs.decode import Count
from grok_tui.runs.layout import RunPaths


class Entry(Struct, frozen=True, kw_only=True):
    """A command, as it was noted before it was carried out."""

    id: str
    verb: str
    step: Count
    """The step after which it took effect."""
    arguments: dict[str, Any] = {}


class _Line(Struct, frozen=True):
    kind: str


def commands(paths: RunPaths) -> list[Entry]:
    """Return the commands that were noted, oldest first; each of them once.

    Raises:
        OSError: the journal cannot be read.
    """
    tail, found, more = Tail(paths.events, complete=True), dict[str, Entry](), True
    while more:
        lines = tail.read()
        more = lines.more
        for line in lines.lines:
            try:
                if msgspec.json.decode(line, type=_Line).kind == "command":
                    entry = msgspec.json.decode(line, type=Entry)
                    found.setdefault(entry.id, entry)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue  # torn by a crash, or damaged
    return list(found.values())
