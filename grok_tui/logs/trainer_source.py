"""One run of Hugging Face's Trainer as a source: the newest of its checkpoints has all of it."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from grok_tui.files import first_names
from grok_tui.logs.source import Batch, ColumnBuilder, Mark
from grok_tui.logs.trainer_history import History, Row, parse, read_file

STATE = "trainer_state.json"
CHECKPOINT = re.compile(r"checkpoint-([0-9]{1,15})")
SETTLED_S = 60.0
"""A damaged file that has not changed for so long is not being written any more."""
MAX_ENTRIES = 100_000
"""So many entries of a folder are looked at."""

Signature = tuple[int, int, int, int]


class TrainerSource:
    """The history of one run, read again whenever there is a newer checkpoint."""

    def __init__(
        self, path: Path, *, complete: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        """Read the folder that a Trainer writes to, or a single file.

        Args:
            path: the folder or file; it need not exist yet.
            complete: whether nobody writes to it any more.
            clock: returns the time in seconds since the epoch.
        """
        self._path = path
        self._complete = complete
        self._clock = clock
        self._parsed: dict[Path, tuple[Signature, History]] = {}
        self._history = History(())
        self._given = 0

    def read(self, max_rows: int, max_seconds: float) -> Batch:  # noqa: ARG002
        """Return the rows that are new; a row is an entry of the history.

        Raises:
            OSError: the newest file cannot be read.
        """
        is_all_given = self._given == len(self._history.rows)
        rewound = is_all_given and self._look()
        history, builder = self._history, ColumnBuilder()
        end = min(self._given + max_rows, len(history.rows))
        for row in range(self._given, end):
            step, values = history.rows[row]
            builder.add(row, step, math.nan, values)
        self._given = end
        return Batch(
            builder.build(),
            more=end < len(history.rows),
            rewound=rewound,
            bad_lines=history.bad,
            left_out=_left_out(history),
        )

    def mark(self) -> Mark:
        """Return where this source stands."""
        return {"given": self._given, "digest": _digest(self._history.rows[: self._given])}

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another log now."""
        given = mark.get("given")
        if type(given) is not int or given < 0:
            return False
        try:
            history = self._newest()
        except OSError:
            return False
        if history is None or given > len(history.rows):
            return False
        if mark.get("digest") != _digest(history.rows[:given]):
            return False
        self._history, self._given = history, given
        return True

    def _look(self) -> bool:
        """Take over the newest history; return whether what was given is not part of it."""
        newest = self._newest()
        if newest is None:
            return False
        # The parser gives one and the same not-a-number each time, so that it equals itself here.
        given, rows = self._history.rows, newest.rows
        if len(rows) < len(given) and rows == given[: len(rows)]:
            return False  # the newest checkpoint was removed
        self._history = newest
        if rows[: len(given)] == given:
            return False
        self._given = 0
        return True

    def _newest(self) -> History | None:
        """Return the history that goes furthest."""
        histories, parsed = [], self._parsed
        self._parsed = {}
        for path in self._files():
            history = self._parse(path, parsed)
            if history is None:
                continue
            histories.append(history)
            if history.is_whole and path.parent != self._path:
                break  # the checkpoints below it have less
        return max(histories, key=_reach, default=None)

    def _files(self) -> list[Path]:
        """Return the run's own file, as it is saved at the end, and the highest checkpoints'."""
        try:
            names = first_names(self._path, MAX_ENTRIES)
        except NotADirectoryError:
            return [self._path]
        except FileNotFoundError:
            return []
        found = [(int(match[1]), name) for name in names if (match := CHECKPOINT.fullmatch(name))]
        folders = [self._path / name for _, name in sorted(found, reverse=True)]
        return [folder / STATE for folder in (self._path, *folders)]

    def _parse(self, path: Path, parsed: dict[Path, tuple[Signature, History]]) -> History | None:
        """Return what is in a file; nothing if it is missing or still being written."""
        try:
            status = path.stat()
            signature = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            known, history = parsed.get(path, (None, None))
            if history is None or known != signature:
                history = parse(read_file(path))
        except FileNotFoundError:
            return None
        self._parsed[path] = signature, history
        is_settled = self._complete or self._clock() - status.st_mtime >= SETTLED_S
        return history if history.is_whole or is_settled else None


def _reach(history: History) -> tuple[float, bool]:
    return (history.rows[-1][0] if history.rows else -math.inf), history.is_whole


def _left_out(history: History) -> str | None:
    said = [
        f"damaged parts of {STATE}" * (not history.is_whole),
        f"{history.left_out} metrics, which are too many" * bool(history.left_out),
    ]
    return ", ".join(filter(None, said)) or None


def _digest(rows: tuple[Row, ...]) -> str:
    return blake2b(repr(rows).encode(), digest_size=16).hexdigest()
