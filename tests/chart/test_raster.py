from __future__ import annotations

from grok_tui.chart.palette import CODES, Role
from grok_tui.chart.raster import Raster, parse_ansi, to_raster


def raster(*rows: str) -> Raster:
    return to_raster(parse_ansi("\n".join(rows), 6, len(rows)))


def test_colours_become_roles() -> None:
    code = CODES[Role.TEST]
    assert raster(f"ab\x1b[38;5;{code}mcd\x1b[0mef").rows == (
        (("ab", None), ("cd", Role.TEST), ("ef", None)),
    )


def test_short_lines_and_missing_rows_are_filled() -> None:
    assert to_raster(parse_ansi("ab", 4, 2)).rows == ((("ab  ", None),), (("    ", None),))


def test_an_unknown_colour_is_no_role() -> None:
    assert raster("\x1b[1m\x1b[38;5;3mabcdef\x1b[0m").rows == ((("abcdef", None),),)


def test_only_rows_that_differ_have_changed() -> None:
    old, new = raster("one", "two", "six"), raster("one", "TWO", "six")
    assert new.changed_rows(old) == [1]
    assert new.changed_rows(new) == []
    assert new.changed_rows(None) == [0, 1, 2]
    assert new.changed_rows(raster("one")) == [0, 1, 2]


def test_text_is_plain_or_coloured() -> None:
    drawn = raster(f"a\x1b[38;5;{CODES[Role.TRAIN]}mb\x1b[0m")
    assert drawn.to_text(colour=False) == ["ab"]
    assert drawn.to_text(colour=True) == ["a\x1b[34mb\x1b[0m"]
