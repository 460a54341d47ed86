"""The phases of a run, on the x axis of the charts above."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from grok_tui.analysis.phases import Phase, PhaseKind
from grok_tui.chart.axis import Axis
from grok_tui.chart.draw import MARGIN, column_of

# Of each, the longest text that fits is shown.
LABELS: dict[PhaseKind, tuple[str, ...]] = {
    PhaseKind.FITTING: ("fitting", "fit", "f"),
    PhaseKind.MEMORISED: ("memorised: test still behind", "memorised", "mem", "m"),
    PhaseKind.RISING: ("test is rising", "rising", "↗"),
    PhaseKind.GENERALISED: ("generalised", "gen", "g"),
    PhaseKind.COLLAPSED: ("collapsed", "lost", "x"),
}
GROKKING = ("⚑ grokking", "⚑ grok", "⚑")
"""What a rise is called once it was confirmed as a delayed one."""


class Ribbon(Widget):
    """One row: each phase from where it began to where it ended.

    | Component class | What it colours |
    |---|---|
    | `ribbon--fitting` … `ribbon--collapsed` | the phases |
    """

    COMPONENT_CLASSES = {f"ribbon--{kind}" for kind in PhaseKind}

    DEFAULT_CSS = """
    Ribbon {
        height: 1;
        .ribbon--fitting { background: $surface-lighten-1; color: $text; }
        .ribbon--memorised { background: $curve-train 30%; color: $text; }
        .ribbon--rising { background: $flag; color: $background; text-style: bold; }
        .ribbon--generalised { background: $curve-test 35%; color: $text; }
        .ribbon--collapsed { background: $surface-lighten-2; color: $text; text-style: reverse; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Make an empty ribbon."""
        super().__init__(id=id)
        self._phases: tuple[Phase, ...] = ()
        self._axis: Axis | None = None
        self._has_grokked = False

    def show(self, phases: Sequence[Phase], axis: Axis, *, has_grokked: bool) -> None:
        """Show phases on the axis that they are told in; `has_grokked` says what the rise was."""
        before = (self._stretches(), self._has_grokked)
        self._phases, self._axis, self._has_grokked = tuple(phases), axis, has_grokked
        if (self._stretches(), has_grokked) != before:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the row."""
        segments = [Segment(" " * MARGIN, self.rich_style)]
        for kind, width in self._stretches():
            style = self.get_component_rich_style(f"ribbon--{kind}")
            is_grokking = kind is PhaseKind.RISING and self._has_grokked
            labels = GROKKING if is_grokking else LABELS[kind]
            segments.append(Segment(_text(labels, width), style))
        blank = self.rich_style
        return Strip(segments).adjust_cell_length(self.size.width, blank).apply_style(blank)

    def _stretches(self) -> list[tuple[PhaseKind, int]]:
        """Return each phase that is wide enough to be seen, with its width in columns."""
        columns = self.size.width - MARGIN
        if self._axis is None or columns <= 0:
            return []
        found, used = [], 0
        for phase in self._phases:
            if phase.end <= self._axis.low or phase.start >= self._axis.high:
                continue  # beyond the window
            width = self._column(phase.end, columns) + 1 - used
            if width > 0:
                found.append((phase.kind, width))
                used += width
        return found

    def _column(self, step: float, columns: int) -> int:
        assert self._axis is not None
        place = self._axis.place(max(step, self._axis.low))
        column = column_of(min(max(place, 0.0), 1.0), columns)
        return column if column is not None else 0


def _text(labels: Sequence[str], width: int) -> str:
    """Return the longest label that fits in exactly `width` columns, its start marked."""
    if width == 1:
        return labels[-1]
    room = width - 1
    fitting = next((text for text in labels if cell_len(text) <= room), "")
    return f"▏{fitting}".ljust(width)[:width]
