"""Many records of a TensorBoard event file at once: those that hold one plain scalar each.

Nearly all records look alike: time, step, and a summary of one tag and one single-precision value.
NumPy reads these all at once; whatever looks otherwise is left to the reader of single records.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from grok_tui.arrays import IntArray
from grok_tui.logs.event_file import HEADER_BYTES, is_intact
from grok_tui.logs.event_scalars import Names
from grok_tui.logs.event_values import Scalars
from grok_tui.logs.numbers import LARGEST_STEP

Words = npt.NDArray[np.uint64]

# Field number and wire type, as the byte that stands before a field's content.
_TIME, _STEP, _SUMMARY, _VALUE, _TAG, _SIMPLE_VALUE = b"\x09\x10\x2a\x0a\x0a\x15"
_PADDING = bytes(16)
_ONE, _HIGH = np.uint64(1), np.uint64(0x8080808080808080)
# Groups of 7 bits move together by twos, by fours and by eights.
_SEVENS = [
    (np.uint64(0x007F007F007F007F), np.uint64(1)),
    (np.uint64(0x00003FFF00003FFF), np.uint64(2)),
    (np.uint64(0x000000000FFFFFFF), np.uint64(4)),
]


def decode_plain(
    data: bytes, starts: IntArray, ends: IntArray, names: Names
) -> tuple[Scalars, IntArray]:
    """Return the scalars of the records that hold just one, and the numbers of the others.

    Args:
        data: part of an event file.
        starts: where the header of each record begins.
        ends: where each record ends.
        names: the names of the run's metrics, which may grow.
    """
    padded = data + _PADDING
    octets = np.frombuffer(padded, np.uint8)
    words: Words = np.ndarray((len(data) + 9,), "<u8", padded, 0, (1,))

    stops = ends - 4  # the checksum
    at = starts + HEADER_BYTES
    is_plain = octets[at] == _TIME
    times = words[at + 1].view(np.float64)
    at = _within(at + 9, stops)
    has_step = octets[at] == _STEP  # a step of 0 is not written
    steps, behind = _varints(words, at + 1)
    steps, at = np.where(has_step, steps, 0), np.where(has_step, behind, at)
    is_plain &= steps <= LARGEST_STEP
    for key in (_SUMMARY, _VALUE):
        at = _within(at, stops)
        is_plain &= octets[at] == key
        length, at = _varints(words, at + 1)
        is_plain &= at + length == stops
    at = _within(at, stops)
    is_plain &= octets[at] == _TAG
    length, tag = _varints(words, at + 1)
    at = stops - 5
    is_plain &= (tag + length == at) & (octets[at] == _SIMPLE_VALUE)

    plain = np.flatnonzero(is_plain)
    numbers = _numbers(data, starts, ends, plain, tag, at, names)
    is_named = numbers >= 0
    plain = plain[is_named]
    scalars = Scalars(
        names=numbers[is_named].astype(np.uint16),
        records=plain,
        steps=steps[plain].astype(np.float64),
        times=times[plain],
        values=words[at[plain] + 1].astype(np.uint32).view(np.float32).astype(np.float64),
    )
    is_plain[:] = False
    is_plain[plain] = True
    return scalars, np.flatnonzero(~is_plain)


def _numbers(
    data: bytes,
    starts: IntArray,
    ends: IntArray,
    plain: IntArray,
    tags: IntArray,
    tag_ends: IntArray,
    names: Names,
) -> IntArray:
    """Return the number of each plain record's name, or -1 where there is none."""
    places = zip(tags[plain].tolist(), tag_ends[plain].tolist(), strict=True)
    raw = [data[start:end] for start, end in places]
    fresh = set(raw) - names.known.keys()
    if fresh:
        first = dict(zip(reversed(raw), reversed(plain.tolist()), strict=True))
        for name in sorted(fresh, key=first.__getitem__):
            record = first[name]
            if is_intact(data, int(starts[record]), int(ends[record])):
                names.number(name)
    known = names.known
    return np.array([known.get(name, -1) for name in raw], dtype=np.int64)


def _within(at: IntArray, stops: IntArray) -> IntArray:
    """Keep positions from leaving their records, as those in damaged records would."""
    return np.minimum(at, stops)


def _varints(words: Words, at: IntArray) -> tuple[IntArray, IntArray]:
    """Return the numbers of up to 56 bits at some positions, and where they end.

    One that is longer ends where it begins, on a byte that begins no field.
    """
    word = words[at]
    last = ~word & _HIGH  # bytes with their high bit set are continued
    last &= -last  # the first that is not
    word &= (last << _ONE) - _ONE & ~_HIGH
    for low, shift in _SEVENS:
        word = (word & low) | (word & ~low) >> shift
    count = np.frexp(last.astype(np.float64))[1] >> 3
    return word.astype(np.int64), at + count
