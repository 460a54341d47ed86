"""Saving a run's charts and numbers from the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grok_tui.errors import UsageError

if TYPE_CHECKING:
    from grok_tui.report.saving import View
    from grok_tui.watch.view import RunView

Function = TypeVar("Function", bound=Callable[..., Any])

KINDS = {
    "svg": "Save the charts as vectors.",
    "png": "Save the charts as a picture.",
    "csv": "Save all metrics, a row a step.",
}


def file_options(command: Function) -> Function:
    """Add an option for each kind of file to a command."""
    for kind, words in reversed(KINDS.items()):
        given = click.Path(path_type=Path)
        command = click.option(f"--{kind}", type=given, metavar="FILE", help=words)(command)
    return command


def save_files(run: RunView, files: Mapping[str, Path | None]) -> None:
    """Save a run in each of the files that were given; none of them may exist.

    Raises:
        UsageError: one of them cannot be made; nothing is written then.
    """
    from grok_tui.report.saving import run_view

    save_view(run_view(run), files)


def save_view(view: View, files: Mapping[str, Path | None]) -> None:
    """Save what is shown in each of the files that were given; see `save_files`."""
    from grok_tui.report.saving import problem, save

    wanted = [(kind, path) for kind, path in files.items() if path is not None]
    for kind, path in wanted:
        if path.suffix != f".{kind}":
            raise UsageError(f"--{kind}: the name should end with .{kind}: {path}")
        if (wrong := problem(view, path)) is not None:
            raise UsageError(f"--{kind}: {wrong}")
    for _, path in wanted:
        save(view, path)
        click.echo(f"saved {path}")
