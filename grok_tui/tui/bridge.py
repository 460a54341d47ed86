"""Where the app meets its threads: one reads runs, one draws charts, one sends commands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from textual.app import App
from textual.widget import Widget

from grok_tui.chart.raster import Raster
from grok_tui.chart.renderer import Renderer, Request
from grok_tui.chart.spec import ChartSpec
from grok_tui.errors import GrokTuiError
from grok_tui.launch.queue import queue_of, serve
from grok_tui.runs.record import State
from grok_tui.tui.messages import ChartDrawn, FeedChanged
from grok_tui.watch.feed import Feed
from grok_tui.watch.view import Snapshot


class Bridge:
    """Owns the threads. They post messages to the app; the app reads snapshots."""

    def __init__(self, app: App[None], root: Path, samples: Path | None, publish_hz: float) -> None:
        """Prepare the threads for the runs in `root`; see `Feed` for the arguments."""
        self._app = app
        self._renderer = Renderer()
        # A network file system may take its time; one thread keeps the order of the keys.
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sender")
        self._feed = Feed(root, samples=samples, on_change=self._on_change, publish_hz=publish_hz)

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._feed.latest

    def start(self) -> None:
        """Start both threads."""
        self._feed.start()
        self._renderer.start()

    def stop(self) -> None:
        """Stop both threads."""
        self._sender.shutdown(wait=False)
        self._feed.stop()
        self._renderer.stop()

    def focus(self, path: Path | None) -> None:
        """Follow this run most closely."""
        self._feed.focus(path)

    def do(
        self,
        job: Callable[[], object],
        failed: Callable[[Exception], None],
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Do something to a run, after what was asked before it.

        Args:
            job: what reaches for the disk or a process, and may take its time.
            failed: called from another thread when it cannot be done.
            done: called from another thread when it is.
        """

        def run() -> None:
            try:
                job()
            except (GrokTuiError, OSError) as error:
                failed(error)
            else:
                done()
            self._feed.refresh()

        self._sender.submit(run)

    def serve_queue(self) -> None:
        """See to it that runs which wait for their turn are served."""
        if any(run.status.state is State.QUEUED for run in self.snapshot.runs):
            self.do(lambda: serve(queue_of(self.snapshot.root)), failed=lambda _error: None)

    def draw(self, widget: Widget, key: str, spec: ChartSpec, width: int, height: int) -> None:
        """Have a chart drawn; the widget receives it as a `ChartDrawn` message."""

        def done(raster: Raster) -> None:
            widget.post_message(ChartDrawn(raster))

        self._renderer.submit(key, Request(spec, width, height, done))

    def _on_change(self) -> None:
        self._app.post_message(FeedChanged())
