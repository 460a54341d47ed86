"""The fast way of decoding numbers against the long one."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grok_tui.logs.block import Block
from grok_tui.logs.decoders import Decoder
from grok_tui.logs.delimited import Delimited
from grok_tui.logs.json_lines import JsonLines


class SlowDelimited(Delimited):
    def _of_numbers(self, lines: Sequence[bytes]) -> Block | None:
        return None


class SlowJsonLines(JsonLines):
    def _of_numbers(self, lines: Sequence[bytes]) -> Block | None:
        return None


def content(block: Block) -> tuple[Any, ...]:
    columns = {
        name: (
            list(range(block.rows)) if cells.rows is None else cells.rows.tolist(),
            list(map(repr, (cells.values + 0.0).tolist())),
        )
        for name, cells in block.columns.items()
    }
    return block.rows, block.bad_lines, columns


NUMBERS = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.floats(0, 1, width=32).map(lambda value: f"{value:.4g}"),
)
ODD_CELLS = (
    *("", " ", "nan", "-inf", "null", "true", "1e999", "-1E5", "+1", ".5", "1.", "01", "0x10"),
    *('"1"', '"', "[1]", "{}", "1 2", "1_000", "50%", "1,5", "1\t2", "1\r", "\r", " 3 ", "#", "x"),
    *("1" * 400, "0." + "1" * 400, "123456789012345678901234567890", "5e-324", "\ufeff1"),
)
CELLS = st.one_of(NUMBERS, NUMBERS, st.sampled_from(ODD_CELLS))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(",;\t"),
    st.lists(st.sampled_from(["step", "a", "b", "a b", ""]), min_size=1, max_size=4),
    st.lists(st.lists(CELLS, max_size=4), max_size=6),
    st.lists(NUMBERS, max_size=3),
    st.integers(0, 6),
)
def test_delimited(
    delimiter: str, header: list[str], rows: list[list[str]], tail: list[str], split: int
) -> None:
    width = len(header)
    texts = [delimiter.join(row) for row in [*rows, *([tail] * 2 if len(tail) == width else [])]]
    lines = [delimiter.join(header).encode(), *(text.encode() for text in texts)]
    fast, slow = Delimited(), SlowDelimited()
    for part in (lines[: split + 1], lines[split + 1 :]):
        assert content(fast.decode(part)) == content(slow.decode(part))


ODD_VALUES = (
    *("null", "true", "NaN", "-Infinity", "1e999", '"NaN"', '"x"', '"1"', "[1]", '{"a": 1}', "01"),
    *("1" * 400, "123456789012345678901234567890", "", "1 2", "{", '"\\ud800"', '"5%"'),
)
VALUES = st.one_of(NUMBERS, NUMBERS, st.sampled_from(ODD_VALUES))
ODD_LINES = ("", " ", "[]", "1", "x", '{"a": 1} {"a": 2}', '{"a":', "1}", "\r")
KEYS = st.sampled_from(["step", "a", "b", "a/b", "é", 'q"', "", "_nf", "\\n"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.tuples(KEYS, VALUES), max_size=4), max_size=6),
    st.lists(st.sampled_from(ODD_LINES)),
    st.integers(0, 6),
)
def test_json_lines(rows: list[list[tuple[str, str]]], others: list[str], split: int) -> None:
    texts = [", ".join(f"{json.dumps(key)}: {value}" for key, value in row) for row in rows]
    lines = [*(f"{{{text}}}".encode() for text in texts), *(text.encode() for text in others)]
    fast, slow = JsonLines(), SlowJsonLines()
    for part in (lines[:split], lines[split:], lines):
        assert content(fast.decode(part)) == content(slow.decode(part))


def plain(index: int, empty: str = "") -> tuple[bytes, bytes]:
    row = {"step": index, "a": index / 7, **({"b": math.nan} if empty else {})}
    return f"{index},{index / 7!r},{empty}\r".encode(), json.dumps(row).encode()


@pytest.mark.parametrize("empty", ["", "nan"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_plain_numbers_go_the_fast_way(
    kind: str, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder: Decoder = Delimited() if kind == "csv" else JsonLines()
    which = kind == "jsonl"
    header = [] if kind == "jsonl" else [b"step,a,b"]
    decoder.decode([*header, *(plain(index, empty)[which] for index in range(3))])
    monkeypatch.setattr(decoder, "_rows", None)
    block = decoder.decode([plain(index, empty)[which] for index in range(1000)])
    assert block.rows == 1000
    assert block.columns["a"].values.tolist() == [index / 7 for index in range(1000)]
    assert ("b" in block.columns) == bool(empty)
