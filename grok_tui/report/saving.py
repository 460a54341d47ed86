"""Saves what a screen shows; the ending of the file's name says as what."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grok_tui.analysis.phases import phases
from grok_tui.analysis.series import Curve
from grok_tui.analysis.wording import sentence
from grok_tui.chart.figure import Figure
from grok_tui.chart.heat import Heat
from grok_tui.chart.panels import Panel, run_axis, run_panels
from grok_tui.chart.png import png, why_no_png
from grok_tui.errors import UsageError
from grok_tui.text import safe
from grok_tui.watch.sweeps import SweepView
from grok_tui.watch.view import RunView

ENDINGS = (".svg", ".png", ".csv", ".md", ".html")
_OF_ONE_RUN = (".md", ".html")


@dataclass(frozen=True, slots=True)
class View:
    """What can be saved of a screen."""

    name: str
    """What a file is called at first, without its ending."""
    figure: Figure | Heat
    numbers: Callable[[], str]
    """Returns a table as CSV."""
    run: RunView | None = None
    """The run that a report can be written of."""


def run_view(run: RunView, *, panels: Sequence[Panel] = ()) -> View:
    """Return what can be saved of one run, with the charts that are shown, or its main four."""
    axis = run_axis(run.curves, log=True, planned=run.steps)
    seed = f" · seed {run.seed}" if run.seed is not None else ""
    figure = Figure(
        title=f"{run.shown_name}{seed}",
        panels=tuple(panels or run_panels(run.curves, run.verdict, axis)),
        caption=sentence(run.verdict, run.curves, is_live=run.status.is_live),
        phases=tuple(phases(run.verdict)),
        has_grokked=run.verdict.grok is not None,
    )
    return View(run.path.name, figure, lambda: table(run.curves), run)


def sweep_view(sweep: SweepView, figure: Figure | Heat) -> View:
    """Return what can be saved of a sweep: a picture, and the numbers of all its cells."""
    return View(sweep.record.name, figure, lambda: cell_table(sweep))


def problem(view: View, path: Path) -> str | None:
    """Return why a view cannot be saved there, or nothing."""
    if path.suffix not in ENDINGS:
        return f"the name should end with one of {' '.join(ENDINGS)}"
    if path.suffix in _OF_ONE_RUN and view.run is None:
        return "a report is of one run; .svg, .png and .csv are of what is shown here"
    if path.suffix == ".png" and (missing := why_no_png()):
        return missing
    if not path.parent.is_dir():
        return f"there is no folder {safe(path.parent)}"
    return f"{safe(path)} is there already" if os.path.lexists(path) else None


def save(view: View, path: Path) -> None:
    """Write a view into a new file.

    Raises:
        UsageError: it cannot be saved under this name; what is there already stays as it is.
        OSError: the file cannot be written.
    """
    wrong = problem(view, path)
    if wrong:
        raise UsageError(wrong)
    _write_new(path, _content(view, path.suffix))


def _content(view: View, ending: str) -> bytes:
    # Every screen knows what could be saved of it, and hardly any is: these cost the app its start.
    from grok_tui.report.document import markdown, page

    if ending == ".csv":
        return view.numbers().encode()
    if ending == ".png":
        return png(_picture(view.figure))
    if view.run is not None and ending == ".md":
        return markdown(view.run).encode()
    if view.run is not None and ending == ".html":
        return page(view.run, _picture(view.figure)).encode()
    return _picture(view.figure).encode()


def _picture(figure: Figure | Heat) -> str:
    from grok_tui.chart.heat_svg import heat_svg
    from grok_tui.chart.svg import svg

    return heat_svg(figure) if isinstance(figure, Heat) else svg(figure)


def table(curves: Mapping[str, Curve]) -> str:
    """Return curves as CSV, a row a step; where a curve has no value the cell is empty."""
    names = sorted(curves)
    every = np.unique(np.concatenate([np.empty(0), *(curves[name].steps for name in names)]))
    columns = []
    for name in names:
        cells = [""] * len(every)
        places = np.searchsorted(every, curves[name].steps)
        for place, value in zip(places, curves[name].values, strict=True):
            cells[place] = f"{value:.9g}"
        columns.append(cells)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["step", *map(safe, names)])
    writer.writerows(zip((f"{step:.15g}" for step in every), *columns, strict=True))
    return out.getvalue()


def cell_table(sweep: SweepView) -> str:
    """Return the cells of a sweep as CSV, a row each."""
    from grok_tui.report.plain_sweep import cell_rows

    out = io.StringIO()
    rows = list(cell_rows(sweep))
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _plain(value: object) -> object:
    return safe(value) if isinstance(value, str) else value


def _write_new(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        try:
            file.write(data)
            file.flush()
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()  # half a file is none
            raise
