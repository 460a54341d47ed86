"""Many rows of a metrics file at once: those that hold numbers under known names, and no more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from grok_tui.arrays import FloatArray

MAX_NAMES = 1000
"""Rows of more metrics are decoded one by one."""


class DenseRows:
    """Decodes rows to one array, ten times as fast as one by one."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._decoder: msgspec.json.Decoder[Any] | None = None

    def decode(self, lines: Sequence[bytes], names: Sequence[str]) -> FloatArray | None:
        """Return step, time and the named metrics of each row; not-a-number where there is none.

        Args:
            lines: one JSON object each.
            names: of metrics; those that are known now.

        Returns:
            An array of shape (2 + names, rows), or nothing where a line holds anything else.
        """
        if self._names != tuple(names):
            self._names = tuple(names)
            self._decoder = _decoder(["step", "time", *names]) if len(names) <= MAX_NAMES else None
        if self._decoder is None:
            return None
        try:
            rows = list(map(self._decoder.decode, lines))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        cells = chain.from_iterable(map(msgspec.structs.astuple, rows))
        width = 2 + len(names)
        table = np.fromiter(cells, np.float64, len(rows) * width).reshape(-1, width)
        return np.ascontiguousarray(table.T)


def _decoder(keys: Sequence[str]) -> msgspec.json.Decoder[Any] | None:
    """Return a decoder of objects with numbers under these keys; nothing for keys with escapes."""
    fields = [(f"f{index}", float, math.nan) for index in range(len(keys))]
    try:
        row = msgspec.defstruct(
            "Row",
            fields,
            rename={name: key for (name, *_), key in zip(fields, keys, strict=True)},
            forbid_unknown_fields=True,
            gc=False,
        )
    except (ValueError, UnicodeEncodeError):
        return None
    return msgspec.json.Decoder(row)
