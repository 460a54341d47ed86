"""The ends of what a run printed and of what happened to it, as lines that are safe to show."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grok_tui.analysis.wording import steps
from grok_tui.files import open_regular
from grok_tui.logs.json_lines import decode_object
from grok_tui.logs.numbers import number
from grok_tui.runs.layout import RunPaths
from grok_tui.text import safe

READ_BYTES = 1 << 16
"""Of a file's end so much is read: hundreds of lines, in no time, however long the file is."""
LONGEST_LINE = 400
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_TOLD_APART = ("kind", "step", "time")


@dataclass(frozen=True, slots=True)
class Output:
    """The last lines, the newest at the end."""

    printed: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


def read_output(paths: RunPaths) -> Output:
    """Return the ends of a run's `stdout.log` and `events.jsonl`; what is wrong is told in them."""
    return Output(
        tuple(_printed(line) for line in _last_lines(paths.stdout)),
        tuple(_event(line) for line in _last_lines(paths.events)),
    )


def _last_lines(path: Path) -> list[bytes]:
    try:
        descriptor = open_regular(path)
    except FileNotFoundError:
        return []
    except OSError as error:
        return [str(error.strerror or error).encode()]
    try:
        start = max(os.fstat(descriptor).st_size - READ_BYTES, 0)
        lines = os.pread(descriptor, READ_BYTES, start).split(b"\n")
    except OSError as error:
        return [str(error.strerror or error).encode()]
    finally:
        os.close(descriptor)
    if start:
        lines = lines[1:]  # half of a line
    return lines[:-1] if lines and not lines[-1] else lines


def _printed(line: bytes) -> str:
    text = line.decode("utf-8", "replace").rstrip("\r")
    shown = text.rpartition("\r")[2]  # a progress bar: what its terminal would show
    return safe(_COLOURS.sub("", shown).expandtabs(), LONGEST_LINE)


def _event(line: bytes) -> str:
    event = decode_object(line)
    if event is None:
        return _printed(line)
    step, moment = number(event.get("step")), number(event.get("time"))
    words = [_clock(moment), f"{steps(step):>9}", safe(event.get("kind", "?"), 40)]
    return "  ".join([*words, *_others(event)])


def _others(event: Mapping[str, Any]) -> list[str]:
    """Return what else is known of an event; ids say nothing to a person."""
    return [
        safe(f"{key} {value}", LONGEST_LINE)
        for key, value in event.items()
        if key not in _TOLD_APART and key != "id" and value not in ({}, None)
    ]


def _clock(moment: float | None) -> str:
    try:
        return time.strftime("%H:%M:%S", time.localtime(moment)) if moment is not None else " " * 8
    except (OverflowError, ValueError, OSError):
        return " " * 8
