"""What was measured of a run's checkpoints, and what is still to be: a writer beside the trainer.

Each measure of each checkpoint is a row of its own, so that what is done is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grok_tui.errors import UsageError, unknown
from grok_tui.logs.numbers import LARGEST_STEP
from grok_tui.runs import checkpoints
from grok_tui.runs.checkpoints import Manifest
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.reader import read_columns
from grok_tui.runs.writer import MetricsWriter

WRITER = "measure"
COLUMNS: Mapping[str, str] = {
    "mdl": "complexity/description_bytes",
    "mdl-authors": "complexity/author_bytes",
    "lc": "complexity/lc_train",
    "robustness": "robustness/accuracy@0.06",
    "llc": "complexity/llc",
    "hessian": "complexity/hessian_trace",
    "alpha": "complexity/tail_alpha",
    "fourier": "complexity/restricted_loss",
}
"""The measures by their names on the command line, and a column that each of them writes."""
DEFAULT = tuple(name for name in COLUMNS if name != "mdl-authors")


@dataclass(frozen=True, slots=True)
class Due:
    """A checkpoint and what is to be measured of it."""

    manifest: Manifest
    names: tuple[str, ...]


def chosen(names: str | None) -> tuple[str, ...]:
    """Return the measures of a list with commas, or those that are taken if none are named.

    Raises:
        UsageError: there is no measure of a name.
    """
    if names is None:
        return DEFAULT
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in COLUMNS:
            raise unknown("measure", name, COLUMNS)
    return tuple(dict.fromkeys(wanted))


def checkpoints_of(paths: RunPaths, every: int = 1) -> list[Manifest]:
    """Return the checkpoints of steps that are multiples of `every`, the oldest first.

    Raises:
        UsageError: there are none; the message says how to get some.
    """
    found = checkpoints.manifests(paths)[::-1]
    if not found:
        raise UsageError(
            f"{paths.root.name} has no checkpoints to measure; a run keeps them for good with"
            " checkpoint.every=N checkpoint.keep_every=N"
        )
    picked = [manifest for manifest in found if manifest.step % every == 0]
    if not picked:
        steps = ", ".join(str(manifest.step) for manifest in found[:10])
        raise UsageError(
            f"--every: no checkpoint's step is a multiple of {every}; there are {steps}"
        )
    return picked


def due(paths: RunPaths, found: Sequence[Manifest], names: Sequence[str]) -> list[Due]:
    """Return what is not measured yet; a checkpoint that was taken anew since then counts as new.

    Raises:
        OSError: the run directory cannot be read.
    """
    measured = _measured(paths)
    wanted = [
        Due(
            manifest, tuple(n for n in names if measured.get((n, manifest.step), 0) < manifest.time)
        )
        for manifest in found
    ]
    return [each for each in wanted if each.names]


def _measured(paths: RunPaths) -> dict[tuple[str, float], float]:
    """Return when each measure was taken last, by its name and the step."""
    columns = read_columns(paths)
    return {
        (name, step): time
        for name, column in COLUMNS.items()
        if column in columns
        for step, time in zip(
            columns[column].steps.tolist(), columns[column].times.tolist(), strict=True
        )
    }


def open_writer(paths: RunPaths) -> MetricsWriter:
    """Return what writes the next rows, into a file of its own; older rows stay valid.

    Raises:
        OSError: the file cannot be made.
    """
    sessions = [session for writer, session, _ in paths.metrics_files() if writer == WRITER]
    session = max(sessions, default=0) + 1
    return MetricsWriter(paths, writer=WRITER, session=session, resume_step=int(LARGEST_STEP))
