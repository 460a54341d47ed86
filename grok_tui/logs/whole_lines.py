"""Which lines of a text are whole: the last one may be cut, by a writer that works or was killed.

Nobody can tell whether the 0.9 that a file ends in was going to be 0.93. So a line without its line
break is left out, unless it is an object whose braces are closed, as in JSON lines.
"""

from __future__ import annotations

LEFT_OUT = "a last line without a line break, which may be cut"


def whole_lines(data: bytes, *, is_end: bool) -> tuple[list[bytes], int]:
    """Return the whole lines at the start of a text, without line breaks, and how long they are.

    Args:
        data: the text.
        is_end: whether nothing will follow it.
    """
    end = data.rfind(b"\n") + 1
    if is_end and _is_closed(data[end:]):
        end = len(data)
    lines = data[:end].split(b"\n")
    return lines if lines[-1] else lines[:-1], end


def _is_closed(line: bytes) -> bool:
    return line.rstrip().endswith(b"}") and line.count(b"{") == line.count(b"}")
