"""The words of a comparison: legend, dates and settings, as styled lines."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from grok_tui.analysis.seeds import Dates
from grok_tui.analysis.wording import steps
from grok_tui.chart.axis import label
from grok_tui.chart.overlay import look
from grok_tui.text import safe
from grok_tui.tui.wording import OUTCOMES
from grok_tui.watch.comparison import Compared, differences

CENSORED = "›"
"""A run that had not grokked by then."""


def legend(compared: Sequence[Compared], left_out: dict[str, str], width: int) -> Content:
    """Return a line for each letter; a run that is not drawn says why."""
    lines = [_legend_line(number, each, left_out, width) for number, each in enumerate(compared)]
    return Content("\n").join(lines)


def said_of(each: Compared, left_out: dict[str, str]) -> str:
    """Return what a letter stands for, in one sentence."""
    reason = left_out.get(each.letter)
    return f"{each.letter} {each.label}: {f'not drawn, {reason}' if reason else _said(each)}"


def _legend_line(number: int, each: Compared, left_out: dict[str, str], width: int) -> Content:
    role, style = look(number)
    said = f"not drawn: {left_out[each.letter]}" if each.letter in left_out else _said(each)
    room = max(width - len(said) - 6, 8)
    name = each.label if len(each.label) <= room else f"{each.label[: room - 1]}…"
    return Content.assemble(
        (f"{each.letter} {style}{style}", f"$curve-{role}"),
        f" {safe(name).ljust(room)} {said}",
    )


def _said(each: Compared) -> str:
    if len(each.runs) > 1:  # how often they grok stands below
        lasts = [run.verdict.final_step or 0 for run in each.runs]
        whole = f", all to {steps(min(lasts))}" if min(lasts) < max(lasts) else ""
        return f"{len(each.runs)} seeds{whole}"
    run = each.runs[0]
    if run.is_loading:
        return "reading…"
    grok = run.verdict.grok
    at = f" {steps(grok.step)}" if grok else ""
    return f"{OUTCOMES[run.verdict.outcome]}{at}"


def dates_chart(compared: Sequence[Compared], width: int, *, letters: bool) -> Content:
    """Return the grok steps of each setting on one logarithmic axis, a row each."""
    found = [(each, each.dates) for each in compared]
    ends = [at for _, dates in found for at in (*dates.grokked, *dates.censored) if at > 0]
    if not ends:
        return Content("no run has a step yet")
    low = 10.0 ** math.floor(math.log10(min(ends)))
    high = 10.0 ** math.ceil(math.log10(max(max(ends), low * 1.01)))
    cells = max(width - 4, 12)
    ticks = f"    {label(low)}{label(high).rjust(cells - len(label(low)))}"
    lines = [Content(ticks)]
    for number, (each, dates) in enumerate(found):
        strip = dates_strip(dates, low, high, cells)
        mark = each.letter if letters else str(number + 1)
        lines.append(Content(f"{mark:<4}{strip}"))
    lines.append(Content(f"● grokked (a digit: so many), {CENSORED} not by then"))
    return Content("\n").join(lines)


def dates_strip(dates: Dates, low: float, high: float, cells: int) -> str:
    """Return dates as marks in so many cells of a logarithmic axis."""
    counts, ends = [0] * cells, set[int]()

    def cell(at: float) -> int:
        place = math.log(max(at, low) / low) / math.log(high / low)
        return min(int(place * cells), cells - 1)

    for at in dates.grokked:
        counts[cell(at)] += 1
    for at in dates.censored:
        ends.add(cell(at))
    marks = ["·" if n == 0 else "●" if n == 1 else str(n) if n < 10 else "#" for n in counts]
    for at_cell in ends:
        if counts[at_cell] == 0:
            marks[at_cell] = CENSORED
    return "".join(marks)


def settings_table(compared: Sequence[Compared]) -> Content:
    """Return the settings that differ, each with its values and the letters that have them."""
    found = differences(compared)
    if not found:
        return Content("all settings are the same")
    lines = []
    for key, values in found:
        parts = [f"{safe(text)} ({held})" for text, held in values]
        lines.append(Content(f"{safe(key)}  {'  '.join(parts)}"))
    return Content("\n").join(lines)


def dates_words(groups: Sequence[Compared], width: int, *, letters: bool) -> Content:
    """Return how often settings grok, and when.

    Args:
        groups: the runs of each setting.
        width: columns for each line.
        letters: whether the legend calls them by their letters; else they are called by name.
    """
    lines = []
    for number, each in enumerate(groups):
        dates = each.dates
        name = each.letter if letters else f"{number + 1} {each.label}"
        median = dates.median
        half = f", half by {steps(median)}" if median is not None else ""
        lines.append(Content(safe(name, width)))
        lines.append(Content(f"  {dates.words}{half}"))
    return Content("\n").join([*lines, dates_chart(groups, width, letters=letters)])
