"""Which decoder reads which table, by the ending of its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from grok_tui.errors import UsageError
from grok_tui.logs.any_table import AnyTable
from grok_tui.logs.block import Block
from grok_tui.logs.delimited import Delimited
from grok_tui.logs.json_lines import JsonLines
from grok_tui.logs.source import Mark

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
TEXT_SUFFIXES = (".log", ".txt", ".out")
"""A file with such a name may be a table, or anything else."""


class Decoder(Protocol):
    """Turns the lines of a table into rows of named numbers."""

    def decode(self, lines: Sequence[bytes]) -> Block:
        """Return the rows in the lines that come next."""
        ...

    def mark(self) -> Mark:
        """Return what later lines cannot be understood without."""
        ...

    def resume(self, mark: Mark) -> None:
        """Take over what another decoder knew.

        Raises:
            KeyError, TypeError, ValueError: this is no mark of such a decoder.
        """
        ...


def decoder_for(path: Path, run: str | None = None) -> Delimited | JsonLines | AnyTable:
    """Return a decoder of the rows of one run, or of all, that a file name asks for.

    Raises:
        UsageError: no decoder takes this ending.
    """
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return JsonLines(run)
    if suffix in (".csv", ".tsv"):
        return Delimited(run)
    if suffix in TEXT_SUFFIXES:
        return AnyTable(run)
    readable = ", ".join((*SUFFIXES, *TEXT_SUFFIXES))
    raise UsageError(f"{path}: unknown kind of log; readable are {readable}")
