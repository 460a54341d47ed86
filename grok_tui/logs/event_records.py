"""All scalars in some records of a TensorBoard event file, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from grok_tui.arrays import IntArray
from grok_tui.logs.event_bulk import decode_plain
from grok_tui.logs.event_file import HEADER_BYTES, is_intact
from grok_tui.logs.event_scalars import Event, Names, decode
from grok_tui.logs.event_tail import Records
from grok_tui.logs.event_values import Scalars, merge
from grok_tui.logs.numbers import is_step

FEW = 64
"""Fewer records than this are read one by one: NumPy's calls would take longer."""


@dataclass(slots=True)
class Decoded:
    """What some records hold."""

    scalars: Scalars
    sessions: list[tuple[int, int]] = field(default_factory=list)
    """Records at which a session begins, and their steps."""
    bad: int = 0
    """Records that cannot be read."""


def decode_records(records: Records, names: Names) -> Decoded:
    """Return what some records hold; damaged ones are left out and counted."""
    starts = np.array(records.starts, dtype=np.int64)
    ends = np.append(starts[1:], records.end)
    if len(starts) < FEW:
        return _decode_singly(records, starts, ends, range(len(starts)), names)
    plain, others = decode_plain(records.data, starts, ends, names)
    if not len(others):
        return Decoded(plain)
    decoded = _decode_singly(records, starts, ends, others.tolist(), names)
    decoded.scalars = merge(plain, decoded.scalars)
    return decoded


def _decode_singly(
    records: Records, starts: IntArray, ends: IntArray, which: Iterable[int], names: Names
) -> Decoded:
    sessions, bad = [], 0
    rows: list[tuple[int, int, float, float, float]] = []
    for number in which:
        start, end = int(starts[number]), int(ends[number])
        event = _event(records, start, end, names)
        if event is None or not is_step(event.step):
            bad += 1
            continue
        if event.begins_session:
            sessions.append((number, event.step))
        for name, value in event.scalars:
            rows.append((name, number, float(event.step), event.time, value))
    return Decoded(_scalars(rows), sessions, bad)


def _event(records: Records, start: int, end: int, names: Names) -> Event | None:
    if not records.is_checked and not is_intact(records.data, start, end):
        return None
    try:
        return decode(records.data, start + HEADER_BYTES, end - 4, names)
    except ValueError:
        return None


def _scalars(rows: list[tuple[int, int, float, float, float]]) -> Scalars:
    columns = zip(*rows, strict=True) if rows else ((),) * 5
    names, records, steps, times, values = columns
    return Scalars(
        np.array(names, dtype=np.uint16),
        np.array(records, dtype=np.int64),
        np.array(steps, dtype=np.float64),
        np.array(times, dtype=np.float64),
        np.array(values, dtype=np.float64),
    )
