"""The last look at what is sent to the terminal: nothing that a terminal would obey leaves the app.

Foreign text is made safe where it comes in (`grok_tui.text`); this holds for what slipped past it,
since Textual hands every character on.
"""

from __future__ import annotations

import unicodedata

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class Printable(LineFilter):
    """Takes characters out that show nothing: controls, bidi overrides, lone surrogates."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without such characters; they have no width, so nothing moves."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [_printable(segment) for segment in segments]


def _printable(segment: Segment) -> Segment:
    if segment.text.isprintable():
        return segment
    kept = (char for char in segment.text if _shows(char))
    return Segment("".join(kept), segment.style, segment.control)


def _shows(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"
