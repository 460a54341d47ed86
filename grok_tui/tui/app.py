"""The app: the list of runs, one screen for each run that is opened, and what all of them share."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter, Monochrome
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from grok_tui.errors import unknown
from grok_tui.settings import Settings
from grok_tui.terminal import has_few_colours
from grok_tui.text import safe
from grok_tui.tui import commands, keymap, questions, theme
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.commands import Command
from grok_tui.tui.filter import Ascii, Printable, Uncoloured
from grok_tui.tui.link import Budget, LineDriver
from grok_tui.tui.messages import FeedChanged, LineFreed
from grok_tui.tui.notifier import Notifier
from grok_tui.tui.screens.ask import LineScreen
from grok_tui.tui.screens.keys import KeysScreen
from grok_tui.tui.screens.primer import PrimerScreen
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.small import LEAST, SmallScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.watch.news import BAD, Newsroom

if TYPE_CHECKING:
    from grok_tui.remote.link import Link
    from grok_tui.report.saving import View

SERVE_EVERY_S = 5.0
LINK_EVERY_S = 1.0
"""Between two looks whether somebody serves the queue: a supervisor may have been killed."""
BYTES_PER_KBIT = 125
SCREENS = (
    (*commands.RUNS, *commands.APP),
    (*commands.RUN, *commands.APP),
    (*commands.COMPARE, *commands.APP),
    (*commands.NEW_RUN, *commands.APP),
    (*commands.SWEEP, *commands.APP),
)
"""The actions of each screen, whose keys must not clash."""


class GrokTui(App[None]):
    """Watches the runs of one folder."""

    TITLE = "grok-tui"
    CSS = theme.ANSI_CSS

    def __init__(
        self,
        root: Path,
        *,
        others: Sequence[Path] = (),
        samples: Path | None = None,
        open_run: Path | None = None,
        open_sweep: Path | None = None,
        fps: float | None = None,
        settings: Settings | None = None,
        problems: Sequence[str] = (),
        links: Sequence[Link] = (),
    ) -> None:
        """Make the app.

        Args:
            root: folder of runs; new ones belong there.
            others: more folders of runs and logs, and files.
            samples: folder of recorded runs to show while `root` has none.
            open_run: directory of the run to show first.
            open_sweep: folder of the sweep to show first.
            fps: how often a second new data are painted at most; else what the settings say.
            settings: what the person has set.
            problems: what is wrong with the settings, to be told first of all.
            links: what keeps the copies of remote folders up to date.
        """
        self._settings = settings or Settings()
        super().__init__()
        is_ascii = bool(self._settings.ascii)
        self._filters_of_ours = [Printable(), *([Ascii()] if is_ascii else [])]
        self._bridge = Bridge(
            self,
            (root, *others),
            samples,
            fps or self._settings.fps,
            ascii_only=is_ascii,
            usual_charts=self._settings.grid,
        )
        self._open_run, self._open_sweep = open_run, open_sweep
        self.links = tuple(links)
        self._link_problems: list[str | None] = [None] * len(self.links)
        self._newsroom = Newsroom()
        self._late: Timer | None = None
        self._problems = [*problems, *self._set_theme()]
        given, wrong = keymap.checked(self._settings.keys, SCREENS)
        self._problems += wrong
        self.set_keymap(given)
        self._notifier = Notifier(
            self._write,
            os.environ,
            bell=self._settings.bell,
            desktop=self._settings.desktop,
            hook=self._settings.notify,
        )

    @property
    def settings(self) -> Settings:
        """What the person has set."""
        return self._settings

    def _set_theme(self) -> Sequence[str]:
        """Take the colours that were asked for, or those that suit the terminal."""
        for each in theme.THEMES.values():
            self.register_theme(each)
        wanted = self._settings.theme
        few = has_few_colours(os.environ)
        self.theme = "16-colour" if few else "dark"
        if wanted in self.available_themes:
            self.theme = wanted
        elif wanted is not None:
            return [f"theme: {safe(unknown('theme', wanted, self.available_themes))}"]
        return []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours of curves and flags for themes that have none of their own."""
        return theme.VARIABLES if self.current_theme.dark else theme.LIGHT_VARIABLES

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what changes each line before it is painted."""
        filters = [*super().get_line_filters(), *self._filters_of_ours]
        if not (self.no_color and self.native_ansi_color):
            return filters
        return [Uncoloured(), *(each for each in filters if not isinstance(each, Monochrome))]

    def get_driver_class(self) -> type[Driver]:
        """Return the driver whose line never waits, where Textual would take that of Unix."""
        usual = super().get_driver_class()
        return LineDriver if usual is LinuxDriver else usual

    def get_default_screen(self) -> Screen[None]:
        """Return what lies below all other screens: the list of runs, which is made when needed."""
        return self._list() if self._open_run is None else Screen()

    def _list(self) -> Screen[None]:
        """Return a new list of runs; to load all that it leads to takes its time."""
        from grok_tui.tui.screens.runs import RunsScreen

        return RunsScreen(self._bridge)

    def pop_screen(self) -> AwaitComplete:
        """Go back; from a run that was opened first to the list."""
        if self._open_run is not None and len(self.screen_stack) == 2:
            return self.switch_screen(self._list())
        return super().pop_screen()

    def on_mount(self) -> None:
        """Open the run that was asked for, and start reading."""
        if isinstance(self._driver, LineDriver) and self._settings.max_kbps is not None:
            self._driver.budget = Budget(self._settings.max_kbps * BYTES_PER_KBIT)
        if self._open_run is not None:
            self.push_screen(RunScreen(self._open_run, self._bridge))
        if self._open_sweep is not None:
            self._show_sweep(self._open_sweep)
        for problem in self._problems:
            self.notify(problem, title="settings", severity="warning", markup=False)
        self._bridge.start()
        for link in self.links:
            link.start()
        if self.links:
            self.set_interval(LINK_EVERY_S, self._watch_links)
        self.set_interval(SERVE_EVERY_S, self._bridge.serve_queue)

    def _show_sweep(self, folder: Path) -> None:
        from grok_tui.tui.screens.runs import RunsScreen

        if isinstance(self.screen, RunsScreen):
            self.screen.open_sweep(folder)

    def on_unmount(self) -> None:
        """Stop reading; runs go on."""
        for link in self.links:
            link.stop()
        self._bridge.stop()

    def _watch_links(self) -> None:
        """Tell when another machine is out of reach, and when it is back."""
        for number, link in enumerate(self.links):
            before, self._link_problems[number] = self._link_problems[number], link.problem
            if link.problem is not None and before is None:
                self.notify(safe(link.said), title="remote", severity="warning", markup=False)
            elif link.problem is None and before is not None:
                self.notify("connected again", title="remote", markup=False)
        if isinstance(self.screen, SnapshotScreen):
            self.screen.show_links([link.said for link in self.links])

    def on_key(self, event: events.Key) -> None:
        """Type into the line that a key before this one opened, where both arrived at once.

        Textual hands keys out before their actions: such a letter went to what had the focus then,
        which left it to the actions, and would now press a key of the screen.
        """
        line = self.focused
        if isinstance(line, Input) and event.character and event.is_printable:
            event.prevent_default()
            line.insert_text_at_cursor(event.character)

    def on_resize(self, event: events.Resize) -> None:
        """Cover everything where it cannot be laid out."""
        is_small = event.size.width < LEAST.width or event.size.height < LEAST.height
        is_covered = isinstance(self.screen, SmallScreen)
        if is_small and not is_covered:
            self.push_screen(SmallScreen())
        elif is_covered and not is_small:
            self.pop_screen()

    def on_line_freed(self, _message: LineFreed) -> None:
        """Paint anew what was dropped."""
        self.screen.refresh(layout=True)

    def on_feed_changed(self, _message: FeedChanged) -> None:
        """Tell the news, and show the newest snapshot as soon as the line has room for it."""
        if not self.is_running:
            return  # while the app ends, its screens lose their widgets one by one
        shown = self.screen
        for news in self._newsroom.read(self._bridge.snapshot):
            self._notifier.tell(news.text)
            is_bad = news.kind in BAD
            if is_bad or not (isinstance(shown, SnapshotScreen) and shown.tells_of(news.run)):
                severity: SeverityLevel = "warning" if is_bad else "information"
                self.notify(news.text, title=str(news.kind), severity=severity, markup=False)
        if self._late is None:
            self._catch_up()

    def _catch_up(self) -> None:
        """Show the newest snapshot, or wait for a line that has no room for it."""
        self._late = None
        wait_s = self._wait_s()
        if wait_s > 0:
            self._late = self.set_timer(wait_s, self._catch_up)
            return
        for screen in reversed(self.screen_stack):
            if isinstance(screen, SnapshotScreen):  # help may cover it
                screen.catch_up()
                break

    def _wait_s(self) -> float:
        """Return the seconds until the line has room for new data."""
        return self._driver.wait_s if isinstance(self._driver, LineDriver) else 0.0

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send what changed of what Textual paints."""
        is_sent = self._running and not self._batch_count
        if is_sent and isinstance(self._driver, LineDriver):
            renderable = self._driver.painted.changed(screen, renderable, self.console)
        super()._display(screen, renderable)

    def _write(self, sequence: str) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def action_show_keys(self) -> None:
        """Show the help of the screen that is open."""
        about = getattr(self.screen, "about", "")
        self.push_screen(KeysScreen(self._commands_of(self.screen), about))

    def action_primer(self) -> None:
        """Show the primer."""
        self.push_screen(PrimerScreen())

    def action_save_view(self) -> None:
        """Ask for a file and save there what the screen shows."""
        screen = self.screen
        view = screen.view() if isinstance(screen, SnapshotScreen) else None
        if view is None:
            self.notify("there is nothing here to save", severity="warning", markup=False)
            return
        asked = questions.where_to_save(view)

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._save(view, questions.file_in(answer))

        self.push_screen(LineScreen(asked.title, asked.text, asked.answer, asked.check), answered)

    def _save(self, view: View, path: Path) -> None:
        """Save in the background: a picture takes its time."""
        from grok_tui.report.saving import save

        def failed(error: Exception) -> None:
            why = safe(getattr(error, "strerror", None) or error)
            self.notify(f"could not save it: {why}", severity="error", markup=False)

        def done() -> None:
            self.notify(f"saved {safe(path.absolute())}", markup=False)

        self._bridge.do(lambda: save(view, path), failed, done)

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
        own = screen.OWN_COMMANDS if isinstance(screen, SnapshotScreen) else ()
        return tuple(self._as_remapped(command) for command in (*own, *commands.APP))

    def _as_remapped(self, command: Command) -> Command:
        """Return a command with the keys that the person gave it."""
        keys = self._keymap.get(command.id)
        if keys is None:
            return command
        shown = " ".join(
            self.get_key_display(Binding(key, command.action)) for key in keys.split(",")
        )
        return replace(command, keys=keys, shown=shown)
