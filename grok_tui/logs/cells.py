"""The numbers, times and names in the cells of somebody's table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from grok_tui.logs.columns import is_axis, is_run, is_time, names_metric, names_split
from grok_tui.logs.numbers import number

MAX_NAME = 256
"""Characters of a metric's name; what has more is no name."""
MAX_DEPTH = 8
"""Levels of objects in a JSON line that are looked into."""
NON_FINITE = "_nf"
"""The object that spells what JSON has no numbers for, as run directories and others write it."""
_VALUE_COLUMNS = frozenset({"value", "val", "metric_value", "scalar"})
_DIGIT = re.compile(r"\d")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_EUROPEAN_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)")


def text_number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Return the number that a text spells: `0.5`, `50%`, `1,024`, `NaN`; nothing for no number."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return _spelled(text.strip(), decimal_comma)


def _spelled(text: str, decimal_comma: bool) -> float | None:
    """Return a number that Python itself does not read."""
    if not _DIGIT.search(text):
        return None
    digits = text.removesuffix("%")
    if decimal_comma:
        digits = digits.replace(".", "") if _EUROPEAN_THOUSANDS.fullmatch(digits) else digits
        digits = digits.replace(",", ".")
    elif "," in digits and _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    try:
        return float(digits) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None


def row_numbers(
    cells: Iterable[tuple[str, object]], *, decimal_comma: bool = False
) -> dict[str, float]:
    """Return the numbers of one row by the names of their metrics.

    Where a cell names the split of its row, it becomes part of the names: `train_loss`. Where the
    metric itself is named in a cell and the value stands in another, the texts of the row are the
    name: `train/loss`.
    """
    found: dict[str, float] = {}
    texts: dict[str, str] = {}
    for name, cell in cells:
        value: float | None
        if isinstance(cell, float):
            value = cell
        elif isinstance(cell, str):
            value = text_number(cell, decimal_comma=decimal_comma)
            if value is None:
                texts[name] = cell
                value = _moment(cell) if is_time(name) else None
        else:
            value = number(cell)
        if value is not None and name and len(name) <= MAX_NAME:
            found[name] = value
    return _renamed(found, texts) if texts else found


def _renamed(found: dict[str, float], texts: Mapping[str, str]) -> dict[str, float]:
    """Put what the texts of a row say of its numbers into their names."""
    if any(map(names_metric, texts)):
        column = next((name for name in found if name.strip().lower() in _VALUE_COLUMNS), None)
        parts = [t.strip() for n, t in texts.items() if t.strip() and not (is_axis(n) or is_run(n))]
        name = "/".join(parts)
        if column is not None and name and len(name) <= MAX_NAME:
            return {name if each == column else each: value for each, value in found.items()}
    split = next((text for name, text in texts.items() if names_split(name, text)), None)
    if split is None:
        return found
    return {_of_split(name, split): value for name, value in found.items()}


@lru_cache(maxsize=10_000)
def _of_split(name: str, split: str) -> str:
    return name if is_axis(name) or is_run(name) else f"{split}_{name}"


def flattened(row: Mapping[str, object], prefix: str = "", depth: int = 0) -> dict[str, object]:
    """Return a JSON object without objects in it: `{"train": {"loss": 1}}` has a `train/loss`."""
    flat: dict[str, object] = {}
    for name, cell in row.items():
        if not isinstance(cell, dict):
            flat[prefix + name] = cell
        elif name == NON_FINITE:
            flat |= {prefix + each: value for each, value in cell.items() if _is_spelled(value)}
        elif depth < MAX_DEPTH:
            flat |= flattened(cell, f"{prefix}{name}/", depth + 1)
    return flat


def run_of(cells: Iterable[tuple[str, object]]) -> str | None:
    """Return which run a row is of, by the cells that name it; nothing if none does."""
    parts = [str(cell).strip() for name, cell in cells if is_run(name) and _is_scalar(cell)]
    return ", ".join(part for part in parts if part) or None


def _is_scalar(cell: object) -> bool:
    return isinstance(cell, str | int | float)


def _is_spelled(value: object) -> bool:
    return isinstance(value, str) and text_number(value) is not None


def _moment(text: str) -> float | None:
    """Return the seconds since the epoch of a date and time, which is local if it has no zone."""
    try:
        seconds = datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return seconds if math.isfinite(seconds) else None
