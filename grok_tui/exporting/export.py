"""Writes the metrics of a log to a file, as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from grok_tui.errors import UsageError
from grok_tui.exporting.parquet import write_parquet
from grok_tui.exporting.table import Table
from grok_tui.exporting.tensorboard import event_file, write_tensorboard
from grok_tui.exporting.text import write_csv, write_jsonl
from grok_tui.logs.source import Column

STANDARD_OUTPUT = Path("-")
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
"""Errors of file systems that have no second names for a file."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form that a log can be written in."""

    write: Callable[[Table, BinaryIO], None]
    suffix: str
    is_text: bool = False


FORMS: Mapping[str, Form] = {
    "csv": Form(write_csv, ".csv", is_text=True),
    "jsonl": Form(write_jsonl, ".jsonl", is_text=True),
    "parquet": Form(write_parquet, ".parquet"),
    "tensorboard": Form(write_tensorboard, "-tensorboard"),
}


def export(columns: Mapping[str, Column], form: str, output: Path, *, force: bool = False) -> Path:
    """Write the metrics of a log.

    Args:
        columns: the metrics by name, with their rows in the order in which they were written.
        form: one of `FORMS`.
        output: the file, or the standard output for `-`; for `tensorboard` the folder that the
            event file is to lie in.
        force: whether a file that is there may be replaced.

    Returns:
        The file that was written.

    Raises:
        UsageError: the file is there already or cannot be written, or the form cannot hold the log.
    """
    table, chosen = Table(columns), FORMS[form]
    if not len(table.steps):
        raise UsageError("it has no metrics to export")
    if output == STANDARD_OUTPUT:
        if not chosen.is_text:
            raise UsageError(f"--output: {form} is no text, and cannot go to the standard output")
        chosen.write(table, sys.stdout.buffer)
        return output
    file = event_file(output, table) if form == "tensorboard" else output
    try:
        if form == "tensorboard":
            output.mkdir(parents=True, exist_ok=True)
        if not force and os.path.lexists(file):
            raise _there(file)
        with _in_one_piece(file, force) as stream:
            chosen.write(table, stream)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror or error}") from None
    return file


@contextlib.contextmanager
def _in_one_piece(file: Path, force: bool) -> Iterator[BinaryIO]:
    """Give a stream to another name, which becomes the file's when all is written."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}-{time.time_ns()}.tmp")
    try:
        with temporary.open("xb") as stream:
            yield stream
        if force:
            temporary.replace(file)
        else:
            _give_name(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _give_name(temporary: Path, file: Path) -> None:
    """Rename a file, unless somebody else has made one of that name meanwhile."""
    try:
        os.link(temporary, file)
    except FileExistsError:
        raise _there(file) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        temporary.rename(file)


def _there(file: Path) -> UsageError:
    return UsageError(f"{file} is there already; --force replaces it")
