"""`grok-tui`: its commands, in the order of its help."""

from __future__ import annotations

import sys
from typing import Any

import click

import grok_tui
from grok_tui.cli import (
    about,
    app,
    console,
    control,
    detect,
    export,
    forecasts,
    launch,
    meaning,
    measure,
    metrics,
    notes,
    presets,
    queue,
    runs,
    sweep,
    train,
)


def main() -> None:
    """Run the program."""
    console.print_all_characters()
    sys.exit(console.run(cli))


@click.group(
    cls=console.Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  grok-tui demo                   train a network that groks within seconds, and watch it
  grok-tui                        open the app on the runs in ./runs
  grok-tui train add-53-flash optimizer.weight_decay=0
  grok-tui wait add-53-flash-1 --until grokked --timeout 60
""",
)
@click.version_option(grok_tui.__version__, prog_name="grok-tui")
@app.app_options
@console.runs_option
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """Train neural networks in a terminal, and watch them grok.

    Without a command, opens the app on a folder of runs. Runs are processes of their own: they
    go on when the app or the terminal is closed.
    """
    app.remember_options(ctx, **options)
    if ctx.invoked_subcommand is None:
        app.open_app([console.runs_root()])


SECTIONS: dict[str, tuple[click.Command, ...]] = {
    "Start runs": (
        app.open_paths,
        train.demo,
        train.train,
        sweep.sweep,
        launch.launch,
        presets.presets,
        queue.queue,
    ),
    "Look at runs and logs": (
        runs.runs,
        runs.show,
        runs.wait,
        detect.detect,
        forecasts.forecasts,
        sweep.report,
        measure.measure,
        metrics.metrics,
        meaning.meaning,
        export.export,
    ),
    "Steer runs": control.COMMANDS,
    "Keep runs in order": (notes.tag, notes.note, notes.trash, notes.restore),
    "About the program": (about.config, about.doctor, about.primer),
}
for title, commands in SECTIONS.items():
    cli.add_section(title, commands)
