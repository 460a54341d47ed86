"""The commands for many runs at once: start a sweep, and report on it."""

from __future__ import annotations

import time
from pathlib import Path

import click

from grok_tui.cli.console import json_option, print_json, runs_option, runs_root
from grok_tui.cli.save import file_options, save_view
from grok_tui.cli.slurm import asked_of_slurm, slurm_options_of
from grok_tui.errors import CannotHappenError, UsageError
from grok_tui.text import safe

WAIT_POLL_S = 1.0


@click.command()
@runs_option
@click.argument("file")
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Processes at once.")
@click.option("--retry", is_flag=True, help="Let runs that crashed begin again, too.")
@click.option("--wait", is_flag=True, help="Stay until all runs have ended.")
@slurm_options_of
@json_option
def sweep(
    file: str,
    jobs: int | None,
    retry: bool,
    wait: bool,
    launcher: str,
    slurm: tuple[str, ...],
    as_json: bool,
) -> None:
    """Train a preset at each of many settings, with several seeds.

    FILE is a TOML file with a preset, axes and seeds; see the README. The runs go into a folder of
    their own in the folder of runs. A second call goes on with what was interrupted, and leaves
    alone what is done.

    \b
    Examples:
      grok-tui sweep fraction-by-decay.toml
      grok-tui sweep fraction-by-decay.toml --jobs 2 --wait
      grok-tui sweep big.toml --launcher slurm --slurm partition=gpu --slurm gpus=1 --jobs 8
    """
    from grok_tui.config import load_sweep
    from grok_tui.launch.sweep import start_sweep

    if not file.endswith(".toml"):
        raise UsageError(f"{file}: expected a TOML file; a sweep that was begun goes on by its own")
    asked = load_sweep(Path(file))
    options = asked_of_slurm(launcher, slurm)
    started = start_sweep(asked, runs_root(), jobs=jobs, retry=retry, slurm=options)
    runs = len(asked) * len(asked.seeds)
    parts = [
        f"{count} {what}"
        for count, what in (
            (started.fresh, "new"),
            (started.resumed, "resumed"),
            (started.waiting, "under way"),
            (started.done, "done"),
            (started.failed, "failed (see --retry)"),
        )
        if count
    ]
    if not as_json:
        cells = f"{len(asked)} cells by {len(asked.seeds)} seeds"
        click.echo(f"{asked.name}: {cells}, {runs} runs: {', '.join(parts)}: {started.root}")
        click.echo(f"watch it: grok-tui {started.root}", err=True)
    counts = _wait(started.root, quiet=as_json) if wait else None
    if as_json:
        print_json({"name": asked.name, "path": str(started.root), "runs": runs, "states": counts})


def _wait(root: Path, *, quiet: bool) -> dict[str, int]:
    """Wait until all runs have ended; return how many did so in which state."""
    from grok_tui.runs.record import State
    from grok_tui.watch.sweeps import has_ended, states_of

    told = None
    while True:
        counts = states_of(root)
        said = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        if said != told and not quiet:
            click.echo(said)
            told = said
        if has_ended(counts):
            break
        time.sleep(WAIT_POLL_S)
    if crashed := counts.get(State.CRASHED):
        raise CannotHappenError(f"{crashed} runs crashed: grok-tui report {root}")
    return {str(state): count for state, count in counts.items()}


@click.command()
@runs_option
@click.argument("sweep")
@json_option
@click.option("--md", "as_markdown", is_flag=True, help="As Markdown.")
@click.option(
    "--show",
    type=click.Choice(["phase", "grok step", "delay ratio", "success rate", "complexity fall"]),
    default="phase",
    show_default=True,
    help="What a picture shows of the first two axes.",
)
@file_options
def report(sweep: str, as_json: bool, as_markdown: bool, show: str, **files: Path | None) -> None:
    """Say for each setting of a sweep how many seeds grokked.

    SWEEP is a sweep's name, or its folder. Runs that have not grokked count as not having done so
    up to their last step: they are left out of no figure.

    \b
    Examples:
      grok-tui report fraction-by-decay
      grok-tui report runs/fraction-by-decay --md > report.md
      grok-tui report fraction-by-decay --show "grok step" --svg diagram.svg --csv cells.csv
    """
    from grok_tui.diagram.cells import Quantity, heat
    from grok_tui.diagram.plane import plane_of
    from grok_tui.launch.sweep import sweep_of
    from grok_tui.report.plain_sweep import lines, values
    from grok_tui.report.saving import sweep_view
    from grok_tui.watch.sweeps import read_cells

    if as_json and as_markdown:
        raise UsageError("--json and --md: give one of them")
    found = read_cells(sweep_of(sweep, runs_root()))
    if as_json:
        print_json(values(found))
        return
    if any(files.values()):
        diagram = heat(found, plane_of(found), Quantity(show))
        save_view(sweep_view(found, diagram), files)
        return
    for line in lines(found, markdown=as_markdown):
        click.echo(safe(line, 10_000))
