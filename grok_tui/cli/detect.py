"""The command that judges any log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grok_tui.cli.console import LogPath, complain, each_place, json_option, print_json

if TYPE_CHECKING:
    from grok_tui.watch.discovery import Place


@click.command()
@click.argument("log_paths", metavar="PATH...", nargs=-1, required=True, type=LogPath())
@json_option
def detect(log_paths: tuple[Path, ...], as_json: bool) -> None:
    """Say whether and when a log shows grokking.

    PATH is a run directory, the log of another program with train and test (or val) accuracy or
    loss in it, or a folder of these; also on another machine, as ssh://host/path.

    \b
    Examples:
      grok-tui detect runs/add-53-flash-1
      grok-tui detect logs/metrics.csv --json
      grok-tui detect lightning_logs tensorboard wandb
    """
    from grok_tui.remote.address import told
    from grok_tui.report import plain
    from grok_tui.watch.judgement import judge_place

    def tell(place: Place) -> None:
        judged = judge_place(place)
        if judged.left_out:
            complain(f"{told(place.path)}: not everything was judged: {judged.left_out}", 0)
        if as_json:
            print_json(plain.judgement(judged))
        else:
            click.echo(plain.judged_sentence(judged))

    click.get_current_context().exit(each_place(log_paths, tell))
