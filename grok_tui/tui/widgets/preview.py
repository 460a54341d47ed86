"""What the chosen run looks like, below the list: two charts, the verdict and the note."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from grok_tui.analysis.series import Curve
from grok_tui.analysis.verdict import Verdict
from grok_tui.analysis.wording import sentence
from grok_tui.chart.panels import run_axis, run_panels
from grok_tui.tui.bridge import Bridge
from grok_tui.tui.widgets.chart_panel import ChartPanel
from grok_tui.tui.wording import why
from grok_tui.watch.view import RunView

CHARTS = ("accuracy", "complexity")


class Preview(Vertical):
    """Draws the charts of one run only, and only when they changed."""

    DEFAULT_CSS = """
    Preview {
        height: 15;
        Horizontal { height: 1fr; }
        ChartPanel { width: 1fr; }
        Static { height: 2; padding: 0 1; }
    }
    """

    def __init__(self, bridge: Bridge, *, id: str | None = None) -> None:
        """Make an empty preview; the bridge draws its charts."""
        super().__init__(id=id)
        self._bridge = bridge
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out sentence and charts."""
        yield Static()
        with Horizontal():
            for name in CHARTS:
                yield ChartPanel(id=f"preview-{name}")

    def show(self, run: RunView | None) -> None:
        """Show a run, or nothing."""
        self._tell(_sentence(run) if run is not None else "")
        curves, verdict = (run.curves, run.verdict) if run else (dict[str, Curve](), Verdict())
        shown = (curves, verdict, run and run.steps)
        if len(shown) == len(self._shown) and all(map(_is_same, shown, self._shown)):
            return
        self._shown = shown
        axis = run_axis(curves, log=True, planned=run.steps if run else None)
        for panel in run_panels(curves, verdict, axis):
            if panel.key in CHARTS:
                self.query_one(f"#preview-{panel.key}", ChartPanel).show(panel)

    def _tell(self, said: str) -> None:
        widget = self.query_one(Static)
        if Content(said) != widget.content:
            widget.update(Content(said), layout=False)

    @on(ChartPanel.DrawingWanted)
    def _draw(self, wanted: ChartPanel.DrawingWanted) -> None:
        wanted.stop()
        key = f"preview-{wanted.panel.key}"
        self._bridge.draw(wanted.widget, key, wanted.panel.spec, wanted.width, wanted.height)


def _is_same(new: object, old: object) -> bool:
    return new is old or (isinstance(new, int) and new == old)


def _sentence(run: RunView) -> str:
    name = f"{run.notes.name} ({run.id})" if run.notes.name else run.id
    parts = [
        why(run.status) if run.status.reason else "",
        f"skipped: {run.skipped}." if run.skipped and run.skipped != run.status.reason else "",
        "reading…"
        if run.is_loading
        else sentence(run.verdict, run.curves, is_live=run.status.is_live),
        f"Note: {run.notes.note}" if run.notes.note else "",
    ]
    return f"{name}: {' '.join(part for part in parts if part)}"
