"""Starts what a draft asks for: a run, several, or a sweep; here or by Slurm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tomli_w

from grok_tui import paths
from grok_tui.config.slurm import SlurmOptions, slurm_options
from grok_tui.files import write_atomic
from grok_tui.launch.several import start_all
from grok_tui.launch.slurm import need_slurm, submit
from grok_tui.launch.sweep import start_sweep
from grok_tui.settings import read_settings
from grok_tui.tui.draft import QUEUE, SLURM, SWEEP_FILE, Draft


@dataclass(frozen=True, slots=True)
class Begun:
    """What was started."""

    said: str
    run: Path | None = None
    """The run, if it is one alone."""
    sweep: Path | None = None
    """The folder of the sweep, if it is one."""


def begin(draft: Draft, root: Path) -> Begun:
    """Make the runs of a draft in the folder of all runs, and start them.

    Raises:
        GrokTuiError: they cannot be made or started here.
        OSError: a folder cannot be written.
    """
    if draft.axes:
        return _begin_sweep(draft, root)
    if draft.launcher == SLURM:
        options = _slurm()
        need_slurm()
        (asked,) = draft.requests()
        run = asked.create(root)
        job = submit([[run]], run.root, options)
        return Begun(f"{run.root.name} is job {job}", run=run.root)
    started = start_all(draft.requests(), root, wait_for_place=draft.launcher == QUEUE)
    names = started.runs[0].root.name
    if len(started.runs) > 1:
        names += f" to {started.runs[-1].root.name}"
    what = "queued" if started.waiting else "starting"
    reason = f": {started.reason}" if started.reason else ""
    only = started.runs[0].root if len(started.runs) == 1 else None
    return Begun(f"{names} {what}{reason}", run=only)


def _begin_sweep(draft: Draft, root: Path) -> Begun:
    sweep = draft.sweep()
    started = start_sweep(sweep, root, slurm=_slurm() if draft.launcher == SLURM else None)
    write_atomic(started.root / SWEEP_FILE, tomli_w.dumps(draft.sweep_tree()).encode())
    runs = started.fresh + started.resumed
    return Begun(f"{sweep.name}: {runs} runs queued", sweep=started.root)


def _slurm() -> SlurmOptions:
    """Return what Slurm is asked for by the settings; raises UsageError where they are wrong."""
    return slurm_options(read_settings(paths.config_file())[0].slurm)
