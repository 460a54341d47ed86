"""Makes a run of somebody's own command, and starts it again."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from grok_tui.errors import UsageError
from grok_tui.launch.seal import is_sealed, seal
from grok_tui.runs import origin
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.make import make_run, readable
from grok_tui.runs.record import Program, Record


def create(
    root: Path, command: Sequence[str], *, name: str | None, logs: Sequence[str]
) -> RunPaths:
    """Make the directory of a run that is somebody's own command.

    Args:
        root: the folder of all runs; it is made if it is missing.
        command: the program with its arguments, to be run in the present folder.
        name: what the run is called; like the program if it is not given.
        logs: where the program writes logs of its own; the present folder if there are none.

    Raises:
        UsageError: there is no such program, its command line cannot be written down, or the
            directory cannot be made.
    """
    if shutil.which(command[0]) is None:
        raise UsageError(f"no program named {command[0]!r}: give one that your shell would find")
    folder = str(Path.cwd())
    places = [str(Path(each).expanduser().absolute()) for each in logs] or [folder]
    for text in (*command, *places):
        if text != readable(text):
            raise UsageError(f"expected text in UTF-8, got {text}")
    is_whole = origin.command(command)[1:] == list(command[1:])
    kept = list(command) if is_whole else []
    program = Program(
        is_launched=True, arguments=kept, seal=seal(kept, folder) if is_whole else None
    )
    return make_run(
        root.absolute(),
        name or _name(command),
        config={},
        program=program,
        logs=places,
        folder=folder,
        arguments=list(command),
    )


def again(record: Record) -> list[str]:
    """Return the command line of a run that was launched, to start it once more.

    Raises:
        UsageError: it is not known whole, or this user did not launch it.
    """
    program = record.program
    if program is None or not program.is_launched or not program.arguments:
        raise UsageError(f"{record.id}: its program is not grok-tui's to start")
    if not is_sealed(program.arguments, record.folder or "", program.seal):
        line = shlex.join(program.arguments)
        raise UsageError(f"{record.id} was not launched by you here; to run it: launch -- {line}")
    return program.arguments


def _name(command: Sequence[str]) -> str:
    """Return what a run of a command is called: like the script where there is one."""
    scripts = [each for each in command if each.endswith((".py", ".sh"))]
    return Path(scripts[0] if scripts else command[0]).stem
