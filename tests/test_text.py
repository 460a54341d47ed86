from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_tui.text import MAX_LENGTH, safe

any_text = st.text(alphabet=st.characters())


@given(any_text)
def test_nothing_invisible_is_left(text: str) -> None:
    for char in safe(text):
        assert not unicodedata.category(char).startswith("C")
        assert unicodedata.category(char) not in ("Zl", "Zp")


@given(any_text)
def test_stays_the_same_when_done_twice(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(any_text)
def test_is_bounded(text: str) -> None:
    assert len(safe(text * 10)) <= MAX_LENGTH


@pytest.mark.parametrize(
    ("evil", "shown"),
    [
        ("\x1b]2;title\x07", "␛]2;title␇"),
        ("\x9b31m", "�31m"),
        ("a\u202eb", "a�b"),
        ("line\nbreak\ttab", "line␊break␉tab"),
        ("\x7f", "␡"),
        ("\ud800", "�"),
        ("[/b]x ‖θ‖ ⚑", "[/b]x ‖θ‖ ⚑"),
    ],
)
def test_evil_text_is_shown_and_not_obeyed(evil: str, shown: str) -> None:
    assert safe(evil) == shown
