"""Train neural networks in a terminal and watch them grok.

Importing the package costs nothing: each part is imported where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grok_tui.library import detect
    from grok_tui.writing.run import Run

__all__ = ["Run", "__version__", "detect"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what other people's code asks for when it does."""
    if name == "detect":
        from grok_tui.library import detect

        return detect
    if name == "Run":
        from grok_tui.writing.run import Run

        return Run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
