"""A new run or sweep: a preset, a form of its settings, and the command line that does the same."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from grok_tui.config import load_preset, preset_names
from grok_tui.config.form import Field
from grok_tui.errors import GrokTuiError
from grok_tui.runs.sweep import read_sweep
from grok_tui.text import safe
from grok_tui.tui import commands
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.draft import Draft, text_of
from grok_tui.tui.screens.run import RunScreen
from grok_tui.tui.screens.snapshot import SnapshotScreen
from grok_tui.tui.screens.sweep import SweepScreen
from grok_tui.tui.starting import Begun, begin
from grok_tui.tui.widgets.key_line import KeyLine
from grok_tui.tui.widgets.line_list import LineList
from grok_tui.watch.view import Snapshot

VALUE_WIDTH = 18
LEAST_EXPECTED = 16
"""Columns below which what may be typed would be cut to nothing; the line below tells it."""


class NewRunScreen(SnapshotScreen):
    """Chooses a preset, changes it, and starts one run, several, or a sweep."""

    OWN_COMMANDS = commands.NEW_RUN
    BINDINGS = [
        *commands.bindings((*commands.NEW_RUN, *commands.APP)),
        Binding("shift+tab", "other_side", show=False),
    ]

    DEFAULT_CSS = """
    NewRunScreen {
        #heading {
            height: 1; padding: 0 1; background: $panel; text-style: bold;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #sides { height: 1fr; }
        #presets { width: 24; }
        #right { width: 1fr; padding: 0 0 0 1; }
        #preset { height: auto; max-height: 6; }
        #form { height: 1fr; min-height: 5; }
        #about { height: 2; color: $text-muted; }
        #line { height: 1; display: none; }
        #line Static { width: auto; padding: 0 1 0 0; text-style: bold; }
        #line Input { width: 1fr; }
        #problem { height: auto; max-height: 2; color: $text-error; display: none; }
        #command { height: auto; max-height: 3; padding: 0 1; background: $panel; }
    }
    """

    @dataclass
    class Made(Message):
        """Runs were made and started."""

        begun: Begun

    def __init__(self, bridge: Bridge) -> None:
        """Offer the presets; runs are made in the folder that the bridge tells of."""
        super().__init__(bridge)
        self._names = preset_names()
        self._draft = Draft.of(self._names[0])
        self._fields: list[Field] = []
        self._is_starting = False

    def compose(self) -> ComposeResult:
        """Lay out presets, form and command line."""
        yield Static(id="heading")
        with Horizontal(id="sides"):
            yield LineList(id="presets")
            with Vertical(id="right"):
                yield Static(id="preset")
                yield LineList(id="form")
                yield Static(id="about")
                with Horizontal(id="line"):
                    yield Static(id="key")
                    yield Input(compact=True, select_on_focus=False)
                yield Static(id="problem")
        yield Static(id="command")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin at the presets."""
        self._presets.show(self._names)
        self._presets.focus()
        self.watch(self._presets, "cursor", self._preset_chosen, init=False)
        self.watch(self._form, "cursor", self._show_about, init=False)
        self._show_draft()

    def on_resize(self) -> None:
        """Say as much of each setting as fits now."""
        self.call_after_refresh(self._show_draft)

    def show(self, snapshot: Snapshot) -> None:
        """Show nothing of the runs that there are: a draft is none yet."""

    @property
    def _presets(self) -> LineList:
        return self.query_one("#presets", LineList)

    @property
    def _form(self) -> LineList:
        return self.query_one("#form", LineList)

    @property
    def _field(self) -> Field:
        return self._fields[self._form.cursor]

    @property
    def _is_on_form(self) -> bool:
        return not self._presets.has_focus

    # What is shown

    def _preset_chosen(self) -> None:
        name = self._names[self._presets.cursor]
        if name != self._draft.preset.name:
            self._draft = Draft(load_preset(name))
            self._form.cursor = 0
            self._show_draft()

    def _show_draft(self) -> None:
        draft = self._draft
        self._fields = draft.fields()
        changed = {n for n, field in enumerate(self._fields) if draft.is_changed(field.key)}
        widest = max(len(field.key) for field in self._fields)
        room = self._form.size.width
        self._form.show([_line(field, widest, room) for field in self._fields], changed)
        source = draft.preset.source
        title = f"{source.title}." if source else ""
        paper = f" (arXiv {source.arxiv})" if source and source.arxiv else ""
        follows = f" It follows {source.follows}{paper}." if source else ""
        self._tell("#preset", f"{title}{follows} {draft.outlook()}")
        many = f" · {len(changed)} changed" if changed else ""
        hint = "" if draft.axes else " · several values (0.1, 1 or 0.1..1 log 5) make a sweep"
        self._tell("#heading", f"{draft.title} · {draft.preset.name}{many}{hint}")
        self._tell("#command", f"$ {draft.command}")
        self._show_about()

    def _show_about(self) -> None:
        field = self._field
        first = next((f for f in Draft(self._draft.preset).fields() if f.key == field.key), None)
        is_changed = self._draft.is_changed(field.key)
        was = f" The preset has {text_of(first.value) or 'none'}." if first and is_changed else ""
        self._tell("#about", f"{field.expects}: {field.about}{was}")

    def _tell(self, where: str, words: str) -> None:
        widget = self.query_one(where, Static)
        if Content(words) != widget.content:
            widget.update(Content(safe(words, 1000)))

    def _complain(self, problem: str | None) -> None:
        widget = self.query_one("#problem", Static)
        widget.display = problem is not None
        widget.update(Content(safe(problem or "", 400)))

    # Changes

    def action_edit(self) -> None:
        """Go on to the form, or type another value."""
        if not self._is_on_form:
            self._form.focus()
            return
        self.query_one("#key", Static).update(Content(f"{self._field.key} ="))
        self.query_one("#line").display = True
        line = self.query_one(Input)
        line.value = text_of(self._field.value)
        line.cursor_position = len(line.value)
        self.set_focus(line)  # now, for those who type on at once

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self.query_one("#line").display:
            is_same = event.value == text_of(self._field.value)
            self._complain(
                None if is_same else self._draft.problem_with(self._field.key, event.value)
            )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        is_same = event.value == text_of(self._field.value)
        if is_same or self._take(self._field.key, event.value):
            self._leave_line()

    def _take(self, key: str, text: str) -> bool:
        """Take a value, or say what is wrong with it."""
        try:
            self._draft = self._draft.changed(key, text)
        except GrokTuiError as error:
            self._complain(str(error))
            return False
        self._complain(None)
        self._show_draft()
        return True

    def _leave_line(self) -> None:
        self.query_one("#line").display = False
        self._complain(None)
        self._form.focus()

    def action_choice(self, way: int) -> None:
        """Take the next of a setting's values, or the one before."""
        if not self._is_on_form:
            self._form.focus()
            return
        field = self._field
        if not field.choices:
            self._refuse(f"{field.key} is typed: enter, then {field.expects}")
            return
        now, count = text_of(field.value), len(field.choices)
        at = field.choices.index(now) if now in field.choices else -way
        others = [field.choices[(at + way * n) % count] for n in range(1, count)]
        problems = {each: self._draft.problem_with(field.key, each) for each in others}
        fitting = next((each for each in others if problems[each] is None), None)
        if fitting is not None:
            self._take(field.key, fitting)
        left_out = others[: others.index(fitting)] if fitting else others
        if left_out:
            self._complain(f"not {left_out[0]}: {problems[left_out[0]]}")

    def action_reset(self) -> None:
        """Set a line as the preset has it."""
        if not self._is_on_form or not self._draft.is_changed(self._field.key):
            self._refuse("this is as the preset has it")
            return
        try:
            self._draft = self._draft.reset(self._field.key)
        except GrokTuiError as error:
            self._complain(str(error))
            return
        self._complain(None)
        self._show_draft()

    # Start

    def action_start(self) -> None:
        """Make the runs and start them, in another thread."""
        if self._is_starting:
            self._refuse("it is being started")
            return
        self._is_starting = True
        draft, root = self._draft, self._bridge.snapshot.root

        def job() -> None:
            self.post_message(self.Made(begin(draft, root)))

        def failed(error: Exception) -> None:
            self._is_starting = False
            why = getattr(error, "strerror", None) or error
            self.notify(safe(f"could not start: {why}"), severity="error", markup=False)

        self._bridge.do(job, failed)

    @on(Made)
    def _show_started(self, made: Made) -> None:
        """Show the run or the sweep, or the list of several runs."""
        self._is_starting = False
        begun = made.begun
        self.notify(safe(begun.said), markup=False)
        if not self.is_active:
            return
        if begun.sweep is not None:
            record = read_sweep(begun.sweep)
            self.app.switch_screen(SweepScreen(begun.sweep, record, self._bridge))
        elif begun.run is not None:
            self.app.switch_screen(RunScreen(begun.run, self._bridge))
        else:
            self.app.pop_screen()

    # Moves

    def action_other_side(self) -> None:
        """Go to the form, or back to the presets."""
        if self.query_one(Input).has_focus:
            self._leave_line()
        (self._presets if self._is_on_form else self._form).focus()

    def action_cursor(self, distance: int) -> None:
        """Go some lines down or up."""
        self._list.move(distance)

    def action_page(self, pages: int) -> None:
        """Go some pages down or up."""
        self._list.move(pages * self._list.page)

    def action_edge(self, side: int) -> None:
        """Go to the last line, or the first one for a negative side."""
        self._list.move(side * 10**6)

    @property
    def _list(self) -> LineList:
        return self._form if self._is_on_form else self._presets

    def action_back(self) -> None:
        """Leave the line, or go back to the list of runs."""
        if self.query_one(Input).has_focus:
            self._leave_line()
        else:
            self.app.pop_screen()

    def _refuse(self, reason: str) -> None:
        self.notify(safe(reason), severity="warning", markup=False)


def _line(field: Field, widest: int, room: int) -> str:
    """Return a setting with its value, and where there is room with what may be typed."""
    value = text_of(field.value)
    if len(value) > VALUE_WIDTH:
        value = f"{value[: VALUE_WIDTH - 1]}…"
    line = f"{field.key:<{widest}} {value:<{VALUE_WIDTH}}"
    return f"{line} {field.expects}" if room >= len(line) + LEAST_EXPECTED else line
