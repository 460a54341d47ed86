"""How far the TensorBoard event files of a run were read, so that another process can go on."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec

from grok_tui.logs.event_sessions import Session
from grok_tui.logs.event_tail import Count, TailMark
from grok_tui.logs.source import Mark


class SessionMark(msgspec.Struct, forbid_unknown_fields=True):
    """What is known of a session."""

    purge: float | None
    lows: dict[str, float]
    highs: dict[str, float]

    @classmethod
    def of(cls, session: Session) -> SessionMark:
        """Return what is known of a session."""
        purge = session.purge if math.isfinite(session.purge) else None
        return cls(purge, session.lows, session.highs)

    def restore(self, session: Session) -> None:
        """Have a session know what is known of it."""
        session.purge = math.inf if self.purge is None else self.purge
        session.lows, session.highs = dict(self.lows), dict(self.highs)


class FileMark(msgspec.Struct, forbid_unknown_fields=True):
    """How far a file was read, and the sessions in it."""

    tail: TailMark
    bad: Count
    session: Count
    """Which of the sessions is being read."""
    sessions: Annotated[list[SessionMark], msgspec.Meta(min_length=1)]


class RunMark(msgspec.Struct, forbid_unknown_fields=True):
    """How far the files of a run were read."""

    row: Count
    names: list[str]
    other_plugins: list[str]
    files: dict[str, FileMark]


def write(mark: RunMark) -> Mark:
    """Return a mark as plain values."""
    plain: Mark = msgspec.to_builtins(mark)
    return plain


def read(mark: Mark) -> RunMark | None:
    """Return a mark from plain values, or nothing if these are none."""
    try:
        parsed = msgspec.convert(mark, RunMark)
    except (msgspec.ValidationError, OverflowError):
        return None
    files = parsed.files.values()
    return parsed if all(file.session < len(file.sessions) for file in files) else None
