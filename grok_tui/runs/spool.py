"""Commands to a trainer: one file each, and one acknowledgement each.

A command is written under a temporary name and renamed into `control/new`, so that the trainer
never sees half of one. It answers in `control/done` under the same name.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from grok_tui.files import first_names, open_regular, write_atomic
from grok_tui.runs.decode import UnreadableError, read_json
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths

Verb: TypeAlias = Literal["pause", "resume", "stop", "park", "checkpoint", "extend", "set"]

MAX_BYTES = 1 << 16
MAX_ENTRIES = 100_000
"""Entries of a folder of the spool that are looked at."""
MAX_PENDING = 1000
"""Command files that are looked at in one go."""

_count = itertools.count()


class Command(Struct, frozen=True, kw_only=True):
    """What somebody asks a trainer to do."""

    id: str
    verb: str
    time: float
    """When it was sent, in seconds since the epoch."""
    host: str
    pid: int
    arguments: dict[str, Any] = {}
    """What the command needs beside its name, such as the number of steps."""
    session: int | None = None
    """The run's session that it was meant for; nothing where it holds for any."""


class Acknowledgement(Struct, frozen=True, kw_only=True):
    """What became of a command."""

    id: str
    verb: str
    step: int
    """The step after which it took effect."""
    time: float
    refused: str | None = None
    """Why it was not carried out."""


def send(paths: RunPaths, verb: Verb, *, session: int | None = None, **arguments: Any) -> Command:
    """Put a command into a run's spool.

    Args:
        paths: the run directory.
        verb: what is asked.
        session: the session that it is meant for: a stop that a dead process never heard must not
            end the one after it.
        arguments: what the command needs beside its name.

    Raises:
        OSError: the run directory cannot be written.
    """
    host, pid, now = this_host(), os.getpid(), time.time()
    command = Command(
        id=f"{time.time_ns()}-{host.file_name}-{pid}-{next(_count)}",
        verb=verb,
        time=now,
        host=host.name,
        pid=pid,
        arguments=arguments,
        session=session,
    )
    _make_folder(paths.new_commands)
    write_atomic(_file(paths.new_commands, command.id), msgspec.json.encode(command))
    return command


def pending(paths: RunPaths) -> list[Command]:
    """Return the commands that were sent and not acknowledged, oldest first."""
    commands = []
    for path in _command_files(paths.new_commands):
        with contextlib.suppress(UnreadableError):
            commands.append(_read(path))
    return commands


def acknowledgement(paths: RunPaths, command_id: str) -> Acknowledgement | None:
    """Return what became of a command, or nothing while it is not known."""
    try:
        return read_json(_file(paths.done_commands, command_id), Acknowledgement, MAX_BYTES)
    except UnreadableError:
        return None


def newest_answers(paths: RunPaths, count: int) -> list[Acknowledgement]:
    """Return what became of the commands that were sent last, the newest first."""
    answers = []
    for path in reversed(_command_files(paths.done_commands, newest=count)):
        with contextlib.suppress(UnreadableError):
            answers.append(read_json(path, Acknowledgement, MAX_BYTES))
    return answers


def take(paths: RunPaths) -> tuple[list[Command], list[str]]:
    """Return the commands to carry out, for the trainer.

    Returns:
        The commands, oldest first, and one line for each file that was put aside because it is
        damaged or comes from another user.
    """
    commands, refused = [], []
    for path in _command_files(paths.new_commands):
        try:
            if not _is_from_owner(path):
                raise UnreadableError("it was not written by the run's owner")
            commands.append(_read(path))
        except (OSError, UnreadableError) as error:
            refused.append(f"command {path.name} ignored: {error}")
            with contextlib.suppress(OSError):
                path.unlink()
    return commands, refused


def acknowledge(paths: RunPaths, answer: Acknowledgement) -> None:
    """Write down what became of a command and take it out of the spool.

    Raises:
        OSError: the answer could not be written; the command then stays.
    """
    _make_folder(paths.done_commands)
    write_atomic(_file(paths.done_commands, answer.id), msgspec.json.encode(answer))
    _file(paths.new_commands, answer.id).unlink(missing_ok=True)


def _file(folder: Path, command_id: str) -> Path:
    return folder / f"{command_id}.json"


def _command_files(folder: Path, newest: int | None = None) -> list[Path]:
    """Return the oldest files of a folder, or so many of the newest ones, in their order."""
    try:
        names = sorted(first_names(folder, MAX_ENTRIES))
    except OSError:
        return []
    kept = [name for name in names if name.endswith(".json") and not name.startswith(".")]
    return [folder / name for name in (kept[-newest:] if newest else kept[:MAX_PENDING])]


def _read(path: Path) -> Command:
    command = read_json(path, Command, MAX_BYTES)
    if path.stem != command.id:
        raise UnreadableError("its name is not its id")
    return command


def _make_folder(folder: Path) -> None:
    """Make a folder of the spool; a link in its place would lead out of the run directory."""
    for part in (folder.parent, folder):
        part.mkdir(exist_ok=True, mode=0o700)
        if part.is_symlink():
            raise OSError(f"{part.name} is a link")


def _is_from_owner(path: Path) -> bool:
    descriptor = open_regular(path)
    try:
        return os.fstat(descriptor).st_uid in (os.getuid(), 0)
    finally:
        os.close(descriptor)
