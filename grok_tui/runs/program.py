"""A run whose steps somebody's own program makes: what grok-tui cannot do with it, and why."""

from __future__ import annotations

from collections.abc import Mapping

from grok_tui.runs.control import Action, Control
from grok_tui.runs.spool import Command, Verb

REFUSED: Mapping[Verb, str] = {
    "set": "its program decides its settings: change them there",
    "extend": "its program decides how many steps it makes",
    "park": "its program cannot be parked: pause it, or stop it",
}
NO_FORK = "its program alone can load its checkpoints: start it again with other settings"
NO_CHECKPOINT = "its program has named no function that saves it"


class ProgramControl(Control):
    """What others want of somebody's own program."""

    def refusals(self) -> dict[str, Action]:
        """Return actions that say why a command is not carried out."""
        return {verb: _refusing(reason) for verb, reason in REFUSED.items()}

    def _park(self, _command: Command) -> str | None:
        return REFUSED["park"]

    def _lose_directory(self) -> None:
        """Go on: what the program does is more than what is recorded of it."""


def _refusing(reason: str) -> Action:
    return lambda _command: reason
