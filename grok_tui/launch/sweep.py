"""Starts sweeps, and lets those that were interrupted go on."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grok_tui.config import Cell, Sweep, why_not_together, with_absolute_data
from grok_tui.config.compiler import why_no_compiler
from grok_tui.config.custom import why_no_function
from grok_tui.config.slurm import SlurmOptions
from grok_tui.data.check import why_no_data
from grok_tui.errors import UsageError
from grok_tui.launch.local import create_run
from grok_tui.launch.queue import enqueue_all, queue_of, serve
from grok_tui.launch.slots import change_numbers, why_not_here
from grok_tui.launch.slurm import is_known, need_slurm, submit
from grok_tui.runs import spool
from grok_tui.runs.host import this_host
from grok_tui.runs.layout import RunPaths, is_run
from grok_tui.runs.lock import is_held
from grok_tui.runs.record import State, read_record
from grok_tui.runs.slurm import read_job
from grok_tui.runs.status import Status, status
from grok_tui.runs.sweep import (
    SweepAxis,
    SweepPaths,
    SweepRecord,
    is_sweep,
    read_sweep,
    write_sweep,
)


@dataclass(frozen=True, slots=True)
class Started:
    """What starting a sweep came to, in numbers of runs."""

    root: Path
    fresh: int = 0
    resumed: int = 0
    done: int = 0
    failed: int = 0
    """Runs that crashed and are left as they are."""
    waiting: int = 0
    """Runs that are trained or queued already."""


def start_sweep(
    sweep: Sweep,
    root: Path,
    *,
    jobs: int | None = None,
    retry: bool = False,
    slurm: SlurmOptions | None = None,
) -> Started:
    """Start a sweep, or let it go on where it is there already.

    Runs that are done stay as they are. The seeds of a cell share a process where they can.

    Args:
        sweep: what is asked for.
        root: the folder of runs, in which the sweep's folder lies or is made.
        jobs: how many processes train at once; as many as there are GPUs or cores if not given.
        retry: whether runs that crashed begin again from their newest checkpoints.
        slurm: what Slurm is asked for, where it is to train them; else this machine does.

    Raises:
        UsageError: another sweep has this name, or a setting cannot be had on this machine.
    """
    paths = SweepPaths(root.absolute() / sweep.name)
    if slurm is None:
        _need_machine(sweep)
    else:
        need_slurm()
    _write_or_compare(paths, sweep)
    counts = dict.fromkeys(("fresh", "resumed", "done", "failed", "waiting"), 0)
    processes: list[list[RunPaths]] = []
    queued = queue_of(paths.root).names()
    for cell in sweep.cells():
        fresh: list[RunPaths] = []
        for seed in sweep.seeds:
            run = paths.run(cell.number, seed)
            fate = "fresh"
            if is_run(run.root):
                fate = _fate(run, queued, retry=retry)
            else:
                _create(sweep, cell, seed, run)
            counts[fate] += 1
            if fate == "fresh":
                fresh.append(run)
            elif fate == "resumed":
                processes.append([run])
        shared = fresh and why_not_together(cell.config) is None
        processes += [fresh] if shared else [[run] for run in fresh]
    if processes and slurm is not None:
        submit(processes, paths.root, slurm, at_once=jobs)
    elif slurm is None:
        _queue(paths.root, processes, jobs)
    return Started(paths.root, **counts)


def _queue(root: Path, processes: list[list[RunPaths]], jobs: int | None) -> None:
    queue = queue_of(root)
    if jobs is not None:
        change_numbers(queue.folder, gpu=jobs, cpu=jobs)
    if processes:
        enqueue_all(processes)
    serve(queue)


def _need_machine(sweep: Sweep) -> None:
    for cell in sweep.cells():
        problem = (
            why_not_here(cell.config.device)
            or why_no_function(cell.config)
            or why_no_data(cell.config)
            or why_no_compiler(cell.config)
        )
        if problem:
            raise UsageError(f"cell {cell.number}: {problem}")


def _write_or_compare(paths: SweepPaths, sweep: Sweep) -> None:
    record = SweepRecord(
        name=sweep.name,
        preset=sweep.preset.name,
        seeds=list(sweep.seeds),
        fixed=sweep.fixed,
        axes=[
            SweepAxis(key=axis.key, values=list(axis.values), is_log=axis.is_log)
            for axis in sweep.axes
        ],
        created=time.time(),
    )
    if not is_sweep(paths.root):
        write_sweep(paths.root, record)
        return
    known = read_sweep(paths.root)
    for part in ("preset", "fixed", "axes"):
        if getattr(known, part) != getattr(record, part):
            raise UsageError(
                f"{paths.root} is a sweep with another {part}: give this one another name"
            )
    if list(sweep.seeds) != known.seeds:  # more seeds may be asked for later
        every = sorted({*known.seeds, *sweep.seeds})
        write_sweep(paths.root, msgspec.structs.replace(known, seeds=every))


def _create(sweep: Sweep, cell: Cell, seed: int, run: RunPaths) -> None:
    name = f"{sweep.name} {cell.number}"
    config = msgspec.structs.replace(cell.config, seed=seed, name=name)
    create_run(
        run.root.parent,
        with_absolute_data(config, Path.cwd()),
        preset=sweep.preset.name,
        changes={**cell.changes, "seed": seed},
        expected=sweep.preset.expected,
        run_id=run.root.name,
    )


def _fate(run: RunPaths, queued: Collection[str], *, retry: bool) -> str:
    """Return what becomes of a run that is there already; `queued` are those in the queue here."""
    record = read_record(run.record)
    derived = _status(run)
    if derived.state is State.QUEUED or derived.is_live:
        is_waiting = derived.state is not State.QUEUED or _is_in_queue(run, queued)
        return "waiting" if is_waiting else ("resumed" if run.metrics_files() else "fresh")
    if record.state in (State.FINISHED, State.STOPPED, State.PARKED):
        return "done"
    has_failed = record.state is State.CRASHED  # by its own word, and not because it was killed
    if has_failed and not retry:
        return "failed"
    return "resumed" if run.metrics_files() else "fresh"


def _is_in_queue(run: RunPaths, queued: Collection[str]) -> bool:
    if (job := read_job(run)) is not None:
        return is_known(job.job)
    return run.root.name in queued


def _status(run: RunPaths) -> Status:
    held = is_held(run.lock)
    return status(
        read_record(run.record),
        lock_held=held or is_held(run.lock),
        last_sign=None,
        pending=spool.pending(run),
        host=this_host(),
        now=time.time(),
    )


def sweep_of(wanted: str, root: Path) -> Path:
    """Return the folder of a sweep that a user means by its name or a path.

    Raises:
        UsageError: there is none.
    """
    places = dict.fromkeys((Path(wanted), root / wanted))
    for path in places:
        if is_sweep(path):
            return path
    looked = " or ".join(map(str, places))
    raise UsageError(f"no sweep {wanted!r}: there is no sweep.json in {looked}")
