"""A drawn chart: rows of runs of characters, each with the role that decides its colour."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grok_tui.chart.palette import ROLES, SGR, Role

Run = tuple[str, Role | None]
Row = tuple[Run, ...]

_SGR = re.compile(r"\x1b\[([0-9;]*)m")


@dataclass(frozen=True, slots=True)
class Raster:
    """A chart of a fixed size; every row has the same number of cells."""

    rows: tuple[Row, ...]

    def changed_rows(self, older: Raster | None) -> list[int]:
        """Return the numbers of the rows that differ from an older raster of any size."""
        if older is None or len(older.rows) != len(self.rows):
            return list(range(len(self.rows)))
        pairs = zip(self.rows, older.rows, strict=True)
        return [number for number, (new, old) in enumerate(pairs) if new != old]

    def to_text(self, *, colour: bool) -> list[str]:
        """Return the rows as lines for a terminal or a file."""
        return ["".join(_coloured(run, colour) for run in row).rstrip() for row in self.rows]


def _coloured(run: Run, colour: bool) -> str:
    text, role = run
    return f"\x1b[{SGR[role]}m{text}\x1b[0m" if colour and role is not None else text


def parse_ansi(text: str, width: int, height: int) -> list[list[tuple[str, Role | None]]]:
    """Return plotext's output as cells: `height` rows of `width` (character, role) pairs."""
    rows = []
    for line in text.split("\n")[:height]:
        cells: list[tuple[str, Role | None]] = []
        role: Role | None = None
        position = 0
        for match in _SGR.finditer(line):
            cells += [(char, role) for char in line[position : match.start()]]
            role = _role(match[1])
            position = match.end()
        cells += [(char, role) for char in line[position:]]
        rows.append((cells + [(" ", None)] * width)[:width])
    blank: list[tuple[str, Role | None]] = [(" ", None)] * width
    return rows + [list(blank) for _ in range(height - len(rows))]


def _role(parameters: str) -> Role | None:
    codes = parameters.split(";")
    return ROLES.get(int(codes[2])) if len(codes) == 3 and codes[0] == "38" else None


def to_raster(rows: list[list[tuple[str, Role | None]]]) -> Raster:
    """Join neighbouring cells of one role into runs."""
    return Raster(tuple(_join(cells) for cells in rows))


def _join(cells: list[tuple[str, Role | None]]) -> Row:
    runs: list[Run] = []
    for char, role in cells:
        if runs and runs[-1][1] is role:
            runs[-1] = (runs[-1][0] + char, role)
        else:
            runs.append((char, role))
    return tuple(runs)
