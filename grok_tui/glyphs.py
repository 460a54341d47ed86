"""A character of ASCII for each sign that the app shows, for terminals that have no others."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_SIGNS = {
    "*": "━●★▪",
    ".": "┅…·░⠄",
    "-": "─┄┈╌═–—−▃▄☆",
    "|": "│┃┆┇┋║▏▎▍▌▐▕‖",
    ":": "┊▒╎",
    "+": "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬✓",
    "x": "×✗✕",
    "^": "⚑↑▲△⇧",
    "v": "↓▼▽√",
    ">": "→▶▸►≥›»",
    "<": "←◀◂◄≤‹«",
    "/": "↗½",
    "\\": "↘",
    "o": "◌○°",
    "#": "■█▇▉▊▋▓◼",
    "=": "▅▆",
    "_": "▁▂",
    "~": "±≈∼",
    "%": "❄",
    "!": "≠",
    "'": "‘’′",
    '"': "“”",
    "a": "α",
    "b": "β",
    "e": "εη",
    "g": "γ",
    "k": "κ",
    "l": "λ",
    "p": "πρ",
    "s": "σ",
    "t": "θτ",
    "D": "Δ",
    "u": "µμ",
    "S": "Σ",
    "@": "↻",
}
_ASCII = {sign: ascii_ for ascii_, signs in _SIGNS.items() for sign in signs}
_BRAILLE = range(0x2800, 0x2900)
_WIDE = ("W", "F")


def width(char: str) -> int:
    """Return the columns that a printable character takes."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


def to_ascii(text: str, width_of: Callable[[str], int] = width) -> str:
    """Return a text in ASCII that is as wide as before.

    Args:
        text: printable text.
        width_of: returns the columns of a character, by the table of whoever places it.
    """
    if text.isascii():
        return text
    return "".join(char if char.isascii() else _ascii(char, width_of(char)) for char in text)


def _ascii(char: str, columns: int) -> str:
    found = _ASCII.get(char)
    if found is None and ord(char) in _BRAILLE:
        found = " " if char == "\u2800" else "."
    if found is None:  # é is e, ² is 2
        plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
        found = plain if len(plain) == columns else "?" * columns
    return found
