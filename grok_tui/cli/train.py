"""The commands that start runs: demo and train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from grok_tui.cli.app import open_app
from grok_tui.cli.console import (
    START_WITHIN_S,
    need_terminal,
    on_first_signal,
    runs_option,
    runs_root,
)
from grok_tui.cli.slurm import asked_of_slurm, slurm_options_of
from grok_tui.errors import CannotHappenError, GrokTuiError, UsageError
from grok_tui.text import safe

if TYPE_CHECKING:
    from grok_tui.config.slurm import SlurmOptions
    from grok_tui.launch.request import Request
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.view import RunView

DEFAULT_PRESET = "add-53-flash"


@click.command()
@runs_option
@click.option("--seed", type=int, help="Seed of the run.")
def demo(seed: int | None) -> None:
    """Train a network that groks within seconds, and watch it live.

    \b
    Example:
      grok-tui demo --seed 3
    """
    need_terminal()
    from grok_tui.launch.request import request

    run = request(DEFAULT_PRESET, (), seed=seed).create(runs_root())
    _start(run)
    open_app([run.root.parent], open_run=run.root)


@click.command()
@runs_option
@click.argument("preset")
@click.argument("changes", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--foreground", is_flag=True, help="Show the output and wait for the end; Ctrl-C stops."
)
@click.option(
    "--queue",
    "wait_for_place",
    is_flag=True,
    help="Wait for a free place first; see `grok-tui queue`.",
)
@click.option("--device", help="auto, cpu, cuda:N or mps.")
@click.option("--seed", type=int, help="Seed of the run.")
@click.option(
    "--seeds",
    metavar="FIRST..LAST",
    help="A run for each of these seeds, all trained in one process; with --queue in one each.",
)
@click.option("--name", help="What the run is called.")
@slurm_options_of
def train(
    preset: str,
    changes: tuple[str, ...],
    foreground: bool,
    wait_for_place: bool,
    device: str | None,
    seed: int | None,
    seeds: str | None,
    name: str | None,
    launcher: str,
    slurm: tuple[str, ...],
) -> None:
    """Start a run of a preset, or of a TOML file.

    PRESET is a name from `grok-tui presets`, or the path of a file like those.

    \b
    Examples:
      grok-tui train add-53-flash
      grok-tui train add-53-flash optimizer.weight_decay=0 steps=20000 --name no-decay
      grok-tui train add-53-flash --foreground --device cpu --seed 7
      grok-tui train add-53-flash --seeds 0..7
      grok-tui train add-53-flash --seeds 0..7 --queue
      grok-tui train nanda-mainline --launcher slurm --slurm partition=gpu --slurm gpus=1
    """
    from grok_tui.launch.queue import enqueue
    from grok_tui.launch.request import request

    options = asked_of_slurm(launcher, slurm)
    if options is not None:
        if foreground or wait_for_place or seeds is not None:
            raise UsageError("--launcher slurm: Slurm has a queue of its own; for seeds, use sweep")
        given = {"device": device, "seed": seed, "name": name}
        _submit(request(preset, changes, is_here=False, **given), options)
        return
    if seeds is not None:
        if foreground:
            raise UsageError("--foreground: it shows one run, and --seeds makes several")
        if seed is not None:
            raise UsageError("--seed and --seeds: give one of them")
        _train_seeds(seeds, preset, changes, wait_for_place, device=device, name=name)
        return
    asked = request(preset, changes, device=device, seed=seed, name=name)
    run = asked.create(runs_root())
    if wait_for_place:
        click.echo(f"{run.root.name} is queued; {enqueue(run)} waiting: {run.root}")
        if foreground:
            _follow_output(run)
        return
    _start(run)
    if foreground:
        _follow_output(run)
        return
    _tell_start(run)
    click.echo(f"watch it: grok-tui {run.root}", err=True)


def _train_seeds(
    seeds: str, preset: str, changes: tuple[str, ...], wait_for_place: bool, **options: Any
) -> None:
    """Make a run for each seed, and train all in one process, or one by one where that cannot be.

    The queue is the way out: what runs cannot share a process for is no reason to refuse them.
    """
    from grok_tui.config import parse_seeds
    from grok_tui.launch.request import request
    from grok_tui.launch.several import start_all

    if any(each.partition("=")[0] == "seed" for each in changes):
        raise UsageError("seed= and --seeds: give one of them")
    asked = [request(preset, changes, seed=seed, **options) for seed in parse_seeds(seeds)]
    started = start_all(asked, runs_root(), wait_for_place=wait_for_place)
    if started.reason:
        click.echo(f"each has a process of its own: {started.reason}", err=True)
    if not started.waiting:
        for run in started.runs:
            _tell_start(run)
    for run, count in zip(started.runs, started.waiting, strict=False):
        click.echo(f"{run.root.name} is queued; {count} waiting: {run.root}")


def _submit(asked: Request, options: SlurmOptions) -> None:
    from grok_tui.launch.slurm import need_slurm, submit

    need_slurm()
    run = asked.create(runs_root())
    job = submit([[run]], run.root, options)
    click.echo(f"{run.root.name} is job {job}: {run.root}")
    click.echo(f"watch it: grok-tui {run.root}", err=True)


def _tell_start(run: RunPaths) -> None:
    """Wait until a run trains, and say so."""
    from grok_tui.watch.waiting import wait_for_run

    view = wait_for_run(run.root, lambda view: view.status.state != "starting", START_WITHIN_S)
    if view.status.state == "crashed":
        raise GrokTuiError(f"{view.id} crashed: {view.status.reason}; its output: {run.stdout}")
    click.echo(f"{view.id} is {view.status.state} on {view.device}: {run.root}")


def _start(run: RunPaths) -> None:
    from grok_tui.launch.local import start

    start(run)


def _follow_output(run: RunPaths) -> None:
    """Print what a run prints until it ends; the first Ctrl-C or SIGTERM stops it."""
    from grok_tui.launch.queue import remove
    from grok_tui.logs.tail import Tail
    from grok_tui.runs import spool
    from grok_tui.runs.record import State
    from grok_tui.watch.waiting import has_ended, wait_for_run

    click.echo(f"{run.root.name}: {run.root}", err=True)
    output = Tail(run.stdout)

    def copy(view: RunView) -> bool:
        # When it has ended nothing is added any more, also not to a last line without its break.
        output.complete = ended = has_ended(view)
        more = True
        while more:
            lines = output.read()
            more = lines.more
            for line in lines.lines:
                click.echo(safe(line.decode("utf-8", "replace"), 1000))
        return ended

    def stop() -> None:
        try:
            remove(run)  # it still waits in the queue
        except GrokTuiError:
            spool.send(run, "stop")

    with on_first_signal(stop):
        view = wait_for_run(run.root, copy)
    if view.status.state is not State.FINISHED:
        why = f" ({view.status.reason})" if view.status.reason else ""
        raise CannotHappenError(f"{view.id} did not finish: it is {view.status.state}{why}")
