from __future__ import annotations

import re

from grok_tui.analysis.measures import MEASURES
from grok_tui.primer import primer

WORDS_A_MINUTE = 300
"""Of a reader who knows the field; textbooks say 200 to 300."""


def test_the_primer_fits_a_narrow_terminal_and_takes_five_minutes() -> None:
    text = primer()
    assert max(map(len, text.splitlines())) <= 72
    assert len(text.split()) <= 5 * WORDS_A_MINUTE
    assert all(char.isprintable() or char == "\n" for char in text)


def test_it_tells_of_each_measure_where_it_misleads() -> None:
    text = re.sub(r"\s+", " ", primer())
    told = [measure for measure in MEASURES if f" {measure.name} " in text]
    assert len(told) >= 0.8 * len(MEASURES), "variants of one are told once"
    for measure in told:
        about = re.sub(r"\s+", " ", measure.about)
        assert about.rsplit(". ", 1)[-1] in text, measure.name
