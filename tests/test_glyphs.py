from __future__ import annotations

import re
from pathlib import Path

from rich.cells import cell_len, get_character_cell_size

import grok_tui
from grok_tui.glyphs import to_ascii

SOURCES = Path(grok_tui.__file__).parent.rglob("*.py")


def test_every_character_keeps_its_width() -> None:
    for text in ("⚑ grokked at 529 (501–541), 11×", "‖θ‖ ┅train", "日本語 é ﬁ", "╭─┊⠤⣿─╮"):
        changed = to_ascii(text, get_character_cell_size)
        assert changed.isascii()
        assert cell_len(changed) == cell_len(text)
    assert to_ascii("é² 日") == "e2 ??"
    assert to_ascii("≠ steps") == "! steps", "and not the sign for its contrary"


def test_every_sign_of_the_app_has_its_own_character() -> None:
    """A question mark would stand for what nobody thought of."""
    strings = re.compile(r'"([^"\\\n]*[^\x00-\x7f][^"\n]*)"')
    found = {
        char
        for path in SOURCES
        for text in strings.findall(path.read_text())
        for char in text
        if not char.isascii() and char.isprintable()
    }
    assert "⚑" in found
    unmapped = {char for char in found if "?" in to_ascii(char)}
    assert unmapped <= {"日", "本"}, unmapped
