"""The chart thread: draws what was asked for last, and tells when it is done.

Drawing takes 5 to 20 ms a chart, too long for the thread that answers keys.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from grok_tui.chart.draw import draw
from grok_tui.chart.raster import Raster, parse_ansi, to_raster
from grok_tui.chart.spec import ChartSpec


@dataclass(frozen=True, slots=True)
class Request:
    """A chart to draw, and whom to tell; called from the chart thread."""

    spec: ChartSpec
    width: int
    height: int
    done: Callable[[Raster], None]


class Renderer:
    """Draws charts one after the other; of several requests under one key only the last counts."""

    def __init__(self) -> None:
        self._requests: dict[str, Request] = {}
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="charts", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, key: str, request: Request) -> None:
        """Ask for a chart; one under the same key that was not begun yet is dropped."""
        with self._changed:
            self._requests[key] = request
            self._changed.notify()

    def stop(self) -> None:
        """Stop, and wait for a chart that is being drawn."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while (request := self._next()) is not None:
            request.done(_draw(request))

    def _next(self) -> Request | None:
        with self._changed:
            while not self._requests and not self._is_stopping:
                self._changed.wait()
            if self._is_stopping:
                return None
            return self._requests.pop(next(iter(self._requests)))


def _draw(request: Request) -> Raster:
    """Draw a chart; one that cannot be drawn says so, and the others are drawn all the same."""
    try:
        return draw(request.spec, request.width, request.height)
    except Exception as error:
        words = f" cannot be drawn: {type(error).__name__}"
        return to_raster(parse_ansi(words, request.width, request.height))
