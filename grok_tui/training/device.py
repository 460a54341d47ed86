"""Chooses where to compute, and sets torch up for it."""

from __future__ import annotations

import torch

from grok_tui.errors import UsageError


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
