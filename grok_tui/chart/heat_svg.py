"""Draws a table of coloured cells as vectors; each cell has its text too."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from grok_tui.analysis.phases import Learning
from grok_tui.chart.heat import Heat, HeatCell

CELL_HEIGHT, LEAST_WIDTH = 30, 52
"""Pixels of a cell."""
LETTER = 6.4
"""Width of a letter on average, in text of 11 pixels."""
HEAD, FOOT, EDGE = 66, 34, 14
STOPS = ("#00224E", "#35456C", "#666970", "#948E77", "#C8B866", "#FEE838")
"""Dark to light for all eyes, after cividis (doi 10.1371/journal.pone.0199239)."""
PHASES = {
    Learning.COMPREHENSION: "#A0DA39",
    Learning.GROKKING: "#FDE725",
    Learning.MEMORIZATION: "#9C8FC4",
    Learning.CONFUSION: "#C8C8C8",
}
EMPTY = "#F2F2F2"


def heat_svg(heat: Heat) -> str:
    """Return a diagram as the text of an SVG file."""
    left = EDGE + 10 + LETTER * max(map(len, (*heat.rows, heat.row_name)))
    texts = [cell.text for row in heat.cells for cell in row]
    wide = max(LEAST_WIDTH, 12 + LETTER * max(map(len, (*texts, *heat.columns))))
    width = left + max(wide * len(heat.columns), LETTER * len(heat.legend) - left) + 2 * EDGE
    height = HEAD + CELL_HEIGHT * len(heat.rows) + FOOT
    size = f"{width:.0f} {height:.0f}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
            f' viewBox="0 0 {size}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif"'
            ' font-size="11" fill="#222">',
            f"<title>{escape(heat.title)}</title>",
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
            _text(EDGE, 22, heat.title, ' font-size="14" font-weight="bold"'),
            *_heads(heat, left, wide),
            *_cells(heat, left, wide),
            _text(EDGE, height - 12, heat.legend),
            "</svg>",
            "",
        ]
    )


def _heads(heat: Heat, left: float, wide: float) -> Iterator[str]:
    if heat.row_name:
        yield _text(left - 8, 42, f"{heat.row_name} ↓", ' text-anchor="end" fill="#666"')
    yield _text(left, 42, f"{heat.column_name} →", ' fill="#666"')
    for number, name in enumerate(heat.columns):
        yield _text(left + (number + 0.5) * wide, HEAD - 8, name, ' text-anchor="middle"')
    for number, name in enumerate(heat.rows):
        y = HEAD + (number + 0.5) * CELL_HEIGHT + 4
        yield _text(left - 8, y, name, ' text-anchor="end"')


def _cells(heat: Heat, left: float, wide: float) -> Iterator[str]:
    for down, row in enumerate(heat.cells):
        for across, cell in enumerate(row):
            x, y = left + across * wide, HEAD + down * CELL_HEIGHT
            ground, ink = _colours(heat, cell)
            yield (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{CELL_HEIGHT}"'
                f' fill="{ground}" stroke="#fff"/>'
            )
            if cell.text:
                middle = f' text-anchor="middle" fill="{ink}"'
                yield _text(x + wide / 2, y + CELL_HEIGHT / 2 + 4, cell.text, middle)


def _colours(heat: Heat, cell: HeatCell) -> tuple[str, str]:
    """Return the colours of a cell and of its text."""
    if cell.phase is not None:
        return PHASES[cell.phase], "#222"
    if cell.value is None or heat.scale is None:
        return EMPTY, "#222"
    red, green, blue = colour_at(heat.scale.place(cell.value))
    is_light = 0.299 * red + 0.587 * green + 0.114 * blue > 115
    return f"#{red:02X}{green:02X}{blue:02X}", "#000" if is_light else "#FFF"


def colour_at(place: float) -> tuple[int, int, int]:
    """Return red, green and blue (0 to 255) of a place from 0 to 1 of the scale."""
    stretches = len(STOPS) - 1
    number = min(int(place * stretches), stretches - 1)
    share = place * stretches - number
    first, second = (
        tuple(int(stop[at : at + 2], 16) for at in (1, 3, 5)) for stop in STOPS[number : number + 2]
    )
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'
