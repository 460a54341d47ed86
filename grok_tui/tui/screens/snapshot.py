"""What all screens that show runs have in common: they follow the newest snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen

from grok_tui.tui.bridge import Bridge
from grok_tui.tui.commands import Command
from grok_tui.watch.view import Snapshot

if TYPE_CHECKING:
    from grok_tui.report.saving import View


class SnapshotScreen(Screen[None]):
    """A screen that shows snapshots once it is mounted, and catches up when it is uncovered."""

    OWN_COMMANDS: tuple[Command, ...] = ()
    """What can be done on it, beside what can be done everywhere."""

    def __init__(self, bridge: Bridge) -> None:
        """Show what the bridge tells of."""
        super().__init__()
        self._bridge = bridge
        self._is_ready = False

    def on_mount(self) -> None:
        """Show what is known already."""
        self._is_ready = True
        self.catch_up()

    def on_screen_resume(self) -> None:
        """Show what happened while another screen was open."""
        self.catch_up()

    def catch_up(self) -> None:
        """Show the newest snapshot, if there is one and something to show it on."""
        snapshot = self._bridge.snapshot
        if self._is_ready and (snapshot.is_complete or snapshot.runs):
            self.show(snapshot)

    def show_links(self, said: Sequence[str]) -> None:
        """Show how the links to other machines stand, where there is a place for it."""

    def view(self) -> View | None:
        """Return what can be saved of this screen; nothing where there is nothing on it."""
        return None

    def tells_of(self, _run: Path) -> bool:
        """Return whether it shows by itself that a run has grokked or finished."""
        return False

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot."""
        raise NotImplementedError
