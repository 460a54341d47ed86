"""What is known of a run at one moment. Views are immutable: threads share them without locks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grok_tui.analysis.series import EMPTY, Curve
from grok_tui.analysis.verdict import Verdict
from grok_tui.runs.record import State
from grok_tui.runs.status import Status


@dataclass(frozen=True, slots=True)
class RunView:
    """One run; all texts are safe to show."""

    id: str
    path: Path
    name: str
    status: Status
    is_sample: bool = False
    """Whether it is one of the recorded runs that ship with the program."""
    preset: str | None = None
    """The preset that it was made from."""
    config: Mapping[str, Any] = field(default_factory=dict)
    live: Mapping[str, Any] = field(default_factory=dict)
    """Settings that were changed while it ran, by dotted key."""
    device: str | None = None
    created: float | None = None
    """Seconds since the epoch."""
    ended: float | None = None
    """When it finished, stopped or crashed; nothing while it lives."""
    step: int | None = None
    steps: int | None = None
    """Steps that it was asked for."""
    steps_per_s: float | None = None
    trained_s: float | None = None
    lost_rows: int = 0
    bad_lines: int = 0
    left_out: str | None = None
    """What was left out of the curves because there is too much of it."""
    curves: Mapping[str, Curve] = field(default_factory=dict)
    """Metrics by canonical name."""
    verdict: Verdict = field(default_factory=Verdict)
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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All runs at one moment, the newest first."""

    root: Path
    runs: tuple[RunView, ...] = ()
    is_complete: bool = False
    """Whether the folder was looked through once."""
    shows_samples: bool = False
    """Whether these are the sample runs, because the folder has none."""
    problem: str | None = None
    """Why the folder cannot be looked through, in a text that is safe to show."""
    is_polling_only: bool = False
    """Whether the operating system sends no hints of changes, so that they show a little later."""

    def run(self, path: Path) -> RunView | None:
        """Return the run in this directory."""
        return next((run for run in self.runs if run.path == path), None)
