"""The places in which runs from the queue are trained: so many on each GPU, or on the CPU.

A place is a file with a lock on it. The supervisor takes the lock and the trainer inherits it, so
that the place is free again when the trainer ends, however it ends, and whoever is left to see it.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from grok_tui.errors import UsageError
from grok_tui.files import make_private, write_atomic
from grok_tui.runs.decode import UnreadableError, read_json
from grok_tui.runs.lock import LockHeldError, RunLock, is_held

MOST = 256
"""Places on one device."""
_GPU_FILE = re.compile(r"nvidia\d+")
_MAX_BYTES = 4096

Number = Annotated[int, Meta(ge=1, le=MOST)]


class Numbers(Struct, frozen=True, kw_only=True):
    """How many runs are trained at once."""

    gpu: Number = 1
    """On each GPU."""
    cpu: Number | None = None
    """On the CPU; as many as it has cores where it is not given, since a run keeps one busy."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place."""

    device: str
    """`cpu` or `cuda:N`."""
    file: Path

    @property
    def is_free(self) -> bool:
        """Whether no run is trained there."""
        return not is_held(self.file)

    @contextlib.contextmanager
    def take(self) -> Iterator[RunLock | None]:
        """Give the place's lock, to be passed on, or nothing where somebody holds it."""
        make_private(self.file.parent)
        try:
            lock = RunLock(self.file)
        except LockHeldError:
            yield None
            return
        try:
            yield lock
        finally:
            lock.release()


def slots(folder: Path) -> list[Slot]:
    """Return the places of this machine; those of the GPUs where it has any, else of the CPU.

    Args:
        folder: where their files and their numbers are kept.
    """
    numbers = read_numbers(folder)
    gpus = gpu_count()
    places = [(f"cuda:{index}", numbers.gpu) for index in range(gpus)]
    places.append(("cpu", numbers.cpu or core_count()))
    return [
        Slot(device, folder / "slots" / f"{device.replace(':', '-')}-{number}.lock")
        for device, count in places
        for number in range(count)
    ]


def fitting(places: list[Slot], wanted: str) -> list[Slot]:
    """Return the places for a run that asks for a device; a GPU before the CPU for `auto`."""
    on_gpu = [slot for slot in places if slot.device != "cpu"]
    if on_gpu and wanted in ("auto", "cuda"):
        return on_gpu
    same = [slot for slot in on_gpu if slot.device == wanted]
    return same or [slot for slot in places if slot.device == "cpu"]


def read_numbers(folder: Path) -> Numbers:
    """Return how many runs are trained at once; what was never set is as it is by default."""
    try:
        return read_json(folder / "slots.json", Numbers, _MAX_BYTES)
    except UnreadableError:
        return Numbers()


def change_numbers(folder: Path, *, gpu: int | None, cpu: int | None) -> None:
    """Set how many runs are trained at once; what is not given stays as it is.

    Raises:
        UsageError: a number makes no sense, or it cannot be written.
    """
    before = read_numbers(folder)
    wanted = {"gpu": before.gpu if gpu is None else gpu, "cpu": before.cpu if cpu is None else cpu}
    try:
        numbers = msgspec.convert(wanted, Numbers)
    except msgspec.ValidationError:
        raise UsageError(f"the number of places is 1 to {MOST}") from None
    try:
        make_private(folder)
        write_atomic(folder / "slots.json", msgspec.json.encode(numbers))
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from None


def gpu_count() -> int:
    """Return the number of NVIDIA GPUs that a process of this one would see, without a driver."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([entry for entry in visible.split(",") if entry.strip() not in ("", "-1")])
    try:
        return sum(_GPU_FILE.fullmatch(entry.name) is not None for entry in os.scandir("/dev"))
    except OSError:
        return 0


def why_not_here(device: str) -> str | None:
    """Return why a device is certainly not on this machine; torch may still know better."""
    kind, _, number = device.partition(":")
    if kind == "mps" and sys.platform != "darwin":
        return "device mps is not there: this is no Mac"
    if kind != "cuda" or Path("/dev/kfd").exists():  # AMD's GPUs are called cuda by torch too
        return None
    count = gpu_count()
    if count <= int(number or 0):
        return f"device {device} is not there: this machine shows {count} NVIDIA GPUs"
    return None


def core_count() -> int:
    """Return the number of cores that this process may keep busy, its container's share counted."""
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return cores if quota == "max" else max(min(cores, int(quota) // int(period)), 1)
    except (OSError, ValueError):  # no such container
        return cores
