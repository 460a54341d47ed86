"""Chooses where to compute, and sets torch up for it."""

from __future__ import annotations

import ctypes

import torch

from grok_tui.errors import UsageError

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""glibc's numbers for parameters of its allocator (malloc.h)."""


def choose_device(wanted: str) -> torch.device:
    """Return the device for `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    Raises:
        UsageError: this machine has no such device.
    """
    if wanted == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        found = torch.cuda.device_count()
        raise UsageError(f"device {wanted} is not there: torch sees {found} CUDA devices")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UsageError("device mps is not there: torch sees no Apple GPU")
    return device


def prepare(device: torch.device) -> None:
    """Set what makes small networks fast on a CPU.

    One thread: two spin and wait for each other, which costs up to four times the CPU time.
    Denormals: the weights of a dying network become so small that each step takes 12 times longer.
    """
    torch.set_flush_denormal(True)
    if device.type == "cpu":
        torch.set_num_threads(1)
        _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Let the C library keep what a step frees for the next one, up to a gigabyte.

    Otherwise each step hands its large tensors back to the system and faults them in again. Other
    C libraries than glibc do not know the call.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 32 * 2**20)  # the most that glibc takes
        mallopt(_TRIM_THRESHOLD, 2**30)
