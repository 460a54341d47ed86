"""The commands that steer a run: each asks its trainer, and waits for the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from grok_tui.console import START_WITHIN_S, find, runs_option
from grok_tui.errors import GrokTuiError, UsageError

if TYPE_CHECKING:
    from grok_tui.runs.spool import Acknowledgement, Verb
    from grok_tui.watch.view import RunView

ANSWER_WITHIN_S = 10.0
"""How long a command waits for the trainer's answer: a step may take seconds."""


def _command(verb: Verb, done: str, what: str) -> click.Command:
    """Return the command that sends one verb."""

    @click.command(verb, help=f"{what}\n\n\b\nExample:\n  grok-tui {verb} add-53-flash-1")
    @runs_option
    @click.argument("run")
    def send(run: str) -> None:
        from grok_tui.watch.control import needs_process
        from grok_tui.watch.judgement import read_run

        view = read_run(find(run))
        if view.status.state == _ALREADY.get(verb):
            click.echo(f"{view.id} is {view.status.state} already")
        elif needs_process(verb, view):
            _restart(view)
        else:
            click.echo(f"{view.id} {done} at step {_ask(view, verb).step}")

    return send


@click.command()
@runs_option
@click.argument("run")
@click.option(
    "--steps", type=int, required=True, metavar="N", help="The step after which it is finished."
)
def extend(run: str, steps: int) -> None:
    """Train a run further than it was asked to at first.

    A run that has finished, or whose process is gone, goes on from its newest checkpoint.

    \b
    Example:
      grok-tui extend add-53-flash-1 --steps 20000
    """
    from grok_tui.watch.judgement import read_run

    view = read_run(find(run))
    if steps <= (view.steps or 0):
        raise UsageError(f"--steps: {view.id} trains until step {view.steps} already")
    _ask(view, "extend", steps=steps)
    click.echo(f"{view.id} trains until step {steps}")


@click.command("set")
@runs_option
@click.argument("run")
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE...")
def set_(run: str, changes: tuple[str, ...]) -> None:
    """Change the learning rate or the weight decay of a live run.

    KEY is optimizer.lr or optimizer.weight_decay; the next step is made with the new value.

    \b
    Example:
      grok-tui set add-53-flash-1 optimizer.weight_decay=1
    """
    from grok_tui.watch.judgement import read_run

    view = read_run(find(run))
    answer = _ask(view, "set", changes=list(changes))
    click.echo(f"{view.id} has {' '.join(changes)} from step {answer.step + 1} on")


@click.command()
@runs_option
@click.argument("run")
@click.argument("changes", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--at", type=int, metavar="STEP", help="The checkpoint; else the newest one.")
def fork(run: str, changes: tuple[str, ...], at: int | None) -> None:
    """Start a run from another one's checkpoint, with changed settings.

    \b
    Examples:
      grok-tui fork add-53-flash-1 optimizer.weight_decay=1
      grok-tui fork add-53-flash-1 --at 1000 steps=20000 name=patient
    """
    from grok_tui.launch.fork import fork as make_fork
    from grok_tui.launch.local import restart
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.judgement import read_run
    from grok_tui.watch.waiting import wait_for_start

    made = make_fork(RunPaths(find(run)), changes, at=at)
    view = wait_for_start(read_run(made.root), restart(made), START_WITHIN_S)
    click.echo(f"{view.id} is {view.status.state} on {view.device}, forked from {view.parent}")


@click.command()
@runs_option
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do not ask.")
def kill(run: str, yes: bool) -> None:
    """End the process of a run that does not listen any more.

    What it made since its newest checkpoint is lost; `stop` loses nothing.

    \b
    Example:
      grok-tui kill add-53-flash-1 --yes
    """
    from grok_tui.launch.kill import kill as kill_trainer
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.judgement import read_run

    view = read_run(find(run))
    if not view.status.is_live:
        raise GrokTuiError(f"{view.id} has no process: it is {view.status.state}")
    saved = "from the beginning" if view.saved_step is None else f"from step {view.saved_step}"
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("kill asks first; without a terminal, add --yes")
        click.confirm(f"Kill {view.id} at step {view.step}? It can go on {saved}.", abort=True)
    pid = kill_trainer(RunPaths(view.path))
    click.echo(f"{view.id}: process {pid} is killed; resume goes on {saved}")


def _ask(view: RunView, verb: Verb, **arguments: Any) -> Acknowledgement:
    """Send a command and return the trainer's answer; a run without a process gets one first."""
    from grok_tui.runs import spool
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.control import needs_process, why_not
    from grok_tui.watch.waiting import wait_for_answer

    reason = why_not(verb, view)
    if reason:
        raise GrokTuiError(f"{view.id}: {reason}")
    command = spool.send(RunPaths(view.path), verb, **arguments)
    if needs_process(verb, view):
        _restart(view)
    answer = wait_for_answer(view, command, ANSWER_WITHIN_S)
    if answer.refused:
        raise GrokTuiError(f"{view.id} refused: {answer.refused}")
    return answer


def _restart(view: RunView) -> None:
    """Give a run a new process, which goes on from the newest checkpoint."""
    from grok_tui.launch.local import restart
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.waiting import wait_for_start

    view = wait_for_start(view, restart(RunPaths(view.path)), START_WITHIN_S)
    warning = f" ({view.status.reason})" if view.status.is_live and view.status.reason else ""
    click.echo(f"{view.id} is {view.status.state} again on {view.device}{warning}")


_VERBS: dict[Verb, tuple[str, str]] = {
    "pause": ("paused", "Pause a run between two steps; it stays in memory."),
    "resume": (
        "resumed",
        "Let a run go on. One that was stopped or parked, has crashed, or was lost with its"
        " machine goes on from its newest checkpoint.",
    ),
    "stop": ("stops", "End a run after its present step, and save it."),
    "park": ("parks", "Save a run and end its process. This frees its memory and GPU."),
    "checkpoint": ("is saved", "Save a run now, and go on."),
}
_ALREADY = {"pause": "paused", "resume": "running", "park": "parked"}
"""States in which a command has nothing to do: for a script that is as good as done."""


def add_commands(group: click.Group) -> None:
    """Add all commands of this file to a group."""
    for verb, (done, what) in _VERBS.items():
        group.add_command(_command(verb, done, what))
    group.add_command(extend)
    group.add_command(set_)
    group.add_command(fork)
    group.add_command(kill)
