"""A folder in which each metric has a text file of its own, with a line a value.

The lines of all files are put together in the order in which they were written, so that train and
test of one step are one row, however long one file is beside another.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from grok_tui.logs.growing import GrowingFile, Piece
from grok_tui.logs.numbers import is_count, is_step
from grok_tui.logs.source import Batch, ColumnBuilder, Mark
from grok_tui.logs.whole_lines import whole_lines

READ_BYTES = 1 << 23
"""Bytes that are read of all files together before their lines are put in order."""
SMALLEST_READ = 1 << 12
MAX_LINE_BYTES = 1 << 16
LINE_BYTES = 32
"""About what a line has."""
MAX_FILES = 5000
MAX_FOLDERS = 5000
MAX_DEPTH = 10

Place = tuple[float, float]
"""What lines are ordered by: the time or the step, then the step."""


class Point(NamedTuple):
    """What a line says."""

    order: float
    """When it was written, beside the lines of other files."""
    step: float
    time: float
    value: float


Parse = Callable[[bytes], Point | None]
"""Reads a line; nothing for a text where others have numbers, a ValueError for nonsense."""


_START = (-math.inf, -math.inf)
_END = (math.inf, math.inf)


class _Metric:
    """One file, as far as it was used."""

    def __init__(self, path: Path) -> None:
        self.file = GrowingFile(path)
        self.window = READ_BYTES
        self.last: Place = _START
        """Place of the last line that was used."""


class _Line(NamedTuple):
    place: Place
    """Never before that of the line above."""
    point: Point | None
    is_bad: bool
    end: int
    """Where it ends in what was read."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What was read of one file, and is not used yet."""

    name: str
    metric: _Metric
    piece: Piece
    lines: list[_Line]


class MetricFilesSource:
    """All metrics of one run."""

    def __init__(self, folder: Path, parse: Parse, *, suffix: str = "") -> None:
        """Read the files below a folder, named by their paths in it.

        Args:
            folder: the folder; it need not exist yet.
            parse: what reads a line.
            suffix: what the names of the files end in, and the metrics' names do not.
        """
        self._folder, self._parse, self._suffix = folder, parse, suffix
        self._begin()

    def _begin(self) -> None:
        self._metrics: dict[str, _Metric] = {}
        self._left_out: str | None = None
        self._row = 0
        self._place: Place = _START
        self._bad = 0

    def read(self, max_rows: int, max_seconds: float) -> Batch:
        """Return the lines that are new.

        Raises:
            OSError: a file is there but cannot be read.
        """
        deadline = time.monotonic() + max_seconds
        builder, rewound, count, more = ColumnBuilder(), False, 0, True
        self._discover()
        while more and count < max_rows and time.monotonic() < deadline:
            ahead = self._look_ahead((max_rows - count) * LINE_BYTES)
            if any(one.piece.rewound for one in ahead):
                self._begin()
                self._discover()
                builder, rewound, count = ColumnBuilder(), True, 0
                continue
            count += self._add(builder, self._use(ahead))
            more = not all(one.piece.at_end for one in ahead)
        return Batch(builder.build(), more, rewound, self._bad, self._left_out)

    def _discover(self) -> None:
        """Look for files that are new."""
        for path in files_below(self._folder, self._suffix):
            name = path.relative_to(self._folder).as_posix().removesuffix(self._suffix)
            if name not in self._metrics:
                if len(self._metrics) >= MAX_FILES:
                    self._left_out = f"all but {MAX_FILES} metrics"
                    return
                self._metrics[name] = _Metric(path)

    def _look_ahead(self, max_bytes: int) -> list[_Ahead]:
        share = min(READ_BYTES, max_bytes) // max(len(self._metrics), 1)
        share = max(share, SMALLEST_READ)
        ahead = []
        for name, metric in self._metrics.items():
            piece = metric.file.read(min(metric.window, share))
            ahead.append(_Ahead(name, metric, piece, list(self._lines(metric, piece))))
        return ahead

    def _lines(self, metric: _Metric, piece: Piece) -> Iterator[_Line]:
        """Yield the whole lines in what was read, and a line that is too long as a bad one."""
        data, place, end = piece.data, metric.last, 0
        lines, _ = whole_lines(data, is_end=False)  # each line ends in a number
        is_too_long = not lines and not piece.at_end and len(data) >= MAX_LINE_BYTES
        for text in [data] if is_too_long else lines:
            end = min(end + len(text) + 1, len(data))
            point, is_bad = None, False
            try:
                point = self._parse(text)
            except (ValueError, OverflowError):
                is_bad = metric.file.offset + end > len(text) + 1  # the first may be a heading
            if point is not None and not is_step(point.step):
                point, is_bad = None, True
            if point is not None:
                place = max(place, (point.order, point.step))
            yield _Line(place, point, is_bad, end)

    def _use(self, ahead: list[_Ahead]) -> list[tuple[Place, str, Point]]:
        """Return the lines up to where all files have been read, in order."""
        barrier = min(
            (one.lines[-1].place for one in ahead if one.lines and not one.piece.at_end),
            default=_END,
        )
        used: list[tuple[Place, str, Point]] = []
        for one in ahead:
            count = 0
            for line in one.lines:
                if line.place > barrier:
                    break
                count = line.end
                self._bad += line.is_bad
                one.metric.last = line.place
                if line.point is not None:
                    used.append((line.place, one.name, line.point))
            one.metric.file.use(one.piece.data, count)
            # What is read again because other files lag behind is not worth reading yet.
            one.metric.window = max(2 * count, SMALLEST_READ) if one.lines else MAX_LINE_BYTES
        return sorted(used, key=_place)

    def _add(self, builder: ColumnBuilder, lines: list[tuple[Place, str, Point]]) -> int:
        for _, name, point in lines:
            place = (point.order, point.step)
            if place != self._place:
                self._row += 1
                self._place = place
            builder.add(self._row, point.step, point.time, {name: point.value})
        return len(lines)

    def mark(self) -> Mark:
        """Return how far each file was read."""
        return {
            "row": self._row,
            "bad": self._bad,
            "place": _listed(self._place),
            "metrics": {
                name: {"file": metric.file.mark(), "last": _listed(metric.last)}
                for name, metric in self._metrics.items()
            },
        }

    def resume(self, mark: Mark) -> bool:
        """Go on from a mark; return false if one of its files is gone or another one."""
        self._begin()
        self._discover()
        if self._resume(mark):
            return True
        self._begin()
        return False

    def _resume(self, mark: Mark) -> bool:
        row, bad, metrics = mark.get("row"), mark.get("bad"), mark.get("metrics")
        place = _place_in(mark.get("place"))
        if not (is_count(row) and is_count(bad) and place and isinstance(metrics, dict)):
            return False
        for name, one in metrics.items():
            metric = self._metrics.get(name)
            last = _place_in(one.get("last")) if isinstance(one, dict) else None
            if metric is None or last is None or not metric.file.resume(one.get("file")):
                return False
            metric.last = last
        self._row, self._bad, self._place = row, bad, place
        return True


def files_below(folder: Path, suffix: str) -> Iterator[Path]:
    """Yield the regular files below a folder, in the order of their names, following no link."""
    waiting = [(folder, 0)]
    for _ in range(MAX_FOLDERS):
        if not waiting:
            return
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and entry.name.endswith(suffix):
                yield place / entry.name
            elif depth < MAX_DEPTH and entry.is_dir(follow_symlinks=False):
                waiting.append((place / entry.name, depth + 1))


def _place(line: tuple[Place, str, Point]) -> Place:
    return line[0]


def _listed(place: Place) -> list[float]:
    return [] if place == _START else list(place)


def _place_in(mark: object) -> Place | None:
    """Return the place that a mark tells, if it does."""
    if mark == []:
        return _START
    if isinstance(mark, list) and len(mark) == 2 and all(type(part) is float for part in mark):
        return (mark[0], mark[1])
    return None
