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
    def in_palette(self) -> bool:
        """Whether it can be called by name; moves of a cursor, which have a distance, cannot."""
        return "(" not in self.action


QUIT = Command("app.quit", "q,ctrl+q", "q", "quit", "Leave the app. Runs go on without it.")
KEYS = Command(
    "app.show_keys", "question_mark,f1", "?", "help", "Show the keys and what words mean."
)

RUNS = (
    Command("open_run", "enter", "enter", "open", "Show the charts of the chosen run."),
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
        "newest",
        "Choose the newest run.",
        in_footer=False,
    ),
    Command(
        "edge(1)",
        "end,G",
        "end",
        "oldest",
        "Choose the oldest run.",
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
    Command("park", "p", "p", "park", "Save the run and end its process: frees memory and GPU."),
    Command("checkpoint", "c", "c", "save", "Save a checkpoint now, and go on."),
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
    Command("log_x", "l", "l", "log x", "Switch the step axis: logarithmic or linear."),
    Command(
        "next_measure",
        "m",
        "m",
        "next measure",
        "Show the next measure of complexity alone; ? explains it.",
        in_footer=False,
    ),
    Command(
        "measure_checkpoints",
        "M",
        "M",
        "measure",
        "Take the costly measures of its checkpoints, in the background.",
        in_footer=False,
    ),
    Command("back", "b,escape", "b", "runs", "Go back to the list of runs."),
)

APP = (KEYS, QUIT)


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
        )
        for command in commands
    ]
