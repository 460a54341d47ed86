"""The command that takes the costly measures of complexity."""

from __future__ import annotations

import click

from grok_tui.cli.console import find, runs_option
from grok_tui.errors import UsageError


@click.command()
@runs_option
@click.argument("run")
@click.option(
    "--measure",
    "names",
    metavar="NAME,...",
    help="mdl, mdl-authors, lc, robustness, llc, hessian, alpha, fourier; else all but the second.",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Only checkpoints of steps that are multiples of N.",
)
@click.option("--device", help="auto, cpu, cuda:N or mps; else the run's own.")
def measure(run: str, names: str | None, every: int, device: str | None) -> None:
    """Measure the complexity of a run's saved checkpoints.

    Of live runs and of those that have ended. Values are written into the run directory one by
    one, and the charts show them: Ctrl-C loses nothing, and a second call goes on.

    \b
    Examples:
      grok-tui measure add-53-flash-1
      grok-tui measure digits-omnigrok-1 --measure robustness,lc --every 1000
    """
    from grok_tui.launch.measure import become
    from grok_tui.launch.slots import why_not_here
    from grok_tui.runs.layout import RunPaths
    from grok_tui.runs.measurements import checkpoints_of, chosen

    paths = RunPaths(find(run))
    chosen(names)
    checkpoints_of(paths, every)
    problem = why_not_here(device) if device else None
    if problem:
        raise UsageError(problem)
    options = ["--every", str(every)]
    options += ["--measure", names] if names is not None else []
    options += ["--device", device] if device else []
    become(paths, options)
