"""Makes the directory of a new run, whoever is going to write it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grok_tui.errors import UsageError
from grok_tui.runs.find import make_run_directory
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.origin import command, without_credentials
from grok_tui.runs.record import Record, State, write_record


def make_run(
    root: Path,
    name: str,
    *,
    config: Mapping[str, Any],
    folder: str | None = None,
    run_id: str | None = None,
    arguments: list[str] | None = None,
    **fields: Any,
) -> RunPaths:
    """Make a run directory with its record and its empty spool.

    Args:
        root: the folder of all runs; it is made if it is missing.
        name: what the run is called.
        config: what it is asked to do.
        folder: where its code is looked for; the present folder if not given.
        run_id: what its directory is called, where that is decided already.
        arguments: the command line that it is noted to come from; this process's if not given.
        fields: more of the record's fields.

    Raises:
        UsageError: the directory cannot be made.
    """
    name = without_credentials(name)
    if name != readable(name):
        raise UsageError("name: expected text in UTF-8")
    paths = RunPaths(make_run_directory(root, name, run_id))
    host, now = this_host(), time.time()
    record = Record(
        id=paths.root.name,
        name=name,
        config=dict(config),
        folder=folder or readable(str(Path.cwd())),
        command=[readable(each) for each in command(arguments or sys.argv)],
        created=now,
        state=State.STARTING,
        state_time=now,
        host=host.name,
        boot_id=host.boot_id,
        **fields,
    )
    try:
        for part in (paths.new_commands.parent, paths.new_commands, paths.done_commands):
            part.mkdir(mode=0o700)  # one by one: parents would be open to everybody
        write_record(paths.record, record)
    except OSError as error:
        raise UsageError(f"cannot write {paths.root}: {error.strerror}") from None
    return paths


def readable(text: str) -> str:
    """Return a text from the system as it can be written down: its bytes may be no UTF-8."""
    return text.encode("utf-8", "replace").decode()
