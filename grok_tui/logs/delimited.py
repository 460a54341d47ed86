"""Lines of cells with commas, semicolons or tabs between them, as CSV and TSV files have them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

import msgspec
import numpy as np

from grok_tui.logs.block import Block, block_of_array, block_of_rows, float_array
from grok_tui.logs.cells import row_numbers, run_of, text_number
from grok_tui.logs.source import Mark

MAX_COLUMNS = 10_000
"""A table with more columns than this is not a log of training."""
DELIMITERS = ",;\t"
_INDEX = re.compile(r"unnamed: \d+", re.IGNORECASE)
"""What pandas calls the numbers of its rows when it reads them back."""
_NUMBERS = msgspec.json.Decoder(list[float | None])


class Delimited:
    """A header line, then one line a row; empty cells are missing values.

    What separates the cells is what the header has most of, whatever the file is called. A table
    that begins with numbers has no header, or one behind a `#`; without any, its columns are
    `column 1` and so on.
    """

    def __init__(self, run: str | None = None) -> None:
        """Decode the rows of one run, or all."""
        self._run = run
        self._delimiter = ""
        self._header: list[str] = []
        self._comment = ""

    def decode(self, lines: Sequence[bytes]) -> Block:
        """Return the rows in the lines that come next."""
        lines = self._after_header(lines)
        block = self._of_numbers(lines)
        return block_of_rows(self._rows(lines)) if block is None else block

    def mark(self) -> Mark:
        """Return what the header said."""
        return {"delimiter": self._delimiter, "header": self._header, "comment": self._comment}

    def resume(self, mark: Mark) -> None:
        """Know what the header said.

        Raises:
            ValueError: a mark of something else.
        """
        self._header = list(map(str, mark["header"]))
        self._delimiter, self._comment = str(mark["delimiter"]), str(mark["comment"])
        if self._header and self._delimiter not in tuple(DELIMITERS):
            raise ValueError(f"nothing is separated by {self._delimiter!r}")

    def texts(self, lines: Sequence[bytes]) -> Iterator[list[tuple[str, str]]]:
        """Yield the cells of each row as they stand, with the names of their columns."""
        for line in self._after_header(lines):
            yield list(zip(self._header, self._cells(line) or [], strict=False))

    def _after_header(self, lines: Sequence[bytes]) -> Sequence[bytes]:
        """Read the header, where it was not read yet; return the lines of rows."""
        if self._header:
            return lines
        for index, line in enumerate(lines):
            text = _text(line)
            if text.startswith("#"):
                self._comment = text.lstrip("# ")
                continue
            names = self._names(text)
            if names and all(text_number(name) is not None for name in names):
                before = self._names(self._comment)
                is_header = len(before) == len(names)
                numbered = [f"column {number + 1}" for number in range(len(names))]
                self._header = before if is_header else numbered
                self._names(text)  # its delimiter counts
                return lines[index:]
            if any(names):
                self._header = ["" if _INDEX.fullmatch(name) else name for name in names]
                return lines[index + 1 :]
        return []

    def _names(self, text: str) -> list[str]:
        self._delimiter = max(DELIMITERS, key=text.count)
        return [cell.strip() for cell in (self._cells(text.encode()) or [])[:MAX_COLUMNS]]

    def _cells(self, line: bytes) -> list[str] | None:
        """Return the cells of a line, which may be none; nothing if it cannot be read."""
        text = _text(line)
        if '"' not in text:
            return text.split(self._delimiter) if text else []
        try:
            return next(csv.reader([text], delimiter=self._delimiter))
        except (csv.Error, StopIteration):
            return None

    def _rows(self, lines: Iterable[bytes]) -> Iterator[dict[str, float] | None]:
        """Yield the numbers of each row, or nothing for a line that has none where it should."""
        decimal_comma = self._delimiter == ";"
        for line in lines:
            cells = self._cells(line)
            if cells is None:
                yield None
                continue
            row = list(zip(self._header, cells, strict=False))
            if self._run is not None and run_of(row) != self._run:
                continue
            numbers = row_numbers(row, decimal_comma=decimal_comma)
            yield numbers or (None if any(map(_is_text, cells)) else numbers)

    def _of_numbers(self, lines: Sequence[bytes]) -> Block | None:
        """Return lines that hold nothing but numbers, ten times as fast; nothing for others.

        With commas between the lines, too, they are one JSON array, with `null` for `nan` or for
        empty cells; lines that have both take the long way.
        """
        width = len(self._header)
        if self._run is not None or len(set(self._header)) < width or self._delimiter == ";":
            return None
        delimiter = self._delimiter.encode()
        lines = [line for line in lines if line]
        if set(map(bytes.count, lines, repeat(delimiter))) != {width - 1}:
            return None
        text = delimiter.join(lines)
        if delimiter != b",":
            if b"," in text:
                return None
            text = text.replace(delimiter, b",")
        if b"\r" in text:  # at the ends of lines, as Python's csv writes them
            text = (text + b",").replace(b"\r,", b",")[:-1]
        if b"null" in text:
            return None
        filled = _with_nulls(text)
        has_nan = filled is text and b"nan" in text
        if has_nan:
            filled = text.replace(b"nan", b"null")
        try:
            numbers = _NUMBERS.decode(b"[" + filled + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        array = float_array(numbers).reshape(-1, width)
        is_value = np.ones(array.shape, dtype=bool) if has_nan else None
        return block_of_array(self._header, array, is_value)


def _with_nulls(text: bytes) -> bytes:
    """Return cells with `null` in the empty ones."""
    if b",," in text or text[:1] == b"," or text[-1:] == b",":
        text = (b"," + text + b",").replace(b",,", b",null,").replace(b",,", b",null,")[1:-1]
    return text


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r")


def _is_text(cell: str) -> bool:
    return bool(cell.strip()) and text_number(cell) is None
