"""IDX files of bytes, as MNIST comes in: a header with the shape, and then the values.

Four bytes (0, 0, 8 for unsigned bytes, number of axes), the length of each axis in four bytes, the
highest first, and the values in the order of C.
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grok_tui.data.source import MAX_BYTES, read_source
from grok_tui.errors import UsageError

_START = b"\0\0\x08"


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """Return the array of an IDX file of unsigned bytes, which may be packed by gzip.

    Args:
        path: the file.
        axes: how many axes it should have.

    Raises:
        OSError: it cannot be read.
        UsageError: it is none of these.
    """
    data = read_source(path)
    if path.suffix == ".gz":
        data = _unpacked(path, data)
    header = 4 + 4 * axes
    if data[:4] != _START + bytes([axes]) or len(data) < header:
        raise UsageError(f"task.data: {path} is no IDX file of bytes with {axes} axes")
    shape = tuple(int(length) for length in np.frombuffer(data[4:header], ">u4"))
    if len(data) - header != math.prod(shape):
        sizes = "×".join(map(str, shape))
        raise UsageError(
            f"task.data: {path} says that it has {sizes} bytes, and has {len(data) - header}"
        )
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)


def _unpacked(path: Path, data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"task.data: cannot unpack {path}: {error}") from None
    if len(plain) > MAX_BYTES:
        raise UsageError(f"task.data: {path} is longer than {MAX_BYTES >> 20} MiB when unpacked")
    return plain
