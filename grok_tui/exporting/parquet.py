"""Parquet, by pyarrow: the wide table with empty cells as nulls."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from grok_tui.errors import UsageError
from grok_tui.exporting.table import Block, Table


def write_parquet(table: Table, file: BinaryIO) -> None:
    """Write columns `step` and `time` and one a metric; not-a-number is a value and no null.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise UsageError("parquet needs pyarrow: pip install 'grok-tui[parquet]'") from None
    step = pyarrow.int64() if table.has_whole_steps else pyarrow.float64()
    metrics = [(name, pyarrow.float64()) for name in table.columns if name not in ("step", "time")]
    schema = pyarrow.schema([("step", step), ("time", pyarrow.float64()), *metrics])
    with parquet.ParquetWriter(file, schema) as writer:
        for block in table.blocks():
            columns = {
                "step": pyarrow.array(block.steps, from_pandas=False).cast(step),
                "time": pyarrow.array(block.times, mask=np.isnan(block.times), from_pandas=False),
                **{name: _nullable(pyarrow, block, name) for name, _ in metrics},
            }
            writer.write_table(pyarrow.table(columns, schema=schema))


def _nullable(pyarrow: Any, block: Block, name: str) -> Any:
    values, is_missing = np.zeros(len(block.steps)), np.ones(len(block.steps), dtype=bool)
    if name in block.cells:
        found = block.cells[name]
        values[found.places], is_missing[found.places] = found.values, False
    return pyarrow.array(values, mask=is_missing, from_pandas=False)
