"""Every action of the app, declared once: key, footer, palette and help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """An action and the keys that call it."""

    action: str
    """Name of the method `action_…` on the screen, or on the app after `app.`."""
    keys: str
    """Keys as Textual names them, separated by commas."""
    shown: str
    """The first key as people read it."""
    label: str
    """One or two words for the footer."""
    help: str
    """What it does, in one line."""
    in_footer: bool = True

    @property
    def id(self) -> str:
        """What it is called in the settings: its action, or its label where actions are alike."""
        name = self.action.removeprefix("app.")
        return name if self.in_palette else self.label.replace(" ", "_")

    @property
    def in_palette(self) -> bool:
        """Whether it can be called by name; moves of a cursor, which have a distance, cannot."""
        return "(" not in self.action


def _hidden(*rows: tuple[str, str, str, str, str]) -> tuple[Command, ...]:
    """Return commands that the footer has no room for."""
    return tuple(Command(*row, in_footer=False) for row in rows)


QUIT = Command("app.quit", "q,ctrl+q", "q", "quit", "Leave the app. Runs go on without it.")
KEYS = Command(
    "app.show_keys", "question_mark,f1", "?", "help", "Show the keys and what words mean."
)

RUNS = (
    Command("open_run", "enter", "enter", "open", "Show the charts of the chosen run."),
    Command("new_run", "n", "n", "new", "Start a run: a preset, and what you change of it."),
    Command("compare", "c", "c", "compare", "Compare the marked runs, or all seeds of one."),
    Command(
        "open_sweep",
        "S",
        "S",
        "sweep",
        "Show the sweep of the chosen run as a diagram.",
        in_footer=False,
    ),
    Command("filter", "slash", "/", "filter", "Show only some, as in: grokked wd>0.5 tag:paper"),
    Command("sort", "o", "o", "sort", "Sort by the next column; after the last one newest first."),
    Command("mark", "v", "v", "mark", "Mark the chosen run, or take its mark away; + is the mark."),
    Command("tag", "t", "t", "tag", "Give tags to the run or the marked ones, or take some away."),
    Command("trash", "d,delete", "d", "trash", "Move runs to the trash; asks first."),
    Command("undo", "u", "u", "undo", "Undo the last tag, note, name, star, archiving or trash."),
    Command("reverse", "O", "O", "reverse", "Sort the other way round.", in_footer=False),
    Command("mark_all", "V", "V", "mark all", "Mark all listed runs, or none.", in_footer=False),
    Command(
        "follow", "f", "f", "follow", "Choose the newest run whenever one is made.", in_footer=False
    ),
    Command("star", "s", "s", "star", "Give a star, or take it away.", in_footer=False),
    Command("note", "w", "w", "note", "Write a note about the chosen run.", in_footer=False),
    Command("rename", "r", "r", "rename", "Call the chosen run something else.", in_footer=False),
    Command(
        "archive",
        "a",
        "a",
        "archive",
        "Leave out of the list, or bring back.",
        in_footer=False,
    ),
    Command(
        "show_archived",
        "A",
        "A",
        "archived",
        "Show what was archived, or leave it out.",
        in_footer=False,
    ),
    Command("copy_path", "y", "y", "copy path", "Copy where the runs lie.", in_footer=False),
    Command("preview", "p", "p", "preview", "Show the chosen run below, or not.", in_footer=False),
    Command(
        "clear", "escape", "esc", "clear", "Take the marks away, then the filter.", in_footer=False
    ),
    Command(
        "cursor(1)",
        "down,j",
        "↓ j",
        "down",
        "Choose the next run.",
        in_footer=False,
    ),
    Command(
        "cursor(-1)",
        "up,k",
        "↑ k",
        "up",
        "Choose the run before.",
        in_footer=False,
    ),
    Command(
        "page(1)",
        "pagedown",
        "pgdn",
        "page down",
        "One page down.",
        in_footer=False,
    ),
    Command("page(-1)", "pageup", "pgup", "page up", "One page up.", in_footer=False),
    Command(
        "edge(-1)",
        "home,g",
        "home",
        "first",
        "Choose the first run of the list.",
        in_footer=False,
    ),
    Command(
        "edge(1)",
        "end,G",
        "end",
        "last",
        "Choose the last run of the list.",
        in_footer=False,
    ),
)

RUN = (
    Command(
        "pause_or_resume",
        "space",
        "space",
        "pause/resume",
        "Pause the run between two steps, or resume it.",
    ),
    Command("stop_run", "s", "s", "stop", "Save the run and end it; space lets it go on later."),
    Command(
        "park",
        "p",
        "p",
        "park",
        "Save the run and end its process: frees memory and GPU.",
        in_footer=False,
    ),
    Command("checkpoint", "c", "c", "save", "Save a checkpoint now, and go on.", in_footer=False),
    Command(
        "make_steps",
        "n",
        "n",
        "run n steps",
        "Make so many more steps, then pause.",
        in_footer=False,
    ),
    Command(
        "extend",
        "e",
        "e",
        "extend",
        "Train until a later step, also a run that has ended.",
        in_footer=False,
    ),
    Command(
        "fork",
        "f",
        "f",
        "fork",
        "Start another run from a checkpoint, with changed settings.",
        in_footer=False,
    ),
    Command(
        "change",
        "o",
        "o",
        "change",
        "Change the learning rate or the weight decay of the live run.",
        in_footer=False,
    ),
    Command(
        "freeze",
        "z",
        "z",
        "freeze",
        "Freeze its process, if it hears nothing else; space thaws it.",
        in_footer=False,
    ),
    Command(
        "kill",
        "K",
        "K",
        "kill",
        "End its process at once, if it hears nothing else; asks first.",
        in_footer=False,
    ),
    *_hidden(
        ("cursor(-1)", "left,h", "← h", "cursor left", "Move the cursor over all charts."),
        ("cursor(1)", "right,l", "→ l", "cursor right", "Move the cursor; titles tell its values."),
        ("cursor(-10)", "shift+left,H", "⇧← H", "far left", "Move the cursor by ten columns."),
        ("cursor(10)", "shift+right,L", "⇧→ L", "far right", "Move the cursor by ten columns."),
        ("cursor_edge(-1)", "home,g", "home g", "first step", "Put the cursor at the first step."),
        ("cursor_edge(1)", "end,G", "end G", "last step", "Put the cursor at the last step."),
        ("zoom_in", "plus,equals_sign", "+", "zoom in", "See the surroundings more closely."),
        ("zoom_out", "minus", "-", "zoom out", "See more of the run."),
        ("pan_back", "left_square_bracket", "[", "back", "Move the window to earlier steps."),
        ("pan_on", "right_square_bracket", "]", "forward", "Move the window to later steps."),
        ("reset", "0", "0", "whole run", "See the whole run again."),
        ("next_chart", "down,j", "↓ j", "next chart", "Choose the next chart."),
        ("previous_chart", "up,k", "↑ k", "previous chart", "Choose the chart before."),
        ("next_page", "pagedown", "pgdn", "next page", "Show the next page of charts."),
        ("previous_page", "pageup", "pgup", "previous page", "Show the page of charts before."),
    ),
    Command("enlarge", "enter", "enter", "enlarge", "Show the chosen chart alone; esc: all again."),
    Command("pick_charts", "slash", "/", "charts", "Pick the charts to show, of all metrics."),
    Command("next_pane", "t", "t", "output", "Show the output, then the events, then neither."),
    *_hidden(
        ("show_settings", "i", "i", "settings", "Its settings, and what differs from the preset."),
        ("branches", "u", "u", "left branches", "Show what it recorded and left by going back."),
        ("log_x", "x", "x", "log x", "Switch the x axis: logarithmic or linear."),
        ("log_y", "y", "y", "log y", "Switch the y axis of the chosen chart (▸)."),
        ("pick_x", "X", "X", "x axis", "Pick what x counts: steps, epochs, time or a metric."),
        ("smooth", "a", "a", "smooth", "Smooth the curves, more each time; raw dots stay behind."),
        (
            "next_measure",
            "m",
            "m",
            "next measure",
            "Show the next measure of complexity alone; ? explains it.",
        ),
        (
            "measure_checkpoints",
            "M",
            "M",
            "measure",
            "Take the costly measures of its checkpoints, in the background.",
        ),
        ("meaning", "w", "w", "meaning", "Say which metric is train, test or the step."),
        ("back", "escape", "esc", "back", "All charts; no cursor; then the list of runs."),
    ),
    Command("leave", "b", "b", "runs", "Go back to the list of runs."),
)

SAVE_VIEW = Command(
    "app.save_view",
    "E",
    "E",
    "export",
    "Save what is shown as a picture, as numbers, or as a report.",
    in_footer=False,
)
PRIMER = Command(
    "app.primer",
    "f2",
    "f2",
    "primer",
    "Read in five minutes what grokking is and how it is told.",
    in_footer=False,
)

COMPARE = (
    Command("next_chart", "m", "m", "next chart", "Show the next metric."),
    Command("all_charts", "a", "a", "all charts", "Show all metrics, or one."),
    Command("seeds", "s", "s", "seeds", "Draw runs of one setting as median and band, or alone."),
    Command("align", "x", "x", "align", "Align by step, time, memorised or grok step."),
    Command("log_x", "l", "l", "log x", "Switch the x axis: logarithmic or linear."),
    Command("scroll_words(1)", "down,j", "↓ j", "scroll down", "Scroll words.", in_footer=False),
    Command("scroll_words(-1)", "up,k", "↑ k", "scroll up", "Scroll words.", in_footer=False),
    Command("back", "b,escape", "b", "runs", "Go back to the list of runs."),
)

SWEEP = (
    Command("open_cell", "enter", "enter", "runs", "Show the runs of the chosen cell."),
    Command("next_quantity", "m", "m", "quantity", "Show what else is known of the cells."),
    Command("lines", "v", "v", "lines", "Draw when they grok as lines, or the cells again."),
    Command("turn", "x", "x", "turn", "Exchange rows and columns."),
    Command("next_row", "y", "y", "rows", "Let the next setting go down."),
    Command(
        "cut(1)", "right_square_bracket", "]", "next cut", "The next values of other settings."
    ),
    Command(
        "cut(-1)", "left_square_bracket", "[", "cut before", "The values before.", in_footer=False
    ),
    Command("cursor(0, 1)", "right,l", "→ l", "right", "Choose the next cell.", in_footer=False),
    Command("cursor(0, -1)", "left,h", "← h", "left", "Choose the cell before.", in_footer=False),
    Command("cursor(1, 0)", "down,j", "↓ j", "down", "Choose the cell below.", in_footer=False),
    Command("cursor(-1, 0)", "up,k", "↑ k", "up", "Choose the cell above.", in_footer=False),
    Command("back", "b,escape", "b", "back", "Go back to the list of runs."),
)

NEW_RUN = (
    Command("start", "s", "s", "start", "Start what the command line below says."),
    Command(
        "edit",
        "enter",
        "enter",
        "edit",
        "Take the preset, or type another value; several (0.1, 1 or 0.1..10 log 5) make a sweep.",
    ),
    Command("other_side", "tab", "tab", "switch", "Go to the form, or back to the presets."),
    Command("choice(1)", "right,l,space", "→ l", "value", "Take the next of its values."),
    Command(
        "choice(-1)", "left,h", "← h", "value before", "Take the value before.", in_footer=False
    ),
    Command("reset", "backspace,delete,x", "x", "reset", "Set it as the preset has it."),
    Command("cursor(1)", "down,j", "↓ j", "down", "Go to the next line.", in_footer=False),
    Command("cursor(-1)", "up,k", "↑ k", "up", "Go to the line before.", in_footer=False),
    Command("page(1)", "pagedown", "pgdn", "page down", "One page down.", in_footer=False),
    Command("page(-1)", "pageup", "pgup", "page up", "One page up.", in_footer=False),
    Command("edge(-1)", "home,g", "home", "first", "Go to the first line.", in_footer=False),
    Command("edge(1)", "end,G", "end", "last", "Go to the last line.", in_footer=False),
    Command("back", "b,escape", "b", "runs", "Go back to the list of runs."),
)


def bindings(commands: Sequence[Command]) -> list[BindingType]:
    """Return the commands as Textual's bindings."""
    return [
        Binding(
            key=command.keys,
            action=command.action,
            description=command.label,
            tooltip=command.help,
            key_display=command.shown,
            show=command.in_footer,
            id=command.id,
        )
        for command in commands
    ]


APP = (KEYS, PRIMER, SAVE_VIEW, QUIT)
