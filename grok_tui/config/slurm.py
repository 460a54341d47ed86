"""What Slurm is asked for: checked, so that nothing but values reaches a batch script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from grok_tui.errors import UsageError, unknown

_VALUE = re.compile(r"[A-Za-z0-9_.,:/=@+\[\]-]{1,200}", re.ASCII)
"""Characters of a value: none of them ends a line, begins another option, or means anything to a
shell."""
_OPTION = re.compile(r"--[a-z][a-z0-9-]{1,40}(=[A-Za-z0-9_.,:/=@+\[\]-]{1,200})?", re.ASCII)
_PYTHON = re.compile(r"/[^\n\r\0]{1,400}")
OURS = ("job-name", "array", "output", "error", "signal", "requeue", "no-requeue", "open-mode")
"""Options of sbatch that this program sets itself."""


class SlurmOptions(Struct, frozen=True, kw_only=True):
    """Settings of the section `[slurm]`, or of `--slurm KEY=VALUE`."""

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    time: str | None = None
    """Time limit, as sbatch takes it: a run that needs longer is saved, and queued again."""
    gpus: str | None = None
    """GPUs of a task, such as `1` or `a100:1`."""
    cpus: str | None = None
    """Cores of a task."""
    memory: str | None = None
    """Memory of a task, such as `8G`."""
    extra: tuple[str, ...] = ()
    """More options of sbatch, such as `--exclude=node7`."""
    setup: tuple[str, ...] = ()
    """Lines of shell before the trainer, such as `module load cuda`: they are the user's own."""
    python: str | None = None
    """Python on the nodes that has this program and torch; else the one that submits."""
    grace_s: int = 90
    """How long before the time limit a run is saved. Slurm may be a minute early."""

    def directives(self) -> list[str]:
        """Return the options of sbatch."""
        named = {
            "partition": self.partition,
            "account": self.account,
            "qos": self.qos,
            "time": self.time,
            "gpus-per-task": self.gpus,
            "cpus-per-task": self.cpus,
            "mem": self.memory,
        }
        given = [f"--{name}={value}" for name, value in named.items() if value is not None]
        tasks = ["--ntasks=1"] if self.gpus is not None else []
        return [*given, *tasks, *self.extra]


def slurm_options(given: Mapping[str, Any]) -> SlurmOptions:
    """Check settings for Slurm.

    Raises:
        UsageError: a key is unknown, or a value could be taken for more than a value.
    """
    known = {field.name for field in msgspec.structs.fields(SlurmOptions)}
    for key in given:
        if key not in known:
            raise unknown("setting of slurm", key, known)
    try:
        options = msgspec.convert(dict(given), SlurmOptions, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"slurm: {error}") from None
    for key in ("partition", "account", "qos", "time", "gpus", "cpus", "memory"):
        value = getattr(options, key)
        if value is not None and not _VALUE.fullmatch(value):
            raise UsageError(f"slurm.{key}: {value!r} is no value that sbatch takes")
    for option in options.extra:
        name = option.removeprefix("--").partition("=")[0]
        if not _OPTION.fullmatch(option) or name in OURS:
            raise UsageError(f"slurm.extra: {option!r} is no option that can be added")
    if any("\n" in line or "\r" in line or "\0" in line for line in options.setup):
        raise UsageError("slurm.setup: each entry is one line")
    if any(line.lstrip().startswith("#SBATCH") for line in options.setup):
        raise UsageError("slurm.setup: options of sbatch belong into slurm.extra")
    if options.python is not None and not _PYTHON.fullmatch(options.python):
        raise UsageError("slurm.python: expected an absolute path")
    if not 10 <= options.grace_s <= 3600:
        raise UsageError("slurm.grace_s: expected 10 to 3600 seconds")
    return options


def with_assignments(options: Mapping[str, Any], assignments: tuple[str, ...]) -> dict[str, Any]:
    """Return settings for Slurm with `KEY=VALUE` over them; those of a list are added to it.

    Raises:
        UsageError: one has no `=`.
    """
    merged = dict(options)
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f"--slurm: expected KEY=VALUE, got {assignment!r}")
        if key in ("extra", "setup"):
            merged[key] = [*merged.get(key, ()), value]
        else:
            merged[key] = int(value) if key == "grace_s" and value.isdigit() else value
    return merged
