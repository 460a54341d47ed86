"""The chart thread: draws what was asked for last, and tells when it is done.

Drawing takes about 5 ms a chart, too long for the thread that answers keys. Most new rows change
no cell of it, so that a chart whose sketch is the same is not painted again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from grok_tui.chart.draw import Sketch, paint, sketch
from grok_tui.chart.raster import Raster, parse_ansi, to_raster
from grok_tui.chart.spec import ChartSpec


@dataclass(frozen=True, slots=True)
class Request:
    """A chart to draw, and whom to tell; called from the chart thread."""

    spec: ChartSpec
    width: int
    height: int
    done: Callable[[Raster], None]


Job = Callable[[], None]
"""What prepares charts, and tells of them itself; it must not fail."""


class Renderer:
    """Draws charts one after the other; of several requests under one key only the last counts."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        """Prepare to draw; see `draw` for the argument."""
        self._ascii_only = ascii_only
        self._requests: dict[str, Request | Job] = {}
        self._painted: dict[str, tuple[Sketch, Raster]] = {}
        """The newest chart of each key."""
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="charts", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, key: str, request: Request | Job) -> None:
        """Ask for a chart or a job; one under the same key that was not begun yet is dropped."""
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
        while (entry := self._next()) is not None:
            key, request = entry
            if isinstance(request, Request):
                request.done(self._drawn(key, request))
            else:
                request()

    def _next(self) -> tuple[str, Request | Job] | None:
        with self._changed:
            while not self._requests and not self._is_stopping:
                self._changed.wait()
            if self._is_stopping:
                return None
            key = next(iter(self._requests))
            return key, self._requests.pop(key)

    def _drawn(self, key: str, request: Request) -> Raster:
        """Draw a chart; one that cannot be drawn says so, and the others are drawn all the same."""
        width, height = request.width, request.height
        try:
            sketched = sketch(request.spec, width, height, ascii_only=self._ascii_only)
            if key not in self._painted or self._painted[key][0] != sketched:
                self._painted[key] = sketched, paint(sketched)
            return self._painted[key][1]
        except Exception as error:
            words = f" cannot be drawn: {type(error).__name__}"
            return to_raster(parse_ansi(words, width, height))
