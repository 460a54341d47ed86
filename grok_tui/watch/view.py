"""What is known of a run at one moment. Views are immutable: threads share them without locks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Verdict
from grok_tui.logs.columns import Meaning
from grok_tui.runs.notes import Notes
from grok_tui.runs.record import State
from grok_tui.runs.status import Status


@dataclass(frozen=True, slots=True)
class ProgramView:
    """Somebody's own program, which makes the steps of a run."""

    command: str
    """Its command line, to be read."""
    folder: str | None = None
    """Where it was started."""
    is_launched: bool = False
    """Whether grok-tui started it."""
    why_no_restart: str | None = None
    """Why grok-tui cannot start it again, where it started it once."""


@dataclass(frozen=True, slots=True)
class RunView:
    """One run; all texts are safe to show."""

    id: str
    path: Path
    name: str
    status: Status
    is_sample: bool = False
    """Whether it is one of the recorded runs that ship with the program."""
    format: str | None = None
    """What kind of log it is, where another program writes it; nothing for a run directory."""
    preset: str | None = None
    """The preset that it was made from."""
    config: Mapping[str, Any] = field(default_factory=dict)
    live: Mapping[str, Any] = field(default_factory=dict)
    """Settings that were changed while it ran, by dotted key."""
    device: str | None = None
    job: str | None = None
    """The job of Slurm that trains it."""
    host: str | None = None
    """The machine that it was made or trained on."""
    created: float | None = None
    """Seconds since the epoch."""
    ended: float | None = None
    """When it finished, stopped or crashed; nothing while it lives."""
    updated: float | None = None
    """When its newest data came."""
    step: int | None = None
    steps: int | None = None
    """Steps that it was asked for."""
    steps_per_s: float | None = None
    trained_s: float | None = None
    memory_bytes: int | None = None
    """Resident memory of its process."""
    gpu_memory_bytes: int | None = None
    lost_rows: int = 0
    bad_lines: int = 0
    left_out: str | None = None
    """What was left out of the curves because there is too much of it."""
    curves: Mapping[str, Curve] = field(default_factory=dict)
    """Metrics by name; those that verdicts are made of by canonical name."""
    log: Path | None = None
    """The log of a launched program's own that the curves are read from."""
    log_names: tuple[str, ...] = ()
    """The own names of all metrics in another program's log."""
    meaning: Meaning | None = None
    """Which of these were taken as train, test and step."""
    times: Curve = EMPTY
    """Seconds since the epoch over the steps, where they are known."""
    verdict: Verdict = field(default_factory=Verdict)
    learnt: tuple[float | None, float | None] = (None, None)
    """The first steps at which train and test accuracy were 90 %, for phase diagrams."""
    complexity_fall: float | None = None
    """Share of its peak by which the complexity has fallen since."""
    program: ProgramView | None = None
    """What makes the steps where that is not our trainer."""
    agreement: str | None = None
    """Whether it shows what its preset is expected to show: `in band`, or `outside: …`."""
    parent: str | None = None
    """The run and step that it was forked from."""
    saved_step: int | None = None
    """The step of the newest checkpoint."""
    session: int = 1
    """Counts the processes that trained it, one after the other."""
    pending: tuple[str, ...] = ()
    """Commands that were sent and not answered yet."""
    refusal: str | None = None
    """What the trainer refused lately, and why."""
    is_loading: bool = False
    """Whether there are rows that were not read yet."""
    is_summary: bool = False
    """Whether its curves hold their last points only; whoever opens it sees the rest."""
    notes: Notes = field(default_factory=Notes)
    """What people say of it."""

    @property
    def shown_name(self) -> str:
        """What it is called in lists: the name that somebody gave it, else its id."""
        return self.notes.name or self.id

    def curve(self, name: str) -> Curve:
        """Return a metric, or an empty curve."""
        return self.curves.get(name, EMPTY)

    def setting(self, key: str) -> Any:
        """Return the value of a dotted key that holds now, or nothing where there is none."""
        if key in self.live:
            return self.live[key]
        node: Any = self.config
        for part in key.split("."):
            node = node.get(part) if isinstance(node, Mapping) else None
        return node

    @property
    def skipped(self) -> str | None:
        """What of the run is not shown, and why; nothing where all of it is."""
        if self.status.state is State.UNREADABLE:
            return self.status.reason
        lines = f"{self.bad_lines} bad line{'s' if self.bad_lines > 1 else ''}"
        parts = [lines if self.bad_lines else None, self.left_out]
        return ", ".join(part for part in parts if part) or None

    @property
    def is_growing(self) -> bool:
        """Whether more data are expected."""
        return self.status.is_live or self.status.state is State.LIVE

    @property
    def seed(self) -> int | None:
        """The run's seed."""
        seed = self.config.get("seed")
        return seed if isinstance(seed, int) else None

    @property
    def eta_s(self) -> float | None:
        """Seconds until the last step at the present speed, while it runs."""
        if self.status.state is not State.RUNNING or not self.steps_per_s:
            return None
        if self.step is None or self.steps is None:
            return None
        return max(self.steps - self.step, 0) / self.steps_per_s


@dataclass(frozen=True)
class Snapshot:
    """All runs at one moment, the newest first."""

    root: Path
    runs: tuple[RunView, ...] = ()
    is_complete: bool = False
    """Whether all runs that are known are here, and not the first page of them only."""
    shows_samples: bool = False
    """Whether these are the sample runs, because the folder has none."""
    problem: str | None = None
    """Why the folder cannot be looked through, in a text that is safe to show."""
    polled: str | None = None
    """Why the operating system sends no hints of changes, so that they show a little later: the
    kind of network file system, or what went wrong; nothing where it does."""

    def run(self, path: Path) -> RunView | None:
        """Return the run in this directory."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> Mapping[Path, RunView]:
        return {run.path: run for run in self.runs}
