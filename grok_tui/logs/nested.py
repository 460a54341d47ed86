"""Numbers in nested JSON objects, under the names that W&B and Trackio show them by."""

from __future__ import annotations

from collections.abc import Iterator

from grok_tui.logs.numbers import number

MAX_DEPTH = 20
"""What is nested deeper is no metric."""
_NON_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def flat_numbers(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers in a JSON value: `{"a": {"b": 1}}` under `x` is `x.a.b`.

    Pictures, histograms and other media, which are objects with a `_type`, have none.
    """
    if isinstance(value, dict):
        if "_type" not in value and depth < MAX_DEPTH:
            for key, inner in value.items():
                yield from flat_numbers(f"{name}.{key}", inner, depth + 1)
    elif isinstance(value, str):
        if value in _NON_FINITE:
            yield name, _NON_FINITE[value]
    elif (found := number(value)) is not None:
        yield name, found
