from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from grok_tui import config
from grok_tui.training.optimisers import AdamW


def test_it_is_torchs_adamw_with_a_warm_up() -> None:
    settings = config.AdamW(lr=0.02, weight_decay=0.7, betas=(0.8, 0.9), warmup=3)
    ours, theirs = (nn.Parameter(torch.linspace(-1, 1, 12)) for _ in range(2))
    optimiser = AdamW(settings, [ours])
    reference = torch.optim.AdamW([theirs], lr=0.02, weight_decay=0.7, betas=(0.8, 0.9), fused=True)
    for step in range(1, 30):
        for parameter in (ours, theirs):
            parameter.grad = None
            (parameter.sin() * step).sum().backward()
        reference.param_groups[0]["lr"] = 0.02 * min(1, step / 3)
        optimiser.step(step)
        reference.step()
        assert torch.equal(ours, theirs)


def test_without_a_warm_up_the_first_step_is_full() -> None:
    parameter = nn.Parameter(torch.ones(1))
    optimiser = AdamW(config.AdamW(lr=0.5, weight_decay=0, warmup=0), [parameter])
    parameter.grad = torch.ones(1)
    optimiser.step(1)
    assert float(parameter.detach()) == pytest.approx(0.5, abs=1e-6)


FIRST_STEP = """
import sys, torch
from torch import nn
from grok_tui import config
from grok_tui.training.optimisers import AdamW
parameter = nn.Parameter(torch.ones(3))
optimiser = AdamW(config.AdamW(), [parameter])
parameter.sum().backward()
optimiser.step(1)
assert "torch._dynamo" not in sys.modules
"""


def test_the_first_step_does_not_load_torchs_compiler() -> None:
    subprocess.run([sys.executable, "-c", FIRST_STEP], check=True)
