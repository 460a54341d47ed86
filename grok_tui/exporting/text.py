"""The text forms: a wide CSV, and JSON lines as our own trainer writes them."""

from __future__ import annotations

import csv
import io
import math
from typing import Any, BinaryIO

import msgspec
import numpy as np

from grok_tui.exporting.table import Block, Table
from grok_tui.runs.writer import as_row


def write_csv(table: Table, file: BinaryIO) -> None:
    """Write a column for the step, the time and each metric; what was not measured stays empty.

    Not-a-number and infinities are written `nan`, `inf` and `-inf`.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["step", "time", *table.columns])
    places = {name: place for place, name in enumerate(table.columns, start=2)}
    for block in table.blocks():
        cells = np.full((len(block.steps), 2 + len(places)), "", dtype=object)
        cells[:, 0] = [_number(step) for step in block.steps.tolist()]
        cells[:, 1] = ["" if math.isnan(time) else repr(time) for time in block.times.tolist()]
        for name, found in block.cells.items():
            cells[found.places, places[name]] = list(map(repr, found.values.tolist()))
        rows.writerows(cells.tolist())
    text.flush()
    text.detach()


def write_jsonl(table: Table, file: BinaryIO) -> None:
    """Write an object a step: `null` and its spelling under `_nf` for what JSON has no word for."""
    encoder = msgspec.json.Encoder()
    for block in table.blocks():
        file.write(encoder.encode_lines(_rows(block)))


def _rows(block: Block) -> list[dict[str, Any]]:
    values: list[dict[str, float]] = [{} for _ in block.steps]
    for name, found in block.cells.items():
        for place, value in zip(found.places.tolist(), found.values.tolist(), strict=True):
            values[place][name] = value
    return [
        as_row(_whole(step), None if math.isnan(time) else time, row)
        for step, time, row in zip(block.steps.tolist(), block.times.tolist(), values, strict=True)
    ]


def _number(step: float) -> str:
    return repr(_whole(step))


def _whole(step: float) -> float:
    return int(step) if step == int(step) else step
