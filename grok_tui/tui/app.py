"""The app: the list of runs, and one screen for each run that is opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from textual.app import App, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from grok_tui.tui import commands, theme
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.commands import Command
from grok_tui.tui.filter import Printable
from grok_tui.tui.messages import FeedChanged
from grok_tui.tui.screens.keys import KeysScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.runs import RunsScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen

DEFAULT_FPS = 2.0
"""Repaints of data a second: enough to follow by eye, cheap over a thin line. Keys are at once."""


SERVE_EVERY_S = 5.0
"""Between two looks whether somebody serves the queue: a supervisor may have been killed."""


class GrokTui(App[None]):
    """Watches the runs of one folder."""

    TITLE = "grok-tui"

    def __init__(
        self,
        root: Path,
        *,
        samples: Path | None = None,
        open_run: Path | None = None,
        fps: float = DEFAULT_FPS,
    ) -> None:
        """Make the app.

        Args:
            root: folder of run directories.
            samples: folder of recorded runs to show while `root` has none.
            open_run: directory of the run to show first.
            fps: how often a second new data are painted at most.
        """
        super().__init__()
        self._printable = Printable()
        self._bridge = Bridge(self, root, samples, fps)
        self._open_run = open_run

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours of curves and flags."""
        return theme.VARIABLES if self.current_theme.dark else theme.LIGHT_VARIABLES

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what changes each line before it is painted."""
        return [*super().get_line_filters(), self._printable]

    def get_default_screen(self) -> Screen[None]:
        """Return the list of runs: it lies below all other screens."""
        return RunsScreen(self._bridge)

    def on_mount(self) -> None:
        """Open the run that was asked for, and start reading."""
        if self._open_run is not None:
            self.push_screen(RunScreen(self._open_run, self._bridge))
        self._bridge.start()
        self.set_interval(SERVE_EVERY_S, self._bridge.serve_queue)

    def on_unmount(self) -> None:
        """Stop reading; runs go on."""
        self._bridge.stop()

    def on_feed_changed(self, _message: FeedChanged) -> None:
        """Show the newest snapshot."""
        if not self.is_running:
            return  # while the app ends, its screens lose their widgets one by one
        for screen in reversed(self.screen_stack):
            if isinstance(screen, SnapshotScreen):  # help may cover it
                screen.catch_up()
                break

    def action_show_keys(self) -> None:
        """Show the help of the screen that is open."""
        about = getattr(self.screen, "about", "")
        self.push_screen(KeysScreen(self._commands_of(self.screen), about))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every action of the screen in the command palette, by name."""
        for command in self._commands_of(screen):
            if command.in_palette:
                is_apps = command.action.startswith("app.")
                action = command.action if is_apps else f"screen.{command.action}"

                async def run(action: str = action) -> None:
                    await self.run_action(action)

                yield SystemCommand(command.label.capitalize(), command.help, run)
        yield SystemCommand("Theme", "Change the colours.", self.action_change_theme)

    def _commands_of(self, screen: Screen[object]) -> tuple[Command, ...]:
        own = commands.RUN if isinstance(screen, RunScreen) else commands.RUNS
        return (*own, *commands.APP)
