"""What can be changed about a training while it goes on."""

from __future__ import annotations

import msgspec

from grok_tui.config import LIVE_KEYS, Config, LastStep, change
from grok_tui.errors import UsageError
from grok_tui.runs.control import Action
from grok_tui.runs.record import Parent
from grok_tui.runs.recorder import Recorder
from grok_tui.runs.spool import Command
from grok_tui.training.checkpoint import Checkpoints
from grok_tui.training.complexity.meter import Meter
from grok_tui.training.optimisers import Optimiser


class Steering:
    """Carries out the commands that concern the training itself.

    Each action returns why it refuses, or nothing when it is done.
    """

    def __init__(
        self,
        config: Config,
        recorder: Recorder,
        checkpoints: Checkpoints,
        meter: Meter,
        optimiser: Optimiser,
    ) -> None:
        self._config = config
        self._recorder = recorder
        self._checkpoints = checkpoints
        self._meter = meter
        self._optimiser = optimiser

    def actions(self) -> dict[str, Action]:
        """Return the actions by the names of their commands."""
        return {"checkpoint": self.checkpoint, "extend": self.extend, "set": self.set}

    def checkpoint(self, _command: Command) -> str | None:
        """Save the state now."""
        self._checkpoints.save("on command")
        return None

    def extend(self, command: Command) -> str | None:
        """Let the run end later."""
        try:
            steps = msgspec.convert(command.arguments.get("steps"), LastStep)
        except msgspec.ValidationError as error:
            return f"steps: {error}"
        if steps <= self._recorder.last_step:
            return f"it trains until step {self._recorder.last_step} already"
        self._recorder.extend(steps)
        self._meter.plan(steps)
        return None

    def set(self, command: Command) -> str | None:
        """Change settings from the next step on."""
        now = msgspec.structs.replace(self._config, optimizer=self._optimiser.settings)
        try:
            wanted = msgspec.convert(command.arguments.get("changes"), list[str])
            config, changed = change(now, wanted)
        except (msgspec.ValidationError, UsageError) as error:
            return str(error)
        fixed = changed.keys() - set(LIVE_KEYS)
        if fixed:
            return f"{min(fixed)} cannot be changed any more: only {' and '.join(LIVE_KEYS)} can"
        self._optimiser.settings = config.optimizer
        self.tell()
        return None

    def take_over(self, parent: Parent | None, step: int) -> None:
        """Let what a fork changed win over its parent's checkpoint, which it begins with."""
        if parent is None or parent.step != step:
            return
        names = {key: key.removeprefix("optimizer.") for key in parent.changes if key in LIVE_KEYS}
        values = {name: getattr(self._config.optimizer, name) for name in names.values()}
        self._optimiser.settings = msgspec.structs.replace(self._optimiser.settings, **values)

    def tell(self) -> None:
        """Write down which settings differ now from what the run was asked for."""
        asked, live = self._config.optimizer, self._optimiser.settings
        pairs = {"optimizer.lr": (asked.lr, live.lr)}
        pairs["optimizer.weight_decay"] = (asked.weight_decay, live.weight_decay)
        self._recorder.tell_live({k: now for k, (before, now) in pairs.items() if now != before})
