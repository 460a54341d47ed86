"""Runs that are shown as they were read last: nobody looks at their curves, and nothing changes."""

from __future__ import annotations

from pathlib import Path

from grok_tui.runs.record import ENDED
from grok_tui.watch.discovery import Place
from grok_tui.watch.index import Index, signature
from grok_tui.watch.judgement import read_run
from grok_tui.watch.view import RunView

_LOG_DEPTH = 3
"""Folders deep that other programs keep the files of one run."""


class Shelved:
    """A run of which the last points are kept only."""

    is_settled = True

    def __init__(self, view: RunView, signature: str) -> None:
        """Show a view; the signature is that of the files which it was read from."""
        self.view = view
        self.signature = signature

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def poll(self) -> bool:
        """Return that nothing changed: whoever asks compares the signature first."""
        return False


class Unread:
    """A run of which it is known who it is; of thousands, few are read at a time."""

    is_settled = False

    def __init__(self, view: RunView) -> None:
        """Show a view without curves."""
        self.view = view

    def close(self) -> None:
        """Do nothing: nothing is held."""

    def poll(self) -> bool:
        """Return that nothing changed: whoever asks follows it in full."""
        return False


def signature_of(place: Place) -> str | None:
    """Return what changes whenever the files of a run do; nothing for one that is gone."""
    if place.log is None:
        return signature(place.path)
    return signature(place.log.path, depth=_LOG_DEPTH)


def read_known(path: Path, index: Index) -> RunView:
    """Return a run as the index knows it, or else read it and let the index know.

    What is returned may be a summary: see `RunView.is_summary`.
    """
    seen = signature(path)
    known = index.get(path, seen) if seen else None
    if known is not None:
        return known
    view = read_run(path)
    if seen is not None and view.status.state in ENDED and signature(path) == seen:
        index.put(path, seen, view)
    return view
