"""One run: four charts, its phases, the verdict, and the keys that steer it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.reactive import var
from textual.widgets import Footer, Static

from grok_tui.analysis.measures import Measure, measures_of
from grok_tui.analysis.phases import phases
from grok_tui.analysis.wording import FLAG, sentence
from grok_tui.chart.axis import label
from grok_tui.chart.panels import run_axis, run_panels
from grok_tui.launch.fork import fork
from grok_tui.launch.local import restart
from grok_tui.launch.measure import start as start_measuring
from grok_tui.launch.process import freeze, kill, with_others
from grok_tui.launch.steer import steer
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State
from grok_tui.runs.spool import Verb
from grok_tui.text import safe
from grok_tui.tui import commands, questions
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.questions import Question
from grok_tui.tui.screens.ask import LineScreen, YesScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.widgets.ribbon import Ribbon
from grok_tui.tui.widgets.status_line import StatusLine
from grok_tui.tui.wording import why
from grok_tui.watch.control import RESUMABLE, why_not, why_not_signal
from grok_tui.watch.view import RunView, Snapshot

CHARTS = ("accuracy", "loss", "gap", "complexity")
LONGEST_REFUSAL = 120
"""Characters of a refusal that are shown above what else is to be said."""
MOST_PARTS = 20
"""Parts of a network whose share in a measure is told."""
SENTENCE_WIDTH = 140
"""Columns in which the longest sentence takes one row."""


class RunScreen(SnapshotScreen):
    """Watches and steers one run."""

    BINDINGS = commands.bindings((*commands.RUN, *commands.APP))

    DEFAULT_CSS = """
    RunScreen {
        Grid {
            grid-size: 2 3;
            grid-rows: 1fr 1fr 1;
            grid-gutter: 0 1;
            height: 1fr;
        }
        #verdict { height: 2; padding: 0 1; }
        &.-wide #verdict { height: 1; }
        &.-wide #verdict.-long { height: 2; }
        #verdict.-flagged { color: $flag; text-style: bold; }
    }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (SENTENCE_WIDTH, "-wide")]

    log_x: var[bool] = var(True, init=False)
    """Whether the step axis is logarithmic."""

    measure: var[str] = var("", init=False)
    """Name of the measure of complexity that is shown alone; none shows the main ones."""

    def __init__(self, path: Path, bridge: Bridge) -> None:
        """Show the run in this directory."""
        super().__init__(bridge)
        self._path = path
        # Known before it is shown: a key may come first.
        self._run: RunView | None = bridge.snapshot.run(path)
        self._shown: RunView | None = None
        # The state that was asked for last, until it shows: the next key press counts from there.
        self._asked: State | None = None

    def compose(self) -> ComposeResult:
        """Lay out status line, charts, ribbons, verdict and footer."""
        yield StatusLine()
        with Grid():
            for name in CHARTS:
                yield ChartPanel(id=name)
            yield Ribbon(id="left-ribbon")
            yield Ribbon(id="right-ribbon")
        yield Static(id="verdict")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Follow this run closely from now on."""
        self._bridge.focus(self._path)

    def on_unmount(self) -> None:
        """Follow all runs alike again."""
        self._bridge.focus(None)

    def show(self, snapshot: Snapshot) -> None:
        """Show the run as it is in a snapshot."""
        run = self._run = snapshot.run(self._path)
        old, self._shown = self._shown, run
        if run is None or run.status.state is self._asked or not run.status.is_live:
            self._asked = None
        if run is None:
            self._tell(f"There is no run in {safe(self._path)} any more. b: back to the runs.")
            return
        self.query_one(StatusLine).show(run)
        self._show_sentence(run)
        if old is None or old.curves is not run.curves or old.verdict is not run.verdict:
            self._show_charts(run)

    def watch_log_x(self) -> None:
        """Draw everything on the other axis."""
        if self._run is not None:
            self._show_charts(self._run)

    def watch_measure(self) -> None:
        """Draw the other measure of complexity."""
        if self._run is not None:
            self._show_charts(self._run)

    @property
    def about(self) -> str:
        """What the measure that is shown alone says and does not say; nothing without one."""
        run = self._run
        measure = self._measure(run) if run is not None else None
        if run is None or measure is None:
            return ""
        flowing = measure.about.replace("\n", " ")
        newest = [f"{name} {label(value)}" for name, value in measure.parts(run.curves).items()]
        parts = f"\nNow: {', '.join(newest[:MOST_PARTS])}." if newest else ""
        return f"{measure.name}: {flowing}{parts}"

    def _measure(self, run: RunView) -> Measure | None:
        """Return the measure of complexity that is shown alone, if one is."""
        return next((m for m in measures_of(run.curves) if m.name == self.measure), None)

    def _show_charts(self, run: RunView) -> None:
        axis = run_axis(run.curves, log=self.log_x, planned=run.steps)
        for panel in run_panels(run.curves, run.verdict, axis, self._measure(run)):
            self.query_one(f"#{panel.key}", ChartPanel).show(panel)
        for ribbon in self.query(Ribbon):
            has_grokked = run.verdict.grok is not None
            ribbon.show(phases(run.verdict), axis, has_grokked=has_grokked)

    def _show_sentence(self, run: RunView) -> None:
        said = sentence(run.verdict, run.curves, is_live=run.status.is_live)
        if run.agreement:
            said += f" Expected: {run.agreement}."
        if run.status.reason:
            said = f"{why(run.status)} {said}"
        elif run.status.state is State.QUEUED:
            said = "queued: it starts as soon as a place is free; see `grok-tui queue`."
        elif run.status.state is State.STARTING:
            said = "starting: the trainer is loading torch…"
        elif run.is_loading:
            said = "reading…"
        if run.refusal:
            said = f"✗ {safe(run.refusal, LONGEST_REFUSAL)}. {said}"
        self._tell(said)

    def _tell(self, said: str) -> None:
        verdict = self.query_one("#verdict", Static)
        if Content(said) != verdict.content:
            verdict.set_class(FLAG in said, "-flagged")
            verdict.set_class(cell_len(said) > self.size.width - 2, "-long")
            verdict.update(Content(said), layout=False)

    @on(ChartPanel.DrawingWanted)
    def _draw(self, wanted: ChartPanel.DrawingWanted) -> None:
        self._bridge.draw(
            wanted.widget, wanted.panel.key, wanted.panel.spec, wanted.width, wanted.height
        )

    def action_log_x(self) -> None:
        """Switch the step axis."""
        self.log_x = not self.log_x

    def action_next_measure(self) -> None:
        """Show the next measure of complexity alone; after the last one, the main ones."""
        there = measures_of(self._run.curves) if self._run is not None else []
        names = ["", *(measure.name for measure in there)]
        at = names.index(self.measure) if self.measure in names else 0
        self.measure = names[(at + 1) % len(names)]

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
        since = "the beginning" if run.saved_step is None else f"step {run.saved_step}"
        others = with_others(RunPaths(run.path))
        question = f"Kill {run.id} at step {run.step}{others}? It can go on from {since} only."

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

    def action_back(self) -> None:
        """Go back to the list of runs."""
        self.app.pop_screen()

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
