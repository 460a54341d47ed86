from __future__ import annotations

import pytest

from grok_tui.chart.shape import LEAST_HEIGHT, LEAST_WIDTH, MOST_CHARTS, capacity, shape


@pytest.mark.parametrize(
    ("size", "fit"), [((80, 20), 4), ((120, 35), 6), ((200, 55), 6), ((60, 11), 1), ((1, 1), 1)]
)
def test_so_many_charts_fit(size: tuple[int, int], fit: int) -> None:
    assert capacity(*size) == fit


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [
        (1, (80, 20), (1, 1)),
        (4, (80, 20), (2, 2)),
        (4, (200, 55), (2, 2)),
        (6, (120, 35), (3, 2)),
        (3, (200, 30), (1, 3)),
        (5, (120, 35), (3, 2)),
        (0, (80, 20), (1, 1)),
    ],
)
def test_rows_and_columns(count: int, size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert shape(count, *size) == expected


@pytest.mark.parametrize("size", [(60, 12), (80, 20), (120, 35), (200, 55), (250, 75)])
def test_what_fits_has_room(size: tuple[int, int]) -> None:
    for count in range(1, capacity(*size) + 1):
        rows, columns = shape(count, *size)
        assert rows * columns >= count
        assert size[1] // rows >= LEAST_HEIGHT
        assert size[0] // columns >= LEAST_WIDTH or count == MOST_CHARTS
