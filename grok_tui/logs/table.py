"""Anybody's CSV, TSV or JSONL as a source: all columns of numbers, by their own names."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from grok_tui.arrays import FloatArray
from grok_tui.logs.block import Block
from grok_tui.logs.columns import Columns
from grok_tui.logs.decoders import SUFFIXES, TEXT_SUFFIXES, Decoder, decoder_for
from grok_tui.logs.delimited import MAX_COLUMNS
from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.json_document import JsonDocument, WholeFile, is_history
from grok_tui.logs.look import is_log, is_table, runs_in
from grok_tui.logs.numbers import EARLIEST, LARGEST_STEP, seconds, whole_number
from grok_tui.logs.source import Batch, Column, Mark, join
from grok_tui.logs.tail import LineSource, Tail
from grok_tui.logs.whole_lines import LEFT_OUT

MAX_RESTARTS = 10
"""So often a log is read again because a later row told which column is the step."""


class TableSource:
    """A growing CSV, TSV or JSONL file, or one run of those in it."""

    def __init__(
        self,
        path: Path,
        *,
        complete: bool = False,
        run: str | None = None,
        new_decoder: Callable[[], Decoder] | None = None,
        new_tail: Callable[[], LineSource] | None = None,
    ) -> None:
        """Read a path that the user gave.

        Args:
            path: the file.
            complete: whether nobody writes to it any more.
            run: which of the runs in it to read; all without one.
            new_decoder: makes what reads its lines; without one, its ending tells.
            new_tail: makes what gives its lines; without one, a file is expected that grows.

        Raises:
            UsageError: nothing reads files with this ending.
        """
        self._run = run
        self._new_decoder = new_decoder or partial(decoder_for, path, run)
        self._new_tail = new_tail or partial(Tail, path, follow=True, complete=complete)
        self._forget()
        self._begin()

    def _forget(self) -> None:
        """Know nothing of the columns: it is another file now."""
        self._columns = Columns()
        self._names: dict[str, None] = {}
        self._step: str | None = None
        self._time: str | None = None
        self._restarts = 0

    def _begin(self) -> None:
        """Stand at the first line, with what is known of the columns."""
        self._tail = self._new_tail()
        self._begin_rows()

    def _begin_rows(self) -> None:
        self._decoder = self._new_decoder()
        self._is_clock: bool | None = None
        self._row = 0
        self._bad_lines = 0
        self._is_cut = False

    @property
    def step_name(self) -> str | None:
        """The column of the training step; without one, rows are counted."""
        return self._step

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the rows that are new.

        Raises:
            OSError: the file cannot be read.
        """
        deadline = time.monotonic() + max_seconds
        blocks, rewound, first_row = list[Batch](), False, self._row
        more = True
        while more and self._row - first_row < max_rows and time.monotonic() < deadline:
            lines = self._tail.read()
            if lines.rewound:
                self._forget()
                self._begin_rows()
                blocks, rewound, first_row = [], True, 0
            more = lines.more
            self._bad_lines += lines.skipped
            self._is_cut = lines.is_cut
            block = self._decoder.decode(lines.lines)
            if self._learn([name for name in block.columns if name not in self._names]):
                blocks.append(Batch(self._added(block)))
            else:
                self._begin()
                blocks, rewound, first_row, more = [], True, 0, True
        left_out = LEFT_OUT if self._is_cut else None
        return Batch(join(blocks), more, rewound, self._bad_lines, left_out)

    def _learn(self, fresh: Sequence[str]) -> bool:
        """Take new columns into account; return false when rows were read without knowing them."""
        fresh = fresh[: MAX_COLUMNS - len(self._names)]
        if not fresh:
            return True
        self._names.update(dict.fromkeys(fresh))
        self._columns.add(fresh)
        step, moment = self._columns.axes()
        if (step, moment) == (self._step, self._time):
            return True
        if self._row and self._restarts >= MAX_RESTARTS:
            return True
        self._step, self._time = step, moment
        self._restarts += self._row > 0
        return self._row == 0

    def _added(self, block: Block) -> dict[str, Column]:
        """Return the columns of a block that comes next in the file."""
        rows = np.arange(self._row + 1, self._row + block.rows + 1)
        counted = rows.astype(np.float64) - 1
        steps = counted if self._step is None else block.whole(self._step)
        times = seconds(self._moments(block))
        self._row += block.rows
        self._bad_lines += block.bad_lines
        has_step = np.abs(steps) <= LARGEST_STEP  # false for not-a-number
        if not has_step.all():
            self._bad_lines += int(np.count_nonzero(~has_step))
            block = block.where(has_step)
            rows, steps, times = rows[has_step], steps[has_step], times[has_step]
        return {
            name: Column(rows, steps, times, cells.values)
            if cells.rows is None
            else Column(rows[cells.rows], steps[cells.rows], times[cells.rows], cells.values)
            for name, cells in block.columns.items()
            if name in self._names and name != self._step and not self._is_time(name)
        }

    def _moments(self, block: Block) -> FloatArray:
        """Return the times of a block's rows, unless its column of that name holds durations."""
        if self._time is None or self._time not in block.columns:
            return np.full(block.rows, np.nan)
        if self._is_clock is None:
            self._is_clock = bool(block.columns[self._time].values[0] >= EARLIEST)
        return block.whole(self._time) if self._is_clock else np.full(block.rows, np.nan)

    def _is_time(self, name: str) -> bool:
        return name == self._time and self._is_clock is not False

    def mark(self) -> Mark:
        """Return where this source stands."""
        return {
            "tail": self._tail.mark(),
            "decoder": self._decoder.mark(),
            "run": self._run,
            "names": list(self._names),
            "step": self._step,
            "time": self._time,
            "is_clock": self._is_clock,
            "row": self._row,
            "bad_lines": self._bad_lines,
            "restarts": self._restarts,
        }

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false, and stay at the start, if this is another log now."""
        try:
            if mark["run"] == self._run and self._tail.resume(mark["tail"]):
                self._take_over(mark)
                return True
        except (KeyError, TypeError, ValueError, AttributeError):  # no mark of ours
            pass
        self._forget()
        self._begin()
        return False

    def _take_over(self, mark: Mark) -> None:
        names = [name for name in mark["names"] if isinstance(name, str)]
        self._names = dict.fromkeys(names)
        self._columns.add(names)
        self._step, self._time, self._is_clock = mark["step"], mark["time"], mark["is_clock"]
        if not {self._step, self._time} <= {None, *names}:
            raise ValueError("the step is none of the columns")
        counts = (mark["row"], mark["bad_lines"], mark["restarts"])
        self._row, self._bad_lines, self._restarts = map(whole_number, counts)
        self._decoder.resume(mark["decoder"])


@dataclass(frozen=True, slots=True)
class Tables:
    """CSV, TSV and JSONL files as logs; also where their names end as those of texts."""

    name: str = "table"
    title: str = "CSV/JSONL"

    def find(self, folder: Folder) -> Found:
        """Return the tables in a folder that look like logs; hidden files are other programs'."""
        names = sorted(n for n in folder.files if not n.startswith(".") and _is_named(Path(n)))
        logs = {name: _looked_into(folder.path / name) for name in names}
        found = {name: refs for name, refs in logs.items() if refs}
        return Found(tuple(ref for refs in found.values() for ref in refs), frozenset(found))

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:
        """Return the runs in a file that a user named.

        Raises:
            OSError: it cannot be read, or is no text.
        """
        return _refs(path) if _is_named(path) else ()

    def open(self, log: LogRef, *, complete: bool = False) -> TableSource:
        """Return the reader of a table, or of one run in it."""
        if _is_json(log.path):
            new_tail = partial(WholeFile, log.path)
            return TableSource(log.path, new_decoder=JsonDocument, new_tail=new_tail)
        return TableSource(log.path, complete=complete, run=log.run)


FORMAT = Tables()


def _is_named(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES or _is_json(path) or _is_text(path)


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _is_text(path: Path) -> bool:
    return path.suffix.lower() in TEXT_SUFFIXES


def _looked_into(path: Path) -> tuple[LogRef, ...]:
    """Return the runs in a file of which nobody said that it is a log."""
    try:
        return _refs(path) if _is_json(path) or is_log(path) else ()
    except PermissionError:  # whoever opens it is told so
        return () if _is_text(path) else (LogRef(path, FORMAT.name),)
    except OSError:  # no regular file, no text, or gone
        return ()


def _refs(path: Path) -> tuple[LogRef, ...]:
    if _is_json(path):
        return (LogRef(path, FORMAT.name),) if is_history(path) else ()
    if _is_text(path) and not is_table(path):
        return ()
    return tuple(LogRef(path, FORMAT.name, run) for run in runs_in(path) or (None,))
