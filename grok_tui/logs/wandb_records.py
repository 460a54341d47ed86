"""The few fields of W&B's protocol buffers that a chart needs: the numbers of a row of history.

A `Record` has the row in field 2; the row has items in field 1 and its step in field 2; an item has
its name in field 1 or, part by part, in field 2, and its value as JSON in field 16.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from grok_tui.logs.nested import flat_numbers
from grok_tui.logs.numbers import MAX_METRICS

STEP, TIME, RUNTIME = "_step", "_timestamp", "_runtime"
"""What W&B itself puts into each row."""

_VARINT, _BYTES, _FIXED = 0, 2, {1: 8, 5: 4}
_RUN, _DISPLAY_NAME = 17, 8
_HISTORY, _ITEM, _ROW_STEP, _STEP_NUMBER = 2, 1, 2, 1
_KEYS, _VALUE = (1, 2), 16
_ITEM_TAG = b"\x0a"

_HISTORY_START = re.compile(rb"(?:\x08[\x80-\xff]{0,9}[\x00-\x7f])?\x12")
_SHORT = rb"[\x00-\x7f]"
_PLAIN_ITEM = re.compile(
    rb"\x0a"
    + _SHORT
    + rb"([\x0a\x12][^\x82]{1,124}+)\x82\x01"
    + _SHORT
    # Another item follows, or the step: no byte of a number.
    + rb"(-?[0-9][-+.0-9eE]*+|NaN|-?Infinity)",
    re.DOTALL,
)
"""An item whose lengths take a byte each and whose value is a number, split into name and value."""
_LONGEST_PLAIN = 1 << 16
"""Longer rows are read field by field: the pattern may look at a byte over and over."""
_NO_METRIC = ""
_FLOATS = msgspec.json.Decoder(list[float])


class History:
    """Reads rows of history, and knows the names that it has met."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        self._nested: set[str] = set()
        self._media: tuple[str, ...] = ()
        self.is_full = False
        """Whether names were left out because there are too many."""

    def row(self, record: bytes) -> dict[str, float] | None:
        """Return the numbers of a row by name, with W&B's own three; nothing for other records.

        Raises:
            ValueError: it cannot be read.
        """
        start = _HISTORY_START.match(record)
        if start is None:  # the fields come in the order of their numbers
            return None
        try:
            size, at = _varint(record, start.end())
            if at + size > len(record):
                raise ValueError("ends inside a field")
            return self._plain_row(record[at : at + size])
        except IndexError:
            raise ValueError("ends inside a field") from None
        except RecursionError:
            raise ValueError("is nested too deeply") from None

    def _plain_row(self, data: bytes) -> dict[str, float]:
        """Read a row most of which is plain items, in a few calls: this is what a log costs."""
        if len(data) > _LONGEST_PLAIN:
            return self._row(data)
        *items, rest = _PLAIN_ITEM.split(data)
        others = items[::3]
        try:
            names = [self._names[keys] for keys in items[1::3]]
        except KeyError:  # a name that is new
            return self._row(data)
        row = dict(zip(names, _floats(items[2::3]), strict=True))
        if any(others) or rest.startswith(_ITEM_TAG) or STEP not in row:
            known = len(self._media)
            row |= self._row(b"".join([*others, rest]))
            row = self._without_media(row, known)
        row.pop(_NO_METRIC, None)
        return row

    def _row(self, data: bytes) -> dict[str, float]:
        """Read any items, field by field."""
        row: dict[str, float] = {}
        step = None
        known = len(self._media)
        for field, start, end in fields(data, 0, len(data)):
            if field == _ITEM:
                row |= self._item(data, start, end)
            elif field == _ROW_STEP:
                step = _step_number(data, start, end)
        row = self._without_media(row, known)
        return row if step is None else {STEP: step, **row}

    def _item(self, data: bytes, start: int, end: int) -> dict[str, float]:
        value = None
        name_end = start
        for field, first, last in fields(data, start, end):
            if field in _KEYS:
                name_end = last
            elif field == _VALUE:
                value = data[first:last]
        name = self._name(data[start:name_end])
        if not name or value is None:
            return {}
        if value[:1] in (b'"', b"{"):
            nested = flat_numbers(name, json.loads(value))
            return {inner: number for inner, number in nested if self._has_room(inner)}
        return {} if value[:1] in (b"[", b"t", b"f", b"n") else {name: float(value)}

    def _without_media(self, row: dict[str, float], known: int) -> dict[str, float]:
        """Leave out what only a later item told to belong to a picture or the like."""
        fresh = self._media[known:]
        return {n: v for n, v in row.items() if not n.startswith(fresh)} if fresh else row

    def _has_room(self, name: str) -> bool:
        """Return whether a name in a value may still be met, and remember it."""
        if name not in self._nested and len(self._nested) >= MAX_METRICS:
            self.is_full = True
            return False
        self._nested.add(name)
        return True

    def _name(self, keys: bytes) -> str:
        """Return what an item is called, or nothing for what is no metric, and remember it."""
        if (name := self._names.get(keys)) is not None:
            return name
        if len(self._names) >= MAX_METRICS:
            self.is_full = True
            return _NO_METRIC
        parts = [keys[start:end].decode("utf-8", "replace") for _, start, end in fields(keys)]
        if parts[1:] and parts[-1] == "_type":
            prefix = ".".join(parts[:-1]) + "."
            self._media = (*self._media, prefix)
            for other, name in self._names.items():
                if name.startswith(prefix):
                    self._names[other] = _NO_METRIC
        name = ".".join(parts)
        self._names[keys] = _NO_METRIC if name.startswith(self._media) else name
        return self._names[keys]


def display_name(record: bytes) -> str | None:
    """Return what the user called the run, if this record tells it."""
    try:
        for field, start, end in fields(record):
            if field == _RUN:
                for inner, first, last in fields(record, start, end):
                    if inner == _DISPLAY_NAME:
                        return record[first:last].decode("utf-8", "replace")
    except (IndexError, ValueError):
        return None
    return None


def fields(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of the fields of a message that have bytes.

    Raises:
        ValueError: a field is longer than the message, or of a type that does not exist.
        IndexError: the data end inside a field.
    """
    end = len(data) if end is None else end
    while at < end:
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _BYTES:
            size, at = _varint(data, at)
            if at + size > end:
                raise ValueError("ends inside a field")
            yield tag >> 3, at, at + size
            at += size
        elif kind == _VARINT:
            _, at = _varint(data, at)
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            raise ValueError(f"no such type of field: {kind}")


def _floats(texts: list[bytes]) -> list[float]:
    """Return numbers as Python reads them, by a faster way where none is infinite or missing."""
    try:
        return _FLOATS.decode(b"[%b]" % b",".join(texts))
    except msgspec.DecodeError:
        return [float(text) for text in texts]


def _step_number(data: bytes, start: int, end: int) -> float:
    """Return the step that stands beside the items of a row; a zero is not written."""
    if start == end:
        return 0.0
    tag, at = _varint(data, start)
    return float(_varint(data, at)[0]) if tag == _STEP_NUMBER << 3 else 0.0


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to ten bytes, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number has too many bytes")
