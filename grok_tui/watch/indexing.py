"""A process of its own that reads runs which have ended, so that the app's keys need not wait.

`python -m grok_tui.watch.indexing PATH…` reads what the index does not know yet, lets it know, and
prints each path, with a zero behind it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from grok_tui.runs.host import this_host
from grok_tui.runs.record import State
from grok_tui.watch.discovery import Place, discover
from grok_tui.watch.follower import Follower
from grok_tui.watch.index import Index
from grok_tui.watch.log_follower import LogFollower
from grok_tui.watch.shelf import signature_of
from grok_tui.watch.view import RunView

NICENESS = 10
"""Whoever trains on this machine comes first."""


def main(roots: Sequence[str]) -> None:
    """Read all runs in some folders that have ended and are not known."""
    os.nice(NICENESS)
    index = Index()
    for place in discover([Path(root) for root in roots]).places:
        seen = signature_of(place)
        if seen is None or index.get(place.path, seen) is not None:
            continue
        view = read_to_end(place)
        if view is not None and signature_of(place) == seen:
            index.put(place.path, seen, view)
            os.write(sys.stdout.fileno(), os.fsencode(place.path) + b"\0")


def read_to_end(place: Place) -> RunView | None:
    """Return a run or a log, or nothing where more of it is expected or it cannot be read."""
    follower: Follower | LogFollower
    if place.log is None:
        follower = Follower(place.path, this_host(), time.time, is_stored=True)
    else:
        follower = LogFollower(place.log, place.name, time.time)
    while not follower.view.is_growing and follower.view.status.state is not State.UNREADABLE:
        follower.poll()
        if not follower.view.is_loading:
            break
    follower.close()
    return follower.view if follower.is_settled else None


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):  # the app has ended
        main(sys.argv[1:])
