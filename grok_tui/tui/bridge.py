"""Where the app meets its threads: one reads runs, one draws charts, one sends commands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget

from grok_tui.chart.board import Board, Choices, Source, build
from grok_tui.chart.raster import Raster
from grok_tui.chart.renderer import Renderer, Request
from grok_tui.chart.spec import ChartSpec
from grok_tui.errors import GrokTuiError, no_text
from grok_tui.launch.queue import queue_of, serve
from grok_tui.runs.record import State
from grok_tui.text import safe
from grok_tui.tui.messages import BoardBuilt, ChartDrawn, FeedChanged
from grok_tui.watch.feed import Feed
from grok_tui.watch.view import Snapshot


class Bridge:
    """Owns the threads. They post messages to the app; the app reads snapshots."""

    def __init__(
        self,
        app: App[None],
        roots: Sequence[Path],
        samples: Path | None,
        publish_hz: float,
        *,
        ascii_only: bool = False,
        usual_charts: Sequence[str] = (),
    ) -> None:
        """Prepare the threads for the runs in `roots`; see `Feed` and `draw` for the arguments."""
        self.usual_charts = tuple(usual_charts)
        """Metrics or charts that a run's screen shows where nobody picked others."""
        self._app = app
        self._renderer = Renderer(ascii_only=ascii_only)
        # A network file system may take its time; one thread keeps the order of the keys.
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sender")
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._feed = Feed(roots, samples=samples, on_change=self._on_change, publish_hz=publish_hz)

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
        self._reader.shutdown(wait=False, cancel_futures=True)
        self._feed.stop()
        self._renderer.stop()

    def focus(self, path: Path | None) -> None:
        """Follow this run most closely."""
        self._feed.focus(path)

    def keep(self, paths: Collection[Path]) -> None:
        """Have the whole curves of these runs, also of those that ended long ago."""
        self._feed.keep(paths)

    def do(
        self,
        job: Callable[[], object],
        failed: Callable[[Exception], None],
        done: Callable[[], None] = lambda: None,
        paths: Sequence[Path] = (),
    ) -> None:
        """Do something to a run, after what was asked before it.

        Args:
            job: what reaches for the disk or a process, and may take its time.
            failed: called from another thread when it cannot be done.
            done: called from another thread when it is.
            paths: the runs that it changes; the one in focus is looked at in any case.
        """

        def run() -> None:
            try:
                job()
            except (GrokTuiError, OSError) as error:
                failed(error)
            except UnicodeEncodeError as error:
                failed(no_text(error))
            else:
                done()
            self._feed.refresh(paths)

        self._sender.submit(run)

    def serve_queue(self) -> None:
        """See to it that runs which wait for their turn are served; a sweep has its own queue."""
        waiting = [run for run in self.snapshot.runs if run.status.state is State.QUEUED]
        for folder in {run.path.parent for run in waiting if run.job is None}:
            self.do(partial(serve, queue_of(folder)), failed=lambda _error: None)

    def draw(self, widget: Widget, key: str, spec: ChartSpec, width: int, height: int) -> None:
        """Have a chart drawn; the widget receives it as a `ChartDrawn` message."""

        def done(raster: Raster) -> None:
            widget.post_message(ChartDrawn(raster))

        self._renderer.submit(key, Request(spec, width, height, done))

    def build(
        self, widget: MessagePump, source: Source, choices: Choices, before: Board | None
    ) -> None:
        """Have the charts of a screen prepared; it receives them as a `BoardBuilt` message."""

        def job() -> None:
            try:
                message = BoardBuilt(choices, build(source, choices, before))
            except Exception as error:  # the thread goes on to draw what it can
                message = BoardBuilt(choices, None, safe(f"{type(error).__name__}: {error}"))
            widget.post_message(message)

        self._renderer.submit("board", job)

    def read(self, job: Callable[[], Message], widget: MessagePump) -> None:
        """Read files that may take their time; the widget receives what the job returns."""
        self._reader.submit(lambda: widget.post_message(job()))

    def _on_change(self) -> None:
        self._app.post_message(FeedChanged())
