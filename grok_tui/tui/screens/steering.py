"""Steers a run by keys: what a screen of one run sends to its trainer, or does to its process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from grok_tui.analysis.wording import steps
from grok_tui.launch.fork import fork
from grok_tui.launch.local import restart
from grok_tui.launch.measure import start as start_measuring
from grok_tui.launch.process import freeze, kill, with_others
from grok_tui.launch.steer import steer
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State
from grok_tui.runs.spool import Verb
from grok_tui.text import safe
from grok_tui.tui import questions
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.questions import Question
from grok_tui.tui.screens.ask import LineScreen, YesScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.watch.control import RESUMABLE, why_not, why_not_signal
from grok_tui.watch.view import RunView


class SteeringScreen(SnapshotScreen):
    """A screen of one run that takes commands for it."""

    def __init__(self, path: Path, bridge: Bridge) -> None:
        """Steer the run in this directory."""
        super().__init__(bridge)
        self._path = path
        # Known before it is shown: a key may come first.
        self._run: RunView | None = bridge.snapshot.run(path)
        # The state that was asked for last, until it shows: the next key press counts from there.
        self._asked: State | None = None

    def take(self, run: RunView | None) -> None:
        """Steer the run as it is now."""
        self._run = run
        if run is None or run.status.state is self._asked or not run.status.is_live:
            self._asked = None

    def action_pause_or_resume(self) -> None:
        """Pause a running run, resume a paused one."""
        if self._run is None:
            return
        state = self._asked or self._run.status.state
        is_frozen = state is State.FROZEN
        is_paused = state in {State.PAUSED, State.PAUSING, State.FROZEN, *RESUMABLE}
        # What a frozen run does when it goes on, it did before: nothing is asked of it.
        if self._steer("resume" if is_paused else "pause") and not is_frozen:
            self._asked = State.RUNNING if is_paused else State.PAUSED

    def action_stop_run(self) -> None:
        """Save and end the run."""
        self._steer("stop")

    def action_park(self) -> None:
        """Save the run and free what it holds."""
        self._steer("park")

    def action_checkpoint(self) -> None:
        """Save the run."""
        self._steer("checkpoint")

    def action_make_steps(self) -> None:
        """Make some steps and pause."""
        self._ask(
            "resume",
            questions.more_steps,
            lambda answer: self._steer("resume", steps=int(answer)),
        )

    def action_extend(self) -> None:
        """Train until a later step."""
        self._ask(
            "extend",
            questions.last_step,
            lambda answer: self._steer("extend", steps=int(answer)),
        )

    def action_change(self) -> None:
        """Change settings of the live run."""
        self._ask(
            "set",
            questions.live_settings,
            lambda answer: self._steer("set", changes=questions.words(answer)),
        )

    def action_fork(self) -> None:
        """Start a run from a checkpoint of this one."""
        run = self._run
        if run is None or run.saved_step is None or run.is_sample:
            self._refuse("there is no checkpoint to fork it at")
            return

        def start(answer: str) -> None:
            at, assignments = questions.fork_answer(answer)
            made: list[str] = []

            def job() -> None:
                paths = fork(RunPaths(run.path), assignments, at=at)
                restart(paths)
                made.append(paths.root.name)

            self._do("fork", job, lambda: f"{made[0]} starts; b: the runs")

        self._ask(None, questions.fork, start)

    def action_freeze(self) -> None:
        """Stop the process where it stands."""
        run = self._run
        if run is None:
            return
        reason = why_not_signal(run, freezing=True)
        if reason:
            self._refuse(reason)
        else:
            self._do("freeze", lambda: freeze(RunPaths(run.path)))

    def action_kill(self) -> None:
        """End the process at once, after a question."""
        run = self._run
        if run is None:
            return
        reason = why_not_signal(run, freezing=False)
        if reason:
            self._refuse(reason)
            return
        since = "the beginning" if run.saved_step is None else f"step {steps(run.saved_step)}"
        at = f"{run.id} at step {steps(run.step)}{with_others(RunPaths(run.path))}"
        question = f"Kill {at}? It can go on from {since} only."

        def answered(is_meant: bool | None) -> None:
            if is_meant:
                self._do("kill", lambda: kill(RunPaths(run.path)))

        self.app.push_screen(YesScreen(question), answered)

    def action_measure_checkpoints(self) -> None:
        """Measure the checkpoints, in a process of its own."""
        run = self._run
        if run is None:
            return
        if run.is_sample:
            self._refuse("this is a recorded sample: it has no checkpoints")
            return
        paths = RunPaths(run.path)
        told = f"its checkpoints are being measured; {paths.measure_output.name} says how far"
        self._do("measure", lambda: start_measuring(paths), lambda: told)

    def _ask(
        self, verb: Verb | None, ask: Callable[[RunView], Question], act: Callable[[str], object]
    ) -> None:
        """Ask for a line and act on it, where the run could hear the command at all."""
        if self._run is None:
            return
        reason = why_not(verb, self._run) if verb else None
        if reason:
            self._refuse(reason)
            return
        asked = ask(self._run)

        def answered(answer: str | None) -> None:
            if answer is not None:
                act(answer)

        self.app.push_screen(
            LineScreen(asked.title, asked.text, asked.answer, asked.check), answered
        )

    def _steer(self, verb: Verb, **arguments: Any) -> bool:
        """Send a command, or say why it cannot be sent; return whether it was."""
        run = self._run
        if run is None:
            return False
        reason = why_not(verb, run)
        if reason:
            self._refuse(reason)
            return False
        self._do(verb, lambda: steer(run, verb, **arguments))
        return True

    def _refuse(self, reason: str) -> None:
        self.notify(safe(reason), severity="warning", markup=False)

    def _do(
        self, what: str, job: Callable[[], object], told: Callable[[], str] | None = None
    ) -> None:
        """Do something that takes its time, and tell what became of it."""

        def failed(error: Exception) -> None:
            why = safe(getattr(error, "strerror", None) or error)
            self.notify(f"could not {what}: {why}", severity="error", markup=False)

        def done() -> None:
            if told is not None:
                self.notify(safe(told()), markup=False)

        self._bridge.do(job, failed, done)
