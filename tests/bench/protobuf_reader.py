"""The plain way to read a `.wandb` file: W&B's own messages, and json. Its Python has no reader."""

from __future__ import annotations

import json
import struct
from pathlib import Path


def count_values(path: str | Path) -> int:
    """Return the number of values in the rows of a file."""
    from wandb.proto import wandb_internal_pb2

    parse = wandb_internal_pb2.Record.FromString
    data, at, parts, count = Path(path).read_bytes(), 7, b"", 0
    while at < len(data):
        if (left := (1 << 15) - at % (1 << 15)) < 7:
            at += left
            continue
        _, size, kind = struct.unpack_from("<IHB", data, at)
        parts += data[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):
            row = {
                ".".join(i.nested_key): json.loads(i.value_json) for i in parse(parts).history.item
            }
            count += sum(name[0] != "_" for name in row)
            parts = b""
    return count
