"""Carries out what somebody wants of a run: a command, a new process, or a place in the queue."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Any

from grok_tui.launch.local import restart
from grok_tui.launch.process import thaw
from grok_tui.launch.queue import remove
from grok_tui.launch.slurm import cancel, go_on, hold
from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State
from grok_tui.runs.spool import Command, Verb
from grok_tui.watch.control import Way, way
from grok_tui.watch.view import RunView


@dataclass(frozen=True, slots=True)
class Sent:
    """What was set in motion."""

    command: Command | None = None
    """The command that the trainer is to answer."""
    process: subprocess.Popen[bytes] | None = None
    """The new process of the run."""


def steer(run: RunView, verb: Verb, **arguments: Any) -> Sent:
    """Let a run hear a command; what `why_not` has something against must not come here.

    Raises:
        OSError: the run directory cannot be written.
        GrokTuiError: its process cannot be reached, or it may not be given one.
    """
    paths = RunPaths(run.path)
    # While it starts, its number is still that of the process before.
    session = None if run.status.state is State.STARTING else run.session
    match way(verb, run):
        case Way.QUEUE:
            (remove if run.job is None else cancel)(paths)
            return Sent()
        case Way.HOLD:
            hold(paths)
            return Sent()
        case Way.PROCESS:
            is_bare = verb == "resume" and not arguments
            command = None if is_bare else spool.send(paths, verb, **arguments)
            if run.job is not None:
                go_on(paths)
                return Sent()
            return Sent(command, restart(paths))
        case Way.THAW if verb == "resume" and not arguments:
            thaw(paths)
            return Sent()
        case Way.THAW:
            command = spool.send(paths, verb, session=run.session, **arguments)
            thaw(paths)
            return Sent(command)
        case Way.SPOOL:
            return Sent(spool.send(paths, verb, session=session, **arguments))
