"""How far the metrics files of a run were read, so that another process can go on."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from grok_tui.logs.source import Mark

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class FileMark(msgspec.Struct, forbid_unknown_fields=True):
    """How far a file was read."""

    tail: Mark
    last_step: float | None
    """The highest step in it; nothing before the first row."""
    superseded_beyond: float | None
    """Up to which step its rows count; nothing where all do."""


class MetricsMark(msgspec.Struct, forbid_unknown_fields=True):
    """How far all files were read."""

    row: Count
    bad_lines: Count
    has_too_many: bool
    """Whether there are more metrics than are kept."""
    names: list[str]
    files: dict[str, FileMark]
    """By their names."""


def write(mark: MetricsMark) -> Mark:
    """Return a mark as plain values."""
    plain: Mark = msgspec.to_builtins(mark)
    return plain


def read(mark: Mark) -> MetricsMark | None:
    """Return a mark from plain values, or nothing if these are none."""
    try:
        return msgspec.convert(mark, MetricsMark)
    except (msgspec.ValidationError, OverflowError):
        return None
