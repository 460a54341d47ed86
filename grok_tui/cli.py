"""The command line: one function a command. Everything heavy is imported where it is used."""

from __future__ import annotations

import math
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import grok_tui
from grok_tui import console, paths
from grok_tui.cli_control import add_commands
from grok_tui.cli_forecasts import forecasts
from grok_tui.cli_queue import queue
from grok_tui.console import (
    START_WITHIN_S,
    complain,
    find,
    json_option,
    need_terminal,
    on_first_signal,
    print_json,
    runs_option,
    runs_root,
)
from grok_tui.errors import CannotHappenError, GrokTuiError, UsageError
from grok_tui.text import safe

if TYPE_CHECKING:
    from grok_tui.config import Preset
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.view import RunView

DEFAULT_PRESET = "add-53-flash"


def main() -> None:
    """Run the program."""
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
@click.option(
    "--fps",
    type=click.FloatRange(0.1, 30),
    default=2.0,
    show_default=True,
    help="Repaints of data a second at most; keys are always at once.",
)
@runs_option
@click.pass_context
def cli(ctx: click.Context, fps: float) -> None:
    """Train neural networks in a terminal, and watch them grok.

    Without a command, opens the app on a folder of runs. Runs are processes of their own: they
    go on when the app or the terminal is closed.
    """
    if math.isnan(fps):
        raise UsageError("--fps: nan is no number of repaints")
    ctx.meta["fps"] = fps
    if ctx.invoked_subcommand is None:
        _open_app(runs_root())


@cli.command("open", hidden=True)
@click.argument("path")
def open_path(path: str) -> None:
    """Open the app on a folder of runs, or on one run by its path or id."""
    from grok_tui.runs.layout import is_run

    for run in (Path(path), runs_root() / path):
        if is_run(run):
            run = run.resolve()  # a run is listed under its own name, not under that of a link
            _open_app(run.parent, open_run=run)
            return
    if Path(path).is_dir():
        _open_app(Path(path))
    else:
        raise UsageError(f"{path} is no folder of runs; `grok-tui detect {path}` judges a log")


@cli.command()
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
    _open_app(run.root.parent, open_run=run.root)


@cli.command()
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
def train(
    preset: str,
    changes: tuple[str, ...],
    foreground: bool,
    wait_for_place: bool,
    device: str | None,
    seed: int | None,
    seeds: str | None,
    name: str | None,
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
    """
    from grok_tui.launch.queue import enqueue
    from grok_tui.launch.request import request

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


@cli.command()
@click.argument("name", required=False)
@json_option
def presets(name: str | None, as_json: bool) -> None:
    """List the presets, or print one with all its settings as TOML.

    \b
    Examples:
      grok-tui presets
      grok-tui presets add-53-flash > mine.toml
    """
    from grok_tui.config import load_preset, preset_names, to_toml

    if name is not None and not as_json:
        click.echo(to_toml(load_preset(name)), nl=False)
        return
    found = [load_preset(each) for each in (preset_names() if name is None else [name])]
    if as_json:
        for preset in found:
            print_json(_described(preset))
        return
    width = max(len(preset.name) for preset in found)
    for preset in found:
        title = preset.source.title if preset.source else ""
        seconds = preset.expected.cpu_seconds if preset.expected else None
        cost = f"{seconds:>5.0f} s" if seconds else "      –"
        click.echo(f"{preset.name:<{width}} {cost}  {title}")
    click.echo("Seconds are those of one CPU core; none were measured on a GPU.")


def _described(preset: Preset) -> dict[str, Any]:
    import msgspec

    from grok_tui.config import to_tree

    return {
        "name": preset.name,
        "title": preset.source.title if preset.source else "",
        "cpu_seconds": preset.expected.cpu_seconds if preset.expected else None,
        "expected": msgspec.to_builtins(preset.expected),
        "config": to_tree(preset.config),
    }


@cli.command()
@runs_option
@json_option
def runs(as_json: bool) -> None:
    """List the runs with their state and verdict, the newest first.

    \b
    Examples:
      grok-tui runs
      grok-tui runs --json | jq 'select(.verdict == "grokked") | .id'
    """
    from grok_tui import plain
    from grok_tui.runs.find import find_runs
    from grok_tui.watch.judgement import read_run

    root = runs_root()
    views = sorted(map(read_run, find_runs(root)), key=lambda view: -(view.created or 0.0))
    if as_json:
        for view in views:
            print_json(plain.summary(view))
    elif views:
        click.echo("\n".join(plain.table(views)))
    else:
        click.echo(f"no runs in {root}; start one with: grok-tui train {DEFAULT_PRESET}", err=True)


@cli.command()
@runs_option
@click.argument("run")
@json_option
def show(run: str, as_json: bool) -> None:
    """Print the charts and the verdict of a run.

    RUN is a name, an id, the start of one, or a path.

    \b
    Examples:
      grok-tui show add-53-flash-1
      grok-tui show runs/add-53-flash-1 --json
    """
    from grok_tui import plain
    from grok_tui.watch.judgement import read_run

    view = read_run(find(run))
    if view.status.state == "unreadable":
        raise GrokTuiError(f"{view.id}: {view.status.reason}")
    if as_json:
        print_json(plain.details(view))
        return
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 40), 160)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in plain.charts(view, width, colour=colour):
        click.echo(line)


add_commands(cli)
cli.add_command(queue)
cli.add_command(forecasts)


@cli.command()
@runs_option
@click.argument("run")
@click.option(
    "--until",
    type=click.Choice(["grokked", "memorised", "finished"]),
    default="finished",
    show_default=True,
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="S", help="Seconds to wait at most."
)
def wait(run: str, until: str, timeout: float | None) -> None:
    """Wait until a run has grokked, memorised or finished.

    Exit status: 0 when it has, 3 when the time is over, 4 when the run ended otherwise.

    \b
    Example:
      grok-tui wait add-53-flash-1 --until grokked --timeout 60 && echo it did
    """
    from grok_tui.analysis.wording import sentence
    from grok_tui.watch.waiting import has_ended, has_happened, wait_for_run

    if timeout is not None and math.isnan(timeout):
        raise UsageError("--timeout: nan is no number of seconds")
    view = wait_for_run(find(run), lambda v: has_happened(v, until) or has_ended(v), timeout)
    said = sentence(view.verdict, view.curves, is_live=view.status.is_live)
    if not has_happened(view, until):
        raise CannotHappenError(f"{view.id} has not {until}: it is {view.status.state}; {said}")
    click.echo(f"{view.id}: {said}")


@cli.command()
@click.argument(
    "log_paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@json_option
def detect(log_paths: tuple[Path, ...], as_json: bool) -> None:
    """Say whether and when a log shows grokking.

    PATH is a run directory, anybody's CSV, TSV or JSONL with train and test (or val) accuracy or
    loss in it, or a folder of these.

    \b
    Examples:
      grok-tui detect runs/add-53-flash-1
      grok-tui detect logs/metrics.csv --json
    """
    from grok_tui import plain
    from grok_tui.watch.judgement import find_logs, judge

    status = 0
    for path in log_paths:
        try:
            logs = find_logs(path)
        except GrokTuiError as error:
            status = complain(str(error), error.exit_status)
            continue
        for log in logs:
            try:
                judged = judge(log)
            except GrokTuiError as error:
                status = complain(str(error), error.exit_status)
                continue
            if as_json:
                print_json(plain.judgement(judged))
            else:
                click.echo(plain.judged_sentence(judged))
    click.get_current_context().exit(status)


@cli.command()
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
    """Take the costly measures of complexity, of a run's saved checkpoints.

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


def _train_seeds(
    seeds: str, preset: str, changes: tuple[str, ...], wait_for_place: bool, **options: Any
) -> None:
    """Make a run for each seed, and train all in one process, or one by one where that cannot be.

    The queue is the way out: what runs cannot share a process for is no reason to refuse them.
    """
    from grok_tui.config import parse_seeds, why_not_together
    from grok_tui.launch.local import start_together
    from grok_tui.launch.queue import enqueue
    from grok_tui.launch.request import request

    if any(each.partition("=")[0] == "seed" for each in changes):
        raise UsageError("seed= and --seeds: give one of them")
    asked = [request(preset, changes, seed=seed, **options) for seed in parse_seeds(seeds)]
    reason = why_not_together(asked[0].config)
    runs = [each.create(runs_root()) for each in asked]
    if wait_for_place or reason:
        if not wait_for_place:
            click.echo(f"each has a process of its own: {reason}", err=True)
        for run in runs:
            click.echo(f"{run.root.name} is queued; {enqueue(run)} waiting: {run.root}")
        return
    start_together(runs)
    for run in runs:
        _tell_start(run)


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


def _open_app(root: Path, open_run: Path | None = None) -> None:
    need_terminal()
    if os.environ.get("SSH_CONNECTION"):  # moving pictures cost what a thin line does not have
        os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from grok_tui.tui.app import GrokTui

    fps = click.get_current_context().find_root().meta["fps"]
    GrokTui(root, samples=paths.sample_runs(), open_run=open_run, fps=fps).run()
