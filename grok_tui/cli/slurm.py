"""The options of commands that can let Slurm train."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grok_tui import paths
from grok_tui.errors import UsageError

if TYPE_CHECKING:
    from grok_tui.config.slurm import SlurmOptions

Function = TypeVar("Function", bound=Callable[..., Any])


def slurm_options_of(command: Function) -> Function:
    """Add `--launcher` and `--slurm` to a command."""
    for option in (
        click.option(
            "--slurm",
            multiple=True,
            metavar="KEY=VALUE",
            help="partition, account, qos, time, gpus, cpus, memory, extra, setup or python.",
        ),
        click.option(
            "--launcher",
            type=click.Choice(["local", "slurm"]),
            default="local",
            show_default=True,
            help="Who trains: this machine, or Slurm.",
        ),
    ):
        command = option(command)
    return command


def asked_of_slurm(launcher: str, assignments: tuple[str, ...]) -> SlurmOptions | None:
    """Return what Slurm is asked for: the settings file's `[slurm]`, and the command line over it.

    Raises:
        UsageError: one of them is wrong.
    """
    if launcher != "slurm":
        if assignments:
            raise UsageError("--slurm: goes with --launcher slurm")
        return None
    from grok_tui.config.slurm import slurm_options, with_assignments
    from grok_tui.settings import read_settings

    settings, _ = read_settings(paths.config_file())
    return slurm_options(with_assignments(settings.slurm, assignments))
