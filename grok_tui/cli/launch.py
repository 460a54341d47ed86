"""The command that runs somebody's own program as a run."""

from __future__ import annotations

import click

from grok_tui.cli.console import START_WITHIN_S, runs_option, runs_root
from grok_tui.errors import GrokTuiError


@click.command(context_settings={"allow_interspersed_args": False})
@runs_option
@click.option("--name", help="What the run is called; else like the program.")
@click.option(
    "--logs",
    multiple=True,
    metavar="PATH",
    help="Where the program writes its own logs; else the present folder. May be repeated.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def launch(name: str | None, logs: tuple[str, ...], command: tuple[str, ...]) -> None:
    """Run any program as a run, which outlives the terminal.

    It can be paused and stopped.

    `pause` freezes it with all that it has started, `stop` asks it to end and kills it after half
    a minute, `resume` thaws it, or starts it once more when it was stopped, crashed or was lost.
    Its curves are those of the log that it writes itself, in any format that can be read, or else
    of what it prints. A program that uses `grok_tui.Run` writes into the same run, and is paused
    between two steps.

    \b
    Examples:
      grok-tui launch -- python train.py --lr 1e-3
      grok-tui launch --name baseline --logs lightning_logs -- python train.py
    """
    from grok_tui.launch.command import create
    from grok_tui.launch.local import start_program
    from grok_tui.watch.waiting import wait_for_run

    run = create(runs_root(), command, name=name, logs=logs)
    start_program(run, command)
    view = wait_for_run(run.root, lambda view: view.status.state != "starting", START_WITHIN_S)
    if view.status.state == "crashed":
        raise GrokTuiError(f"{view.id} crashed: {view.status.reason}; its output: {run.stdout}")
    click.echo(f"{view.id} is {view.status.state}: {run.root}")
    click.echo(f"watch it: grok-tui {run.root}", err=True)
