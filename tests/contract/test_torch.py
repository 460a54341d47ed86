from __future__ import annotations

import torch

from grok_tui.training.models import lookup


def test_kernels_that_torch_does_not_promise_are_there() -> None:
    """Without them training goes on by slower ways, which a new release should not do unnoticed."""
    assert hasattr(torch, "_fused_adam_")
    assert hasattr(torch, "_fused_adamw_")
    assert lookup.is_available()
