"""The command that writes a run's metrics for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from grok_tui.cli.console import find, runs_option


@click.command()
@runs_option
@click.argument("run")
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "jsonl", "parquet", "tensorboard"]),
    required=True,
    help="A row a step; tensorboard keeps 32 bits of each value.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file, a folder for tensorboard, or - for the standard output; else like the run.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def export(run: str, form: str, output: Path | None, force: bool) -> None:
    """Write the metrics of a run as a table or for TensorBoard.

    They have the names of the run, or those that `grok-tui meaning` was told of.

    \b
    Examples:
      grok-tui export add-53-flash-1 --to csv
      grok-tui export add-53-flash-1 --to jsonl --output - | jq '."test/accuracy"'
      grok-tui export add-53-flash-1 --to tensorboard --output logs/add-53
    """
    from grok_tui.exporting.export import FORMS, STANDARD_OUTPUT
    from grok_tui.exporting.export import export as write
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.inventory import corrected_columns

    paths = RunPaths(find(run))
    wanted = output or Path(f"{paths.root.absolute().name}{FORMS[form].suffix}")
    written = write(corrected_columns(paths), form, wanted, force=force)
    if written != STANDARD_OUTPUT:
        click.echo(str(written))
