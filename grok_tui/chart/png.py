"""Turns SVG into PNG by resvg, which comes with an extra."""

from __future__ import annotations

import importlib.util

from grok_tui.errors import UsageError

ZOOM = 2
"""Pixels of the picture for one of the SVG: sharp on today's screens."""


def why_no_png() -> str | None:
    """Return what is missing for PNG, and what to do about it; nothing where all is there."""
    if importlib.util.find_spec("resvg_py") is not None:
        return None
    return "PNG needs an extra: pip install 'grok-tui[png]'; .svg needs nothing"


def png(svg: str) -> bytes:
    """Return a picture of an SVG.

    Raises:
        UsageError: the extra is not installed.
    """
    problem = why_no_png()
    if problem:
        raise UsageError(problem)
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM))
