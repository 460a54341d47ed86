"""Which job of Slurm trains a run: a small file in the run directory, and what Slurm says of it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from grok_tui.files import write_atomic
from grok_tui.runs.decode import UnreadableError, read_json
from grok_tui.runs.layout import RunPaths

JOB = re.compile(r"\d{1,12}(_\d{1,7})?", re.ASCII)
_MAX_BYTES = 1 << 14
_TIMEOUT_S = 60.0
"""A controller that is busy answers within this time."""
_OVER = frozenset(
    {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY"}
    | {"REVOKED", "TIMEOUT"}
)


class SlurmJob(Struct, frozen=True, kw_only=True):
    """The content of `slurm.json`."""

    job: str
    """Number of the job, with `_` and that of the task where it is one of an array."""
    cluster: str = ""
    script: str = ""
    """The batch script that was submitted."""
    options: dict[str, Any] = {}
    """What Slurm was asked for, to ask for it again."""


def job_file(paths: RunPaths) -> Path:
    """Return the file that tells the job of a run."""
    return paths.root / "slurm.json"


def read_job(paths: RunPaths) -> SlurmJob | None:
    """Return the job of a run; nothing for one that Slurm has nothing to do with."""
    try:
        found = read_json(job_file(paths), SlurmJob, _MAX_BYTES)
    except UnreadableError:
        return None
    return found if JOB.fullmatch(found.job) else None


def write_job(paths: RunPaths, job: SlurmJob) -> None:
    """Write down the job of a run; raises OSError."""
    write_atomic(job_file(paths), msgspec.json.encode(job))


def job_states(job: str | None = None) -> dict[str, tuple[str, str]]:
    """Return state and reason of jobs that have not ended, by number; none where Slurm is silent.

    Args:
        job: only this one, of whomever; else all of this user.
    """
    which = ["--jobs", job] if job else ["--user", str(os.geteuid())]
    command = ["squeue", "--noheader", "--array", "--format=%i|%T|%r", *which]
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found = {}
    for line in answer.stdout.splitlines():
        number, _, rest = line.strip().partition("|")
        state, _, reason = rest.partition("|")
        if JOB.fullmatch(number) and state not in _OVER:
            found[number] = (state, reason)
    return found
