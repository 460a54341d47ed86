"""The last look at what is sent to the terminal: nothing that a terminal would obey leaves the app.

Foreign text is made safe where it comes in (`grok_tui.text`); this holds for what slipped past it,
since Textual hands every character on.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import get_character_cell_size
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from grok_tui.glyphs import to_ascii

_OF_THE_TERMINAL = Style.from_color(RichColor.default(), RichColor.default())


class Uncoloured(LineFilter):
    """Leaves a terminal its own two colours; what stood on another one is shown in reverse.

    Textual takes colours for greys, which sixteen colours do not have: all of them become black.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colours."""
        return [
            Segment(text, style and _uncoloured(style), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _uncoloured(style: Style) -> Style:
    stands_out = style.bgcolor is not None and not style.bgcolor.is_default
    return style + _OF_THE_TERMINAL + Style(reverse=bool(style.reverse) != stands_out)


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


class Ascii(LineFilter):
    """Puts a character of ASCII in place of each that a terminal without Unicode cannot show."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII; every character keeps its width, so nothing moves."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [
            Segment(to_ascii(text, get_character_cell_size), style, control)
            for text, style, control in segments
        ]
