"""W&B's offline runs: the `.wandb` file in each of their folders, without W&B itself."""

from __future__ import annotations

import math
import time
from pathlib import Path

from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.growing import GrowingFile, read_start
from grok_tui.logs.numbers import MAX_METRICS, is_count, is_step
from grok_tui.logs.source import Batch, ColumnBuilder, Mark
from grok_tui.logs.wandb_blocks import BLOCK_BYTES, MAGIC, records
from grok_tui.logs.wandb_records import RUNTIME, STEP, TIME, History, display_name

SUFFIX = ".wandb"
READ_BYTES = 1 << 20
_RUN_FOLDERS = ("offline-run-", "run-")
_OTHER_FOLDERS = frozenset({"files", "logs", "tmp"})
"""What else W&B puts beside the file: copies of code, and what it printed."""


class WandbSource:
    """The history of one run."""

    def __init__(self, path: Path, *, complete: bool = False) -> None:
        """Read a `.wandb` file; `complete` says that nobody writes to it any more."""
        self._file = GrowingFile(path, follow=True)
        self._complete = complete
        self._begin()

    def _begin(self) -> None:
        self._history = History()
        self._row = 0
        self._bad = 0
        self._window = READ_BYTES

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the rows of history that are new.

        Raises:
            OSError: the file cannot be read.
        """
        deadline = time.monotonic() + max_seconds
        builder, rewound, first_row, more = ColumnBuilder(), False, self._row, True
        while more and self._row - first_row < max_rows and time.monotonic() < deadline:
            piece = self._file.read(self._window)
            if piece.rewound:
                self._begin()
                builder, rewound, first_row = ColumnBuilder(), True, 0
            used = self._take(piece.data, builder, first_row + max_rows)
            if not used and piece.at_end and self._complete and piece.data:
                self._bad, used = self._bad + 1, len(piece.data)
            # A record may be longer than what is read at a time.
            self._window = READ_BYTES if used or piece.at_end else 2 * self._window
            self._file.use(piece.data, used)
            more = not piece.at_end or 0 < used < len(piece.data)
        return Batch(
            builder.build(),
            more=more,
            rewound=rewound,
            bad_lines=self._bad,
            left_out=f"all but {MAX_METRICS} metrics" if self._history.is_full else None,
        )

    def _take(self, data: bytes, builder: ColumnBuilder, last_row: int) -> int:
        """Add rows up to a number of them, and return how many bytes they took."""
        used = 0
        if self._file.offset == 0:
            if len(data) < len(MAGIC):
                return 0
            used = len(MAGIC)
            self._bad += not data.startswith(MAGIC)
        for record, end in records(data, self._file.offset, used):
            used = end
            if not self._add(record, builder):
                self._bad += 1
            if self._row >= last_row:
                break
        return used

    def _add(self, record: bytes | None, builder: ColumnBuilder) -> bool:
        """Add the row in a record, if one is; return false if the record is damaged."""
        if record is None:
            return False
        try:
            row = self._history.row(record)
        except ValueError:
            return False
        if row is None:
            return True
        step, at = row.pop(STEP, None), row.pop(TIME, math.nan)
        row.pop(RUNTIME, None)
        if step is None or not is_step(step):
            return False
        builder.add(self._row, step, at, row)
        self._row += 1
        return True

    def mark(self) -> Mark:
        """Return how far the file was read."""
        return {"file": self._file.mark(), "row": self._row, "bad": self._bad}

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false if it is not one of this file."""
        row, bad = mark.get("row"), mark.get("bad")
        if not is_count(row) or not is_count(bad) or not self._file.resume(mark.get("file")):
            return False
        self._begin()
        self._row, self._bad = row, bad
        return True


class WandbFormat:
    """One log a `.wandb` file."""

    name = "wandb"
    title = "W&B offline run"

    def find(self, folder: Folder) -> Found:
        """Return the runs whose files lie in a folder."""
        files = frozenset(name for name in folder.files if name.endswith(SUFFIX))
        logs = tuple(self._log(folder.path / name) for name in sorted(files))
        is_run = bool(files) and folder.path.name.startswith(_RUN_FOLDERS)
        return Found(logs, files, folder.folders & _OTHER_FOLDERS if is_run else frozenset())

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the run in a file."""
        is_ours = path.suffix == SUFFIX or read_start(path, len(MAGIC)) == MAGIC
        return (self._log(path),) if is_ours else ()

    def open(self, log: LogRef, *, complete: bool = False) -> WandbSource:
        """Return the reader of a run."""
        return WandbSource(log.path, complete=complete)

    def _log(self, path: Path) -> LogRef:
        return LogRef(path, self.name, title=_display_name(path))


def _display_name(path: Path) -> str | None:
    """Return what the run's first block calls it; other names are not worth reading on."""
    try:
        start = read_start(path, BLOCK_BYTES)
    except OSError:
        return None
    names = (display_name(record) for record, _ in records(start, 0, len(MAGIC)) if record)
    return next((name for name in names if name), None)


FORMAT = WandbFormat()
