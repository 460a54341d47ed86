"""Slurm as a launcher: plain batch scripts, one job a run, an array for a sweep.

A user's own rights suffice: sbatch, scancel, and scontrol's requeue, requeuehold, release and
update of one's own jobs. Slurm 22.05 and later were tried.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from grok_tui.config.slurm import SlurmOptions, slurm_options
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record, write_record
from grok_tui.runs.slurm import JOB, SlurmJob, job_states, read_job, write_job

_TIMEOUT_S = 60.0
"""A controller that is busy answers within this time."""


def need_slurm() -> None:
    """Refuse where Slurm's commands are not there.

    Raises:
        UsageError: they are not.
    """
    if shutil.which("sbatch") is None:
        raise UsageError("slurm is not there: no sbatch on the path; run this on a login node")


def submit(
    tasks: Sequence[Sequence[RunPaths]],
    folder: Path,
    options: SlurmOptions,
    *,
    at_once: int | None = None,
) -> str:
    """Submit one job for one task, or an array for several.

    Args:
        tasks: the runs of each task, which share a process where they can.
        folder: where the batch script and the list of tasks are written.
        options: what Slurm is asked for.
        at_once: how many tasks run at a time, at most.

    Returns:
        The number of the job.

    Raises:
        UsageError: the folder cannot be written.
        GrokTuiError: Slurm refuses.
    """
    need_slurm()
    names = [[run.root.name for run in task] for task in tasks]
    stamp = f"{time.time_ns():020d}"
    script, listed = folder / f"slurm-{stamp}.sh", folder / f"slurm-{stamp}.json"
    runs_folder = tasks[0][0].root.parent
    try:
        listed.write_bytes(msgspec.json.encode(names))
        script.write_text(_script(len(tasks), runs_folder, listed, options, at_once), "utf-8")
        script.chmod(0o700)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from None
    for task in tasks:
        for run in task:
            _mark_queued(run)
    job, _, cluster = _call("sbatch", "--parsable", str(script)).partition(";")
    job = job.strip()
    if not JOB.fullmatch(job):
        raise GrokTuiError(f"sbatch answered {job[:80]!r}, which is no job")
    for number, task in enumerate(tasks):
        name = job if len(tasks) == 1 else f"{job}_{number}"
        for run in task:
            write_job(
                run,
                SlurmJob(
                    job=name,
                    cluster=cluster.strip(),
                    script=script.name,
                    options=msgspec.to_builtins(options),
                ),
            )
    return job


def _script(
    tasks: int, runs: Path, listed: Path, options: SlurmOptions, at_once: int | None
) -> str:
    limit = f"%{at_once}" if at_once else ""
    array = [f"--array=0-{tasks - 1}{limit}"] if tasks > 1 else []
    directives = [
        "--job-name=grok-tui",
        "--requeue",
        "--open-mode=append",
        f"--signal=B:USR1@{options.grace_s}",
        f"--output={_quoted(_in_pattern(listed.with_suffix('.log')))}",
        *array,
        *options.directives(),
    ]
    python = options.python or sys.executable
    command = [python, "-P", "-m", "grok_tui.launch.batch", str(runs), str(listed)]
    return "\n".join(
        [
            "#!/bin/sh",
            *(f"#SBATCH {directive}" for directive in directives),
            "# Saves its runs and queues itself again when Slurm takes the machine away.",
            *options.setup,
            f"exec {shlex.join(command)}",
            "",
        ]
    )


def _in_pattern(path: Path) -> str:
    """Return a path in which Slurm replaces nothing."""
    text = str(path)
    if any(character in text for character in '\n\r"\\'):
        raise UsageError(f"{text!r}: Slurm cannot write its output to such a path")
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _mark_queued(run: RunPaths) -> None:
    record = read_record(run.record)
    fields = {"state": State.QUEUED, "state_time": time.time(), "pid": None, "reason": None}
    write_record(run.record, msgspec.structs.replace(record, **fields))


def go_on(run: RunPaths) -> None:
    """Let a run whose process is gone go on: by its job, or by a new one where that has ended.

    Raises:
        GrokTuiError: Slurm refuses, or did not start this run.
    """
    job = read_job(run)
    if job is None:
        raise UsageError(f"{run.root.name} was not started by Slurm")
    if is_known(job.job):
        _call("scontrol", "release", job.job)
        _mark_queued(run)
        start_soon(job.job)
    else:
        submit([[run]], run.root, slurm_options(job.options))


def hold(run: RunPaths) -> None:
    """Keep the job of a run that waits from being begun until the run is resumed.

    Raises:
        GrokTuiError: Slurm refuses, or did not start this run.
    """
    job = read_job(run)
    if job is None:
        raise UsageError(f"{run.root.name} was not started by Slurm")
    _call("scontrol", "hold", job.job)
    record = read_record(run.record)
    fields = {"state": State.PARKED, "state_time": time.time(), "reason": "before its turn"}
    write_record(run.record, msgspec.structs.replace(record, **fields))


def start_soon(job: str) -> None:
    """Spare a job that was queued again the two minutes that Slurm lets it wait, if it lets us."""
    subprocess.run(
        ["scontrol", "update", f"jobid={job}", "starttime=now"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )


def cancel(run: RunPaths) -> None:
    """Take a run that waits out of Slurm's queue, and write down that it was stopped.

    Raises:
        GrokTuiError: Slurm refuses.
    """
    job = read_job(run)
    if job is not None and is_known(job.job):
        _call("scancel", job.job)
    record = read_record(run.record)
    fields = {"state": State.STOPPED, "state_time": time.time(), "reason": "before its turn"}
    write_record(run.record, msgspec.structs.replace(record, **fields))


def is_known(job: str) -> bool:
    """Return whether Slurm has a job that has not ended."""
    return bool(job_states(job))


def _call(*command: str) -> str:
    """Run one of Slurm's commands and return what it prints.

    Raises:
        GrokTuiError: it failed; the message is its own.
    """
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GrokTuiError(f"{command[0]} does not answer: {error}") from None
    if answer.returncode:
        lines = [line for line in answer.stderr.strip().splitlines() if line.strip()]
        raise GrokTuiError(f"{command[0]}: {lines[-1] if lines else answer.returncode}")
    return answer.stdout
