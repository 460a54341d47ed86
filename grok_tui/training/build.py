"""From a config to what learns, what it learns from and how it is judged, as at step 0."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from grok_tui.config import Config
from grok_tui.training.dataset import Dataset
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.tasks.build import build_dataset


@dataclass(frozen=True, slots=True)
class Setup:
    """An untrained network with its examples and its objective, on one device."""

    model: nn.Module
    data: Dataset
    objective: Objective


def build(config: Config, device: torch.device) -> Setup:
    """Return what a config asks for: the same split and weights each time, on every device.

    Raises:
        UsageError: task, model and loss do not fit together, or a file is not there.
    """
    # Everything random is drawn on the CPU, so that a seed means the same on every device.
    generator = torch.Generator().manual_seed(config.seed)
    data = build_dataset(config.task, generator)
    objective = Objective(config.loss, data.to(device))
    model = build_model(config.model, data, objective.outputs, generator).to(device)
    return Setup(model, data.to(device), objective)
