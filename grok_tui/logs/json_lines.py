"""Lines of one JSON object each; bare NaN and Infinity are accepted, as Python writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from grok_tui.logs.block import Block, block_of_array, block_of_rows, float_array
from grok_tui.logs.cells import flattened, row_numbers, run_of
from grok_tui.logs.delimited import MAX_COLUMNS
from grok_tui.logs.numbers import number
from grok_tui.logs.source import Mark

MAX_FAST_COLUMNS = 1000
"""Lines with more keys than this are decoded one by one."""


class JsonLines:
    """One JSON object a line; objects in it are looked into."""

    def __init__(self, run: str | None = None) -> None:
        """Decode the rows of one run, or all."""
        self._run = run
        self._keys: dict[str, None] = {}
        self._decoder: msgspec.json.Decoder[Any] | None = None

    def decode(self, lines: Sequence[bytes]) -> Block:
        """Return the rows in the lines that come next."""
        block = self._of_numbers(lines)
        if block is not None:
            return block
        block = block_of_rows(self._rows(lines))
        self._decoder = self._decoder_of_keys()
        return block

    def mark(self) -> Mark:
        """Return which keys had numbers."""
        return {"keys": list(self._keys)}

    def resume(self, mark: Mark) -> None:
        """Know which keys had numbers."""
        self._keys = dict.fromkeys(map(str, mark["keys"]))
        self._decoder = self._decoder_of_keys()

    def texts(self, lines: Sequence[bytes]) -> Iterator[list[tuple[str, object]]]:
        """Yield the cells of each row as they stand, with their names."""
        for line in lines:
            row = decode_object(line)
            if row is not None:
                yield list(flattened(row).items())

    def _rows(self, lines: Iterable[bytes]) -> Iterator[dict[str, float] | None]:
        for line in lines:
            if not line.strip():
                continue
            row = decode_object(line)
            if row is None:
                yield None
                continue
            for key, cell in row.items():
                if key and number(cell) is not None:
                    self._keys[key] = None
            cells = list(flattened(row).items())[:MAX_COLUMNS]
            if self._run is None or run_of(cells) == self._run:
                yield row_numbers(cells)

    def _decoder_of_keys(self) -> msgspec.json.Decoder[Any] | None:
        """Return a decoder of objects that have numbers under known keys, and nothing else."""
        keys = list(self._keys)
        if self._run is not None or not keys or len(keys) > MAX_FAST_COLUMNS:
            return None
        fields = [(f"f{index}", float | None, math.nan) for index in range(len(keys))]
        try:
            row = msgspec.defstruct(
                "Row",
                fields,
                rename={name: key for (name, *_), key in zip(fields, keys, strict=True)},
                forbid_unknown_fields=True,
                gc=False,
            )
        except (ValueError, UnicodeEncodeError):  # a key that needs escapes
            return None
        return msgspec.json.Decoder(row)

    def _of_numbers(self, lines: Sequence[bytes]) -> Block | None:
        """Return lines with numbers under known keys, five times as fast; nothing for others.

        `null` stands for NaN where it stands for nothing else: a missing key is none.
        """
        if self._decoder is None:
            return None
        lines = [line for line in lines if line.strip()]
        has_nan = any(b"NaN" in line for line in lines) and not any(b"null" in s for s in lines)
        if has_nan:
            lines = [line.replace(b"NaN", b"null") for line in lines]
        try:
            rows = list(map(self._decoder.decode, lines))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        shape = (-1, len(self._keys))
        cells = list(chain.from_iterable(map(msgspec.structs.astuple, rows)))
        array = float_array(cells).reshape(shape)
        if not has_nan:
            return block_of_array(list(self._keys), array)
        is_nan = np.fromiter((cell is None for cell in cells), np.bool_, len(cells)).reshape(shape)
        return block_of_array(list(self._keys), array, is_nan | ~np.isnan(array))


def decode_object(line: bytes) -> dict[str, object] | None:
    """Return the JSON object in a line, or nothing when there is none."""
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        try:
            row = json.loads(line)  # reads NaN, Infinity and 1e999, which msgspec refuses
        except (ValueError, RecursionError):
            return None
    return row if isinstance(row, dict) else None
