"""DVCLive: a folder with a TSV file for each metric."""

from __future__ import annotations

import math
from pathlib import Path

from grok_tui.logs.formats import Folder, Found, LogRef
from grok_tui.logs.metric_files import MetricFilesSource, Point, files_below

_METRICS = Path("plots", "metrics")
_SUFFIX = ".tsv"
_OTHER_FILES = frozenset({"metrics.json", "params.yaml", "dvc.yaml", "report.html", "report.md"})


class DvcliveFormat:
    """One log a folder that DVCLive was told to write to."""

    name = "dvclive"
    title = "DVCLive"

    def find(self, folder: Folder) -> Found:
        """Return the run in a folder, if it has DVCLive's folder of plots of metrics."""
        metrics = folder.path / _METRICS
        if "plots" not in folder.folders or metrics.is_symlink() or not metrics.is_dir():
            return Found()
        if next(files_below(metrics, _SUFFIX), None) is None:
            return Found()
        log = LogRef(folder.path, self.name)
        return Found((log,), folder.files & _OTHER_FILES, frozenset({"plots"}))

    def logs_in(self, path: Path) -> tuple[LogRef, ...]:  # noqa: ARG002
        """Return nothing: a single file is a plain table."""
        return ()

    def open(self, log: LogRef, *, complete: bool = False) -> MetricFilesSource:  # noqa: ARG002
        """Return the reader of a run."""
        return MetricFilesSource(log.path / _METRICS, _parse, suffix=_SUFFIX)


def _parse(line: bytes) -> Point | None:
    """Read `step value`, with the time in milliseconds before it where that was asked for."""
    *before, at, text = line.rstrip(b"\r").split(b"\t")
    step = float(int(at))
    time = int(before[-1]) / 1000 if before else math.nan
    try:
        value = float(text)
    except ValueError:  # a text that was logged as a metric
        return None
    return Point(step, step, time, value)


FORMAT = DvcliveFormat()
