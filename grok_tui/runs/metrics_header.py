"""The first line of a metrics file, which tells where its session took training up."""

from __future__ import annotations

import math
import os
from pathlib import Path

from grok_tui.files import open_regular
from grok_tui.logs.json_lines import decode_object
from grok_tui.logs.numbers import number

_HEADER_BYTES = 4096


def resume_step_of(path: Path) -> float | None:
    """Return the step that a session resumed from, or nothing while its header is not written."""
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:  # deleted meanwhile
        return None
    try:
        first, end, _ = os.pread(descriptor, _HEADER_BYTES, 0).partition(b"\n")
    finally:
        os.close(descriptor)
    if not end:
        return None
    header = decode_object(first) or {}
    if "_" not in header:  # whoever wrote this supersedes nothing
        return math.inf
    return number(header.get("resume_step")) or 0.0
