"""Opens the run directory that a program writes: a new one, an older one, or the launcher's."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

import grok_tui
from grok_tui import paths as places
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.runs.control import Control
from grok_tui.runs.layout import RunPaths, is_run
from grok_tui.runs.lock import LockHeldError, is_held
from grok_tui.runs.make import make_run
from grok_tui.runs.origin import environment
from grok_tui.runs.record import ENDED, Program, State, read_record
from grok_tui.runs.session import Session


def open_new(
    root: Path, name: str | None, config: dict[str, Any], control: type[Control]
) -> Session:
    """Return a run of its own, or the one as which grok-tui launched this program.

    Raises:
        UsageError: the directory cannot be made.
    """
    joined = _join(control)
    if joined is not None:
        name = name or joined.record.name
        _begin(joined, config=config, name=name)
        return joined
    name = name or Path(sys.argv[0] or "run").stem
    made = make_run(root.absolute(), name, config=config, program=Program())
    session = _hold(made, control)
    _begin(session)
    return session


def open_again(root: Path, control: type[Control]) -> Session:
    """Return a run that goes on in this process.

    Raises:
        UsageError: it is no such run.
        LockHeldError: another process writes it.
    """
    paths = RunPaths(root.absolute())
    if not is_run(root):
        raise UsageError(f"{root} is no run directory")
    program = read_record(paths.record).program
    if program is None or program.is_launched:
        raise UsageError(f"another program makes the steps of {root}: use `grok-tui resume`")
    session = _hold(paths, control, resume=True)
    _begin(session)
    return session


def _join(control: type[Control]) -> Session | None:
    """Return the run as which grok-tui launched this program, if it did and nobody has it."""
    named = os.environ.pop(places.RUN_VARIABLE, None)  # only the first run of a program is it
    if named is None:
        return None
    paths = RunPaths(Path(named))
    try:
        record = read_record(paths.record)
        is_launched = record.program is not None and record.program.is_launched
        if is_launched and record.state not in ENDED and is_held(paths.lock):
            return _hold(paths, control, joins=True)
    except (GrokTuiError, OSError):  # another process of the program has it, or it is gone
        return None
    return None


def _hold(
    paths: RunPaths, control: type[Control], *, resume: bool = False, joins: bool = False
) -> Session:
    try:
        return Session(paths, resume=resume, joins=joins, has_output=True, control=control)
    except LockHeldError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write {paths.root}: {error.strerror or error}") from None


def _begin(session: Session, **fields: Any) -> None:
    versions = {"grok-tui": grok_tui.__version__, "python": platform.python_version()}
    session.recorder.describe(environment=environment(), versions=versions, **fields)
    if session.recorder.record.state is not State.RUNNING:
        session.recorder.enter(State.RUNNING)
