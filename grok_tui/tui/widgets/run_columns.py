"""The columns of the list of runs: what each shows, how it sorts, and which fit a width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.cells import cell_len

from grok_tui.analysis.wording import score, steps, times
from grok_tui.chart.axis import label
from grok_tui.runs.record import State
from grok_tui.tui.phase_signs import phase_cells, phase_rank
from grok_tui.tui.wording import OUTCOMES, age, state_text
from grok_tui.watch.settings import MISSING, FlatSettings, value_text
from grok_tui.watch.view import RunView

GAP = 1
PHASE_CELLS = 8
ORDERLY = (State.STOPPED, State.PARKED)
"""States whose reason is only who asked for them."""
NAME_WIDTHS = (12, 20, 28)
"""Columns for the name: at least, before the first, and before the later settings."""
REASON_WIDTH = 60
"""Columns for a name and what is wrong with the run: they come before settings."""
WIDEST_SETTING, WIDEST_TAGS, WIDEST_PLACE = 12, 16, 16
STAR = "★"

SortKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list."""

    key: str
    heading: str
    width: int
    text: Callable[[RunView], str]
    value: Callable[[RunView], Any]
    """What it is sorted by; runs with nothing there come last."""
    on_right: bool = False
    is_largest_first: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What the list is sorted by; by default the newest run comes first."""

    column: Column | None = None
    is_reversed: bool = False

    @property
    def is_falling(self) -> bool:
        """Whether the largest comes first."""
        return self.column is not None and self.column.is_largest_first is not self.is_reversed

    def sorted(self, runs: Sequence[RunView]) -> list[RunView]:
        """Return runs, which come newest first, in this order."""
        if self.column is None:
            return list(reversed(runs)) if self.is_reversed else list(runs)
        value = self.column.value
        there: list[tuple[SortKey, RunView]] = []
        missing: list[RunView] = []
        for run in runs:
            found = value(run)
            if found is None or found != found:  # nothing, or not a number
                missing.append(run)
            else:
                there.append((_sort_key(found), run))
        there.sort(key=lambda pair: pair[0], reverse=self.is_falling)
        return [*(run for _, run in there), *missing]

    @property
    def words(self) -> str:
        """What is said about the order in the heading."""
        if self.column is None:
            return "oldest first" if self.is_reversed else "newest first"
        way = "falling" if self.is_falling else "rising"
        return f"by {self.column.heading.strip()}, {way}"


def _sort_key(value: Any) -> SortKey:
    """Return a key by which numbers come before texts: a setting may be either."""
    if isinstance(value, int | float):
        return (0, value)
    return (1, value if isinstance(value, str) else str(value))


def columns_for(
    runs: Sequence[RunView],
    settings: Sequence[Column],
    *,
    clock: Callable[[], float],
    host: str,
) -> list[Column]:
    """Return all columns that these runs can have, in the order in which they stand.

    Args:
        runs: the runs that are listed.
        settings: the columns of the settings in which they differ.
        clock: returns the time in seconds since the epoch.
        host: this machine, which need not be named.
    """

    def since(run: RunView) -> float | None:
        begun = run.ended if run.ended is not None else run.created
        return None if begun is None else clock() - begun

    def aged(run: RunView) -> str:
        seconds = since(run)
        return "" if seconds is None else age(seconds)

    def place(run: RunView) -> str:
        elsewhere = run.host if run.host and run.host != host else ""
        return f"{elsewhere} {run.device or ''}".strip()

    tags = Column("tags", "tags", 0, lambda run: " ".join(run.notes.tags), _tags)
    where = Column("where", "where", 0, place, lambda run: place(run) or None)
    return [
        *_FIRST,
        *settings,
        *_as_wide_as_needed(where, runs, WIDEST_PLACE),
        Column("age", "age", 3, aged, since, on_right=True),
        *_as_wide_as_needed(tags, runs, WIDEST_TAGS),
    ]


def fitting(
    columns: Sequence[Column], width: int, longest_name: int, longest_reason: int = 0
) -> list[Column]:
    """Return the columns that fit a width, the most important ones; the name takes what is left.

    Args:
        columns: all that there are, in their order.
        width: what there is for all of them.
        longest_name: columns of the longest name.
        longest_reason: columns of the longest name with what is wrong with the run.
    """
    names = [max(min(most, longest_name), NAME_WIDTHS[0]) for most in NAME_WIDTHS]
    reason = min(longest_reason, REASON_WIDTH)
    by_key = {column.key: column for column in columns}
    settings = [column.key for column in columns if column.key.startswith("=")]
    wishes: list[str | int] = [names[0], "run", "state", "mark", "verdict", "grok", "age"]
    wishes += ["test", "step", names[1], "train", "phases", "delay", reason, *settings[:1]]
    wishes += ["tags", names[2], *settings[1:3], "where", *settings[3:]]
    room, name, kept = width - GAP, 0, set[str]()
    for wish in wishes:
        if isinstance(wish, int):
            wider = min(max(wish, name), name + max(room, 0))
            room -= wider - name
            name = wider
        elif wish in by_key and (wish in _ALWAYS or by_key[wish].width + GAP <= room):
            kept.add(wish)
            room -= by_key[wish].width + GAP
    name = max(name + room, NAME_WIDTHS[0])
    return [
        replace(column, width=name) if column.key == "run" else column
        for column in columns
        if column.key in kept
    ]


_ALWAYS = ("run", "state", "verdict")


def name_text(run: RunView) -> str:
    """Return a run's name, and what is wrong with it."""
    problem = None if run.status.state in ORDERLY else run.status.reason
    if run.skipped:
        problem = f"skipped: {run.skipped}"
    return f"{run.shown_name}: {problem}" if problem else run.shown_name


def setting(key: str, name: str, values: Iterable[object], settings: FlatSettings) -> Column:
    """Return the column of a setting.

    Args:
        key: its dotted key.
        name: what stands above it.
        values: all values that it has.
        settings: looks it up.
    """
    widest = max((cell_len(value_text(value)) for value in values), default=0)

    def text(run: RunView) -> str:
        return value_text(settings.of(run).get(key, MISSING))

    return Column(
        key=f"={key}",
        heading=name,
        width=min(max(widest, cell_len(name)), WIDEST_SETTING),
        text=text,
        value=lambda run: settings.of(run).get(key),
        on_right=True,
    )


def _as_wide_as_needed(column: Column, runs: Sequence[RunView], most: int) -> list[Column]:
    """Return a column as wide as its texts, and none where there is no text."""
    widest = max((cell_len(column.text(run)) for run in runs), default=0)
    width = min(max(widest, cell_len(column.heading)), most)
    return [replace(column, width=width)] if widest else []


def _short(value: float | None) -> str:
    """Return a step number in at most six characters: a clipped one would be another number."""
    return steps(value) if value is None or value < 10_000 else label(value)


def _verdict(run: RunView) -> str:
    return "reading…" if run.is_loading else OUTCOMES[run.verdict.outcome]


def _grok(run: RunView) -> float | None:
    return run.verdict.grok.step if run.verdict.grok else None


def _delay(run: RunView) -> str:
    ratio = run.verdict.delay_ratio
    return "" if ratio is None else times(ratio) if ratio < 9999.5 else f"{label(ratio)}×"


def _tags(run: RunView) -> str | None:
    return " ".join(run.notes.tags) or None


def _train(run: RunView) -> float | None:
    return run.curve("train/accuracy").last


def _test(run: RunView) -> float | None:
    return run.curve("test/accuracy").last


_FIRST = (
    Column(
        "mark",
        "",
        1,
        lambda run: STAR if run.notes.star else "",
        lambda run: 0 if run.notes.star else 1,
    ),
    Column(
        "state",
        "state",
        12,
        lambda run: state_text(run.status.state),
        lambda r: str(r.status.state),
    ),
    Column("run", "run", 0, name_text, lambda run: run.shown_name.lower()),
    Column(
        "phases",
        "phases",
        PHASE_CELLS,
        lambda run: phase_cells(run.verdict, run.steps, PHASE_CELLS),
        lambda run: phase_rank(run.verdict),
    ),
    Column(
        "step",
        "step",
        11,
        lambda run: f"{_short(run.step)}/{_short(run.steps)}",
        lambda run: run.step,
        on_right=True,
        is_largest_first=True,
    ),
    Column("train", "train", 5, lambda r: score(_train(r)), _train, True, is_largest_first=True),
    Column("test", "test", 5, lambda r: score(_test(r)), _test, True, is_largest_first=True),
    Column("verdict", "verdict", 11, _verdict, lambda run: str(run.verdict.outcome)),
    Column("grok", "grok at", 7, lambda run: _short(_grok(run)), _grok, on_right=True),
    Column(
        "delay",
        "delay",
        6,
        _delay,
        lambda run: run.verdict.delay_ratio,
        on_right=True,
        is_largest_first=True,
    ),
)
