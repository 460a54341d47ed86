"""What a training script printed, as a log: lines of text with numbers in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grok_tui.logs.decoders import TEXT_SUFFIXES
from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.line_patterns import configured
from grok_tui.logs.look import head_lines
from grok_tui.logs.table import TableSource
from grok_tui.logs.text_lines import TextLines

MIN_LINES = 3
"""So many lines at the start of a log have metrics; other text has one by chance."""


@dataclass(frozen=True, slots=True)
class TextLogs:
    """Printed lines as logs."""

    name: str = "text"
    title: str = "text log"
    patterns: Sequence[str] | None = None
    """Regular expressions with named groups, for lines that are not understood without; by default
    those of the user's settings."""

    def find(self, folder: Folder) -> Found:
        """Return the files in a folder that have several lines with metrics."""
        names = sorted(n for n in folder.files if not n.startswith(".") and _is_named(Path(n)))
        found = [name for name in names if self._is_log(folder.path / name)]
        logs = tuple(LogRef(folder.path / name, self.name) for name in found)
        return Found(logs, frozenset(found))

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the log that a user named.

        Raises:
            OSError: it cannot be read, or is no text.
        """
        if not _is_named(path):
            return ()
        head_lines(path)
        return (LogRef(path, self.name),)

    def open(self, log: LogRef, *, complete: bool = False) -> TableSource:
        """Return the reader of a text."""
        new_decoder = partial(TextLines, self._expressions())
        return TableSource(log.path, complete=complete, new_decoder=new_decoder)

    def _expressions(self) -> Sequence[str]:
        return configured()[0] if self.patterns is None else self.patterns

    def _is_log(self, path: Path) -> bool:
        try:
            return TextLines(self._expressions()).decode(head_lines(path)).rows >= MIN_LINES
        except OSError:  # no regular file, no text, or gone
            return False


FORMAT = TextLogs()


def _is_named(path: Path) -> bool:
    return path.suffix.lower() in TEXT_SUFFIXES
