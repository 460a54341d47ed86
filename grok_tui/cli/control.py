"""The commands that steer a run: each asks its trainer, and waits for the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from grok_tui.cli.console import START_WITHIN_S, find, runs_option
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
        _send(_read(run), verb, done)

    return send


def _send(view: RunView, verb: Verb, done: str) -> None:
    if view.status.state == _ALREADY.get(verb):
        click.echo(f"{view.id} is {view.status.state} already")
        return
    answer = _ask(view, verb)
    if answer is not None:
        click.echo(f"{view.id} {done} at step {answer.step}")


@click.command()
@runs_option
@click.argument("run")
@click.option(
    "--for",
    "steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Make N more steps, then pause; also for a run that is not paused.",
)
@click.option("--queue", is_flag=True, help="Wait for a free place first; see `grok-tui queue`.")
def resume(run: str, steps: int | None, queue: bool) -> None:
    """Let a run go on.

    One that was stopped or parked, has crashed, or was lost with its machine goes on from its
    newest checkpoint.

    \b
    Examples:
      grok-tui resume add-53-flash-1
      grok-tui resume add-53-flash-1 --for 500
    """
    view = _read(run)
    if queue and steps is not None:
        raise UsageError("--for: a run that waits in the queue cannot be told when to pause")
    if queue:
        _queue_again(view)
    elif steps is None:
        _send(view, "resume", "resumed")
    else:
        answer = _ask(view, "resume", steps=steps)
        step = answer.step if answer else view.step or 0
        click.echo(f"{view.id} goes on, and pauses at step {step + steps}")


def _queue_again(view: RunView) -> None:
    from grok_tui.launch.queue import enqueue
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.control import RESUMABLE

    if view.program is not None:
        raise GrokTuiError(f"{view.id}: only runs of grok-tui's own trainer wait in the queue")
    if view.is_sample or view.status.state not in RESUMABLE:
        raise GrokTuiError(f"{view.id} is {view.status.state}: only a run without a process waits")
    count = enqueue(RunPaths(view.path))
    click.echo(f"{view.id} is queued; {count} waiting")


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
    view = _read(run)
    if steps <= (view.steps or 0):
        raise UsageError(f"--steps: {view.id} trains until step {view.steps} already")
    _ask(view, "extend", steps=steps)
    click.echo(f"{view.id} trains until step {steps}")


@click.command("set")
@runs_option
@click.argument("run")
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE...")
def set_(run: str, changes: tuple[str, ...]) -> None:
    """Change the learning rate or weight decay of a live run.

    KEY is optimizer.lr or optimizer.weight_decay; the next step is made with the new value.

    \b
    Example:
      grok-tui set add-53-flash-1 optimizer.weight_decay=1
    """
    view = _read(run)
    answer = _ask(view, "set", changes=list(changes))
    step = answer.step if answer else view.step or 0
    click.echo(f"{view.id} has {' '.join(changes)} from step {step + 1} on")


@click.command()
@runs_option
@click.argument("run")
@click.argument("changes", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--at", type=int, metavar="STEP", help="The checkpoint; else the newest one.")
def fork(run: str, changes: tuple[str, ...], at: int | None) -> None:
    """Start a run from another one's checkpoint, with changes.

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
    from grok_tui.launch.process import kill as kill_trainer
    from grok_tui.launch.process import with_others
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.control import why_not_signal

    view = _read(run)
    reason = why_not_signal(view, freezing=False)
    if reason:
        raise GrokTuiError(f"{view.id}: {reason}")
    saved = "from the beginning" if view.saved_step is None else f"from step {view.saved_step}"
    hope = "" if view.program else f" It can go on {saved}."
    others = with_others(RunPaths(view.path))
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("kill asks first; without a terminal, add --yes")
        question = f"Kill {view.id} at step {view.step}{others}?{hope}"
        click.confirm(question, abort=True)
    pid = kill_trainer(RunPaths(view.path))
    after = "" if view.program else f"; resume goes on {saved}"
    click.echo(f"{view.id}: process {pid} is killed{others}{after}")


@click.command()
@runs_option
@click.argument("run")
def freeze(run: str) -> None:
    """Stop a run's process where it stands, by a signal (SIGSTOP).

    For a run that computes but hears nothing; `pause` is better for all others. A frozen run keeps
    its memory and its GPU, and `resume` lets it go on.

    \b
    Example:
      grok-tui freeze add-53-flash-1
    """
    from grok_tui.launch.process import freeze as freeze_trainer
    from grok_tui.launch.process import with_others
    from grok_tui.runs.layout import RunPaths
    from grok_tui.watch.control import why_not_signal

    view = _read(run)
    reason = why_not_signal(view, freezing=True)
    if reason:
        raise GrokTuiError(f"{view.id}: {reason}")
    pid = freeze_trainer(RunPaths(view.path))
    others = with_others(RunPaths(view.path))
    click.echo(f"{view.id}: process {pid} is frozen{others}; resume lets it go on")


def _read(run: str) -> RunView:
    from grok_tui.watch.judgement import read_run

    return read_run(find(run))


def _ask(view: RunView, verb: Verb, **arguments: Any) -> Acknowledgement | None:
    """Let a run hear a command and return its trainer's answer, where there is one to give it.

    What became of a run that has no process yet, or gets a new one, is printed.
    """
    from grok_tui.launch.steer import steer
    from grok_tui.watch.control import why_not
    from grok_tui.watch.waiting import wait_for_answer, wait_for_start

    reason = why_not(verb, view)
    if reason:
        raise GrokTuiError(f"{view.id}: {reason}")
    try:
        sent = steer(view, verb, **arguments)
    except OSError as error:
        raise GrokTuiError(f"cannot {verb} {view.id}: {error.strerror or error}") from None
    if sent.process is not None:
        view = wait_for_start(view, sent.process, START_WITHIN_S)
        warning = f" ({view.status.reason})" if view.status.is_live and view.status.reason else ""
        where = f" on {view.device}" if view.device else ""
        click.echo(f"{view.id} is {view.status.state} again{where}{warning}")
    if sent.command is None:
        if sent.process is None:
            click.echo(f"{view.id} {_done_without_answer(view, verb)}")
        return None
    answer = wait_for_answer(view, sent.command, ANSWER_WITHIN_S)
    if answer.refused:
        raise GrokTuiError(f"{view.id} refused: {answer.refused}")
    return answer


def _done_without_answer(view: RunView, verb: Verb) -> str:
    if verb == "stop":
        return "is stopped before its turn"
    if verb == "park":
        return "is held in the queue; resume releases it"
    return "is not frozen any more" if view.job is None else "goes on as soon as Slurm lets it"


_VERBS: dict[Verb, tuple[str, str]] = {
    "pause": ("paused", "Pause a run between two steps; it stays in memory."),
    "stop": ("stops", "End a run after its present step, and save it."),
    "park": ("parks", "Save a run and end its process. This frees its memory and GPU."),
    "checkpoint": ("is saved", "Save a run now, and go on."),
}
_ALREADY = {"pause": "paused", "resume": "running", "park": "parked"}
"""States in which a command has nothing to do: for a script that is as good as done."""


COMMANDS = (
    *(_command(verb, done, what) for verb, (done, what) in _VERBS.items()),
    resume,
    extend,
    set_,
    fork,
    freeze,
    kill,
)
