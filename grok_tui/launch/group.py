"""Signals to a program and to all that it has started."""

from __future__ import annotations

import contextlib
import os
import signal

from grok_tui.runs.process import family


def send(leader: int, number: signal.Signals) -> None:
    """Send a signal to a program that leads a process group, and to the groups of its children.

    What starts while it is stopped or killed is looked for again until nothing is new.

    Args:
        leader: the number of a process that is there, or was not waited for yet.
        number: the signal.
    """
    done: set[int] = set()
    while fresh := _groups(leader) - done:
        for group in fresh:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, number)
        done |= fresh


def _groups(leader: int) -> set[int]:
    found = {leader}
    for pid in family(leader):
        with contextlib.suppress(ProcessLookupError):
            found.add(os.getpgid(pid))
    return found - {os.getpgrp()}
