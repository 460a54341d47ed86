"""NumPy's .npz files: several arrays in one zip file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grok_tui.data.source import MAX_BYTES, read_source
from grok_tui.errors import UsageError

PAIRS = (("x_train", "y_train"), ("x", "y"))
"""Names of inputs and labels, with which an array is found."""


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays x_train and y_train, with x_test and y_test where they are, or x and y.

    Raises:
        OSError: the file cannot be read.
        UsageError: it is no such file, has none of these, or is more than 256 MiB unpacked.
    """
    data = read_source(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        wanted = _wanted(path, {name.removesuffix(".npy") for name in sizes})
        if sum(sizes[f"{name}.npy"] for name in wanted) > MAX_BYTES:
            raise UsageError(
                f"task.data: {path} is longer than {MAX_BYTES >> 20} MiB when unpacked"
            )
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in wanted}
    except UsageError:
        raise
    except Exception as error:  # whatever zipfile, zlib and numpy make of a damaged file
        raise UsageError(f"task.data: {path} is no .npz file of numbers: {error}") from None


def _wanted(path: Path, names: set[str]) -> tuple[str, ...]:
    for x, y in PAIRS:
        if {x, y} <= names:
            has_tests = x == "x_train" and {"x_test", "y_test"} <= names
            return (x, y, "x_test", "y_test") if has_tests else (x, y)
    found = ", ".join(sorted(names)[:10]) or "nothing"
    raise UsageError(f"task.data: {path} needs x_train and y_train, or x and y; it has {found}")
