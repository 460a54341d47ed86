"""Draws a figure as vectors: the same curves, axes and marks as on the screen, with crisp lines.

The text is the SVG of a file of its own; nothing outside is referred to.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from typing import TypeVar

import numpy as np

from grok_tui.analysis.phases import PhaseKind
from grok_tui.arrays import FloatArray
from grok_tui.chart.axis import Axis, label
from grok_tui.chart.entry import Entry
from grok_tui.chart.figure import Figure
from grok_tui.chart.geometry import apart
from grok_tui.chart.palette import Role
from grok_tui.chart.panels import Panel
from grok_tui.chart.spec import ChartSpec, Line, Style
from grok_tui.chart.trace import trace

Place = TypeVar("Place", float, FloatArray)

WIDTH, HEIGHT = 460, 250
"""Pixels of one chart with its title and labels; up to two stand side by side."""
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 40, 34
"""Margins of the axes in a chart."""
HEAD, RIBBON, LINE = 34, 22, 17
_EDGE = 10
_TICK_X, _TICK_Y = 62, 42
_LETTER, _SMALL_LETTER = 6.0, 5.6
"""Widths of a letter on average, in text of 11 and of 10 pixels."""
_CROSS = 3

INK = {
    Role.TRAIN: "#0072B2",
    Role.TEST: "#D55E00",
    Role.GAP: "#A0417A",
    Role.COMPLEXITY: "#00795A",
    Role.NORM: "#666666",
    Role.RANK: "#B08000",
    Role.FLAG: "#7A6400",
    Role.RAW: "#9A9A9A",
}
"""Dark enough for white paper, and told apart by colour-blind eyes (after Okabe and Ito)."""
_OTHER_INK = ("#0072B2", "#D55E00", "#009E73", "#A0417A", "#56B4E9", "#B08000", "#000000")
_DASHES = {Style.SOLID: "", Style.DOTTED: ' stroke-dasharray="4 3"'}
_PHASES = {
    PhaseKind.FITTING: ("#E4E4E4", "fitting"),
    PhaseKind.MEMORISED: ("#CFE3F3", "memorised"),
    PhaseKind.RISING: ("#F6E58D", "rising"),
    PhaseKind.GENERALISED: ("#FADFC6", "generalised"),
    PhaseKind.COLLAPSED: ("#BDBDBD", "collapsed"),
}


def svg(figure: Figure) -> str:
    """Return a figure as the text of an SVG file."""
    columns = 2 if len(figure.panels) > 1 else 1
    rows = -(-len(figure.panels) // columns)
    width = columns * WIDTH + 2 * _EDGE
    caption = textwrap.wrap(figure.caption, int((width - 2 * _EDGE) / _LETTER))
    ribbon_y = HEAD + rows * HEIGHT
    caption_y = ribbon_y + (RIBBON + 14 if figure.phases else 0) + 12
    height = caption_y + LINE * len(caption) + _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif"'
        ' font-size="11" fill="#222">',
        f"<title>{escape(figure.title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{_EDGE + 4}" y="22" font-size="14" font-weight="bold">'
        f"{escape(figure.title)}</text>",
    ]
    for number, panel in enumerate(figure.panels):
        row, column = divmod(number, columns)
        place = f"translate({_EDGE + column * WIDTH} {HEAD + row * HEIGHT})"
        parts += [f'<g transform="{place}">', *_panel(panel), "</g>"]
    for column in range(columns if figure.phases else 0):
        below = figure.panels[min((rows - 1) * columns + column, len(figure.panels) - 1)]
        place = f"translate({_EDGE + column * WIDTH} {ribbon_y})"
        parts += [f'<g transform="{place}">', *_ribbon(figure, below.spec.x), "</g>"]
    for number, text in enumerate(caption):
        parts.append(f'<text x="{_EDGE + 4}" y="{caption_y + number * LINE}">{escape(text)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel) -> Iterator[str]:
    spec = panel.spec
    yield from _legend(panel)
    yield from _axes(spec.x, spec.y)
    for place in spec.restarts:
        yield from _restart(place, spec.x)
    for line in (*spec.left, *spec.lines):
        yield from _curve(line, spec)
    for step in spec.flags:
        yield from _flag(step, spec.x)


def _legend(panel: Panel) -> Iterator[str]:
    """Yield the title and each curve's name with a bit of its line, as far as there is room."""
    yield f'<text x="{LEFT}" y="16" font-weight="bold">{escape(panel.title)}</text>'
    x = LEFT + len(panel.title) * (_LETTER + 1.4) + 10
    for entry in panel.legend:
        words = f"{entry.name} {entry.value}"
        end = x + 24 + len(words) * _SMALL_LETTER
        if end > WIDTH:
            return
        yield from _sample(entry, x)
        yield f'<text x="{x + 21:.1f}" y="16" font-size="10">{escape(words)}</text>'
        x = end + 8


def _sample(entry: Entry, x: float) -> Iterator[str]:
    ink = _ink(entry.role)
    if entry.style is Style.CROSSES:
        yield _crosses(np.array([x + 9]), np.array([12.5]), ink)
    else:
        yield (
            f'<path d="M{x:.1f} 12.5h18" stroke="{ink}" stroke-width="1.8" fill="none"'
            f"{_DASHES.get(entry.style, '')}/>"
        )


def _axes(x: Axis, y: Axis) -> Iterator[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for place, text in y.ticks((bottom - TOP) // _TICK_Y + 1):
        at = _y(place)
        yield f'<path d="M{LEFT} {at:.1f}H{right}" stroke="#e8e8e8"/>'
        yield (
            f'<text x="{LEFT - 6}" y="{at + 3.5:.1f}" text-anchor="end" font-size="10">'
            f"{escape(text)}</text>"
        )
    for place, text in x.ticks((right - LEFT) // _TICK_X):
        at = _x(place)
        yield f'<path d="M{at:.1f} {bottom}v4" stroke="#222"/>'
        yield (
            f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle" font-size="10">'
            f"{escape(text)}</text>"
        )
    yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" stroke="#222" fill="none"/>'


def _curve(line: Line, spec: ChartSpec) -> Iterator[str]:
    columns = WIDTH - RIGHT - LEFT
    if line.raw is not None:
        at_x, at_y = trace(spec, line.raw, columns)
        yield (
            f'<path d="{_path(_x(at_x), _y(at_y))}" stroke="{_ink(line.role)}" stroke-width="1"'
            ' opacity="0.3" fill="none"/>'
        )
    at_x, at_y = trace(spec, line.curve, columns)
    if line.style is Style.CROSSES:
        at_x, at_y = apart(at_x, at_y, columns, 12)
        yield _crosses(_x(at_x), _y(at_y), _ink(line.role))
    elif len(at_x):
        yield (
            f'<path d="{_path(_x(at_x), _y(at_y))}" stroke="{_ink(line.role)}" stroke-width="1.6"'
            f' stroke-linejoin="round" fill="none"{_DASHES.get(line.style, "")}/>'
        )


def _path(x: FloatArray, y: FloatArray) -> str:
    """Return the corners of a line; not-a-number interrupts it.

    Pieces that begin where the one before ended are joined, so that dashes run on through them.
    """
    words: list[str] = []
    end, is_broken = "", True
    for each_x, each_y in zip(x, y, strict=True):
        if np.isnan(each_x) or np.isnan(each_y):
            is_broken = True
            continue
        corner = f"{each_x:.1f} {each_y:.1f}"
        if corner != end:
            words.append(f"{'M' if is_broken else 'L'}{corner}")
        end, is_broken = corner, False
    return "".join(words)


def _crosses(x: FloatArray, y: FloatArray, ink: str) -> str:
    size, back = _CROSS, 2 * _CROSS
    corners = "".join(
        f"M{each_x - size:.1f} {each_y - size:.1f}l{back} {back}m0 {-back}l{-back} {back}"
        for each_x, each_y in zip(x, y, strict=True)
    )
    return f'<path d="{corners}" stroke="{ink}" stroke-width="1.2" fill="none"/>'


def _flag(step: float, axis: Axis) -> Iterator[str]:
    """Yield a vertical line with a flag on top, and the step beside it."""
    place = axis.place(step)
    if not 0 <= place <= 1:
        return
    x, ink = _x(place), INK[Role.FLAG]
    yield f'<path d="M{x:.1f} {TOP - 14}V{HEIGHT - BOTTOM}" stroke="{ink}" stroke-dasharray="2 3"/>'
    yield f'<path d="M{x:.1f} {TOP - 15}v9l9 -4.5z" fill="{ink}"/>'
    yield (
        f'<text x="{x + 11:.1f}" y="{TOP - 6}" font-size="10" fill="{ink}">'
        f"{escape(label(step) if step >= 10_000 else f'{step:.0f}')}</text>"
    )


def _restart(step: float, axis: Axis) -> Iterator[str]:
    """Yield a vertical line where another process took over, told apart from a flag by its sign."""
    place = axis.place(step)
    if not 0 <= place <= 1:
        return
    x, ink, bottom = _x(place), INK[Role.RAW], HEIGHT - BOTTOM
    yield f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="{ink}" stroke-dasharray="6 4"/>'
    yield f'<text x="{x:.1f}" y="{bottom - 3}" text-anchor="middle" font-size="10">↻</text>'


def _ribbon(figure: Figure, axis: Axis) -> Iterator[str]:
    yield (
        f'<text x="{WIDTH - RIGHT}" y="-2" text-anchor="end" font-size="10">'
        f"step{' (logarithmic)' if axis.scale == 'log' else ''}</text>"
    )
    for phase in figure.phases:
        start, end = (_inside(axis, step) for step in (phase.start, phase.end))
        width = _x(end) - _x(start)
        if width <= 0:
            continue
        colour, name = _PHASES[phase.kind]
        if phase.kind is PhaseKind.RISING and figure.has_grokked:
            name = "grokking"
        yield (
            f'<rect x="{_x(start):.1f}" y="4" width="{width:.1f}" height="{RIBBON - 4}"'
            f' fill="{colour}"/>'
        )
        if len(name) * _SMALL_LETTER + 6 <= width:
            yield f'<text x="{_x(start) + 4:.1f}" y="17" font-size="10">{name}</text>'


def _inside(axis: Axis, step: float) -> float:
    return min(max(axis.place(max(step, axis.low)), 0.0), 1.0)


def _x(place: Place) -> Place:
    return LEFT + place * (WIDTH - RIGHT - LEFT)


def _y(place: Place) -> Place:
    return HEIGHT - BOTTOM - place * (HEIGHT - BOTTOM - TOP)


def _ink(role: Role) -> str:
    """Return a role's colour; one that was never chosen follows from its place among the roles."""
    return INK.get(role) or _OTHER_INK[list(Role).index(role) % len(_OTHER_INK)]
