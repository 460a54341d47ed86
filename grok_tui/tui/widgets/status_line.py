"""The first line of a run's screen: which run, its state, and how fast it goes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.analysis.wording import losses, steps
from grok_tui.chart.axis import label
from grok_tui.logs.columns import Meaning
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.tui.wording import duration, state_text
from grok_tui.watch.view import RunView

SHOWN_AS_STATE = ("pause", "resume", "stop", "park")
"""Commands whose way to the run shows as a state."""


class StatusLine(Widget):
    """One row; numbers are left out where room is short, and only the name is cut.

    | Component class | What it colours |
    |---|---|
    | `status--name` | the run's name |
    | `status--live`, `status--waiting`, `status--bad` | its state |
    """

    COMPONENT_CLASSES = {"status--name", "status--live", "status--waiting", "status--bad"}

    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        background: $panel;
        .status--name { color: $text; text-style: bold; background: $panel; }
        .status--live { color: $text-success; background: $panel; }
        .status--waiting { color: $text-warning; background: $panel; }
        .status--bad { color: $text-error; text-style: bold; background: $panel; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty line."""
        super().__init__(id=id)
        self._title: tuple[str, ...] = ()
        self._state: State | None = None
        self._state_text = ""
        self._numbers: tuple[str, ...] = ()

    def show(self, run: RunView, said: Sequence[str] = ()) -> None:
        """Show a run; paints only when something changed.

        Args:
            run: the run.
            said: what else is to be said, before all numbers.
        """
        numbers = (*said, *_numbers(run))
        shown = (_title(run), run.status.state, state_text(run.status.state), numbers)
        if shown != (self._title, self._state, self._state_text, self._numbers):
            self._title, self._state, self._state_text, self._numbers = shown
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the row."""
        plain, width = self.rich_style, self.size.width
        taken = sum(map(cell_len, self._title[:1])) + cell_len(self._state_text)
        numbers = _fitting(self._numbers, width - taken - 5, "  ")  # the run's name comes first
        room = max(width - cell_len(f"{self._state_text}  {numbers} ") - 1, 0)
        name = _fitting(self._title, room - 1, " · ") or "".join(self._title[:1])
        title = Strip([Segment(f" {name}", self.get_component_rich_style("status--name"))])
        segments = [
            *title.adjust_cell_length(room, plain),
            Segment(" ", plain),
            Segment(self._state_text, self.get_component_rich_style(self._state_class())),
            Segment(f"  {numbers} ", plain),
        ]
        return Strip(segments).adjust_cell_length(width, plain).apply_style(plain)

    def _state_class(self) -> str:
        if self._state in (State.RUNNING, State.FINISHED):
            return "status--live"
        bad = (State.CRASHED, State.LOST, State.STALE, State.UNREADABLE)
        return "status--bad" if self._state in bad else "status--waiting"


def _title(run: RunView) -> tuple[str, ...]:
    parts = [run.shown_name]
    if run.seed is not None:
        parts.append(f"seed {run.seed}")
    if run.device:
        parts.append(run.device)
    if run.shown_name != run.id:
        parts.append(run.id)
    if run.parent:
        parts.append(f"fork of {run.parent}")
    if run.log:
        parts.append(safe(run.log.name))
    if run.is_sample:
        parts.append("sample")
    return tuple(parts)


def _fitting(parts: Sequence[str], room: int, gap: str) -> str:
    """Return the first parts that fit as a whole: half a number would be another number."""
    text = ""
    for part in parts:
        longer = f"{text}{gap}{part}" if text else part
        if cell_len(longer) > room:
            break
        text = longer
    return text


def _numbers(run: RunView) -> tuple[str, ...]:
    """Return what is known in numbers, the most important first."""
    parts = [f"{steps(run.step)}/{steps(run.steps)}", *losses(run.lost_rows, run.bad_lines)]
    if any(verb not in SHOWN_AS_STATE for verb in run.pending):
        parts.append(f"sent: {', '.join(dict.fromkeys(run.pending))}")
    if run.meaning is not None:
        parts += _meanings(run.meaning)
    if run.steps_per_s and run.status.state is State.RUNNING:
        parts.append(f"{label(run.steps_per_s)} it/s")
    if run.trained_s is not None:
        parts.append(duration(run.trained_s))
    if run.eta_s is not None:
        parts.append(f"eta {duration(run.eta_s)}")
    parts += [f"{_size(size)}{what}" for size, what in _memory(run) if size]
    if run.saved_step is not None and run.status.state is not State.FINISHED:
        parts.append(f"saved {steps(run.saved_step)}")
    return tuple(parts)


def _meanings(meaning: Meaning) -> list[str]:
    """Return what was taken for train and test, of metrics that are called otherwise."""
    taken = {role: name for role, name in meaning.metrics.items() if role != name}
    return [f"{role} = {safe(name, 40)}" for role, name in taken.items()]


def _memory(run: RunView) -> tuple[tuple[int | None, str], ...]:
    if not run.status.is_live:
        return ()
    return (run.memory_bytes, ""), (run.gpu_memory_bytes, " GPU")


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
