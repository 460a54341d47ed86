"""The one sanitiser for text that came from outside: names, log text, config values, file names.

Textual and every terminal pass control characters on, so a run named with an escape sequence
could retitle the window or write to the clipboard of whoever looks at it.
"""

from __future__ import annotations

import unicodedata

MAX_LENGTH = 200
"""Characters kept of one foreign string: longer ones are cut with an ellipsis."""

# Control (Cc), format such as bidi overrides and zero-width characters (Cf), lone surrogates (Cs),
# private use (Co), unassigned (Cn), line and paragraph separators: nothing a reader could see.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CONTROL_PICTURES = 0x2400  # U+2400 SYMBOL FOR NULL, and so on for all of C0
_DELETE_PICTURE = "\u2421"


def safe(text: object, max_length: int = MAX_LENGTH) -> str:
    """Return `text` as one printable line of at most `max_length` characters.

    C0 controls become their pictures (ESC is shown as ␛), all else that is invisible becomes `�`.
    """
    raw = str(text)
    cut = raw if len(raw) <= max_length else raw[: max_length - 1] + "…"
    return cut if cut.isascii() and cut.isprintable() else "".join(map(_visible, cut))


def _visible(char: str) -> str:
    if char < " ":
        return chr(_CONTROL_PICTURES + ord(char))
    if char == "\x7f":
        return _DELETE_PICTURE
    return "\ufffd" if unicodedata.category(char) in _INVISIBLE else char
