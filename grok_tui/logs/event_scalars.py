"""The scalars in one record of a TensorBoard event file: the few fields of its messages that count.

Event           wall_time = 1, step = 2, summary = 5, session_log = 7
Summary         value = 1
Value           tag = 1, simple_value = 2, tensor = 8, metadata = 9
SessionLog      status = 1
SummaryMetadata plugin_data = 1, of which plugin_name = 1
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

from grok_tui.logs.event_tensor import number_in
from grok_tui.logs.protobuf import BYTES, FIXED32, FIXED64, VARINT, fields, signed

MAX_NAMES = 10_000
"""A log with more metrics than this is not a log of training."""
MAX_NAME_BYTES = 1000
"""A longer name is none that anybody reads."""
SCALARS = "scalars"
"""TensorBoard's plugin for them; a tensor of another one is a picture, a text or a histogram."""


_START = 1
"""Status of a session that begins: it takes back what was written from its step on."""
_DOUBLE, _FLOAT = struct.Struct("<d"), struct.Struct("<f")


class Names:
    """The names of a run's metrics, numbered in the order in which they appear."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.has_left_out = False
        self.other_plugins: set[str] = set()
        """Tags whose tensors are no scalars; only the first value of a tag says so."""
        self._numbers: dict[str, int] = {}
        self.known: dict[bytes, int] = {}

    def number(self, raw: bytes) -> int | None:
        """Return the number of a name, new or known; nothing if there are too many of them."""
        known = self.known.get(raw)
        if known is not None:
            return known
        if len(raw) > MAX_NAME_BYTES or len(self.known) >= MAX_NAMES:
            self.has_left_out = True
            return None
        name = raw.decode("utf-8", "replace")
        number = self.known[raw] = self._numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
        return number


@dataclass(slots=True)
class Event:
    """What counts in one record."""

    time: float = math.nan
    step: int = 0
    scalars: list[tuple[int, float]] = field(default_factory=list)
    """Numbers of names, and values."""
    begins_session: bool = False


def decode(data: bytes, start: int, end: int, names: Names) -> Event:
    """Return what counts in the record between two positions.

    Raises:
        ValueError: it is no such message.
    """
    event = Event()
    for number, wire, low, high in fields(data, start, end):
        if number == 1 and wire == FIXED64:
            (event.time,) = _DOUBLE.unpack_from(data, low)
        elif number == 2 and wire == VARINT:
            event.step = signed(low)
        elif number == 5 and wire == BYTES:
            for inner, kind, first, last in fields(data, low, high):
                if inner == 1 and kind == BYTES:
                    _add_value(event, data, first, last, names)
        elif number == 7 and wire == BYTES:
            status = [first for inner, _, first, _ in fields(data, low, high) if inner == 1]
            event.begins_session = status == [_START]
    return event


def _add_value(event: Event, data: bytes, start: int, end: int, names: Names) -> None:
    raw, value, tensor = b"", None, None
    plugin: str | None = None
    for number, wire, low, high in fields(data, start, end):
        if number == 1 and wire == BYTES:
            raw = data[low:high]
        elif number == 2 and wire == FIXED32:
            (value,) = _FLOAT.unpack_from(data, low)
        elif number == 8 and wire == BYTES:
            tensor = (low, high)
        elif number == 9 and wire == BYTES:
            plugin = _plugin(data, low, high)
    if tensor is not None and value is None:
        value = _tensor_value(data, tensor, raw, plugin, names)
    if value is not None:
        name = names.number(raw)
        if name is not None:
            event.scalars.append((name, value))


def _tensor_value(
    data: bytes, tensor: tuple[int, int], raw: bytes, plugin: str | None, names: Names
) -> float | None:
    tag = raw[:MAX_NAME_BYTES].decode("utf-8", "replace")
    if plugin not in (None, "", SCALARS) and len(names.other_plugins) < MAX_NAMES:
        names.other_plugins.add(tag)
    return None if tag in names.other_plugins else number_in(data, *tensor)


def _plugin(data: bytes, start: int, end: int) -> str | None:
    for number, wire, low, high in fields(data, start, end):
        if number == 1 and wire == BYTES:
            for inner, kind, first, last in fields(data, low, high):
                if inner == 1 and kind == BYTES:
                    return data[first:last].decode("utf-8", "replace")
    return None
