"""The training loop as the trainer has it, without files and commands."""

from __future__ import annotations

import torch
from bench.textbook import Step
from torch import nn

from grok_tui.config import Config
from grok_tui.training.batches import Batches
from grok_tui.training.dataset import Dataset
from grok_tui.training.gradient import make_gradient
from grok_tui.training.loop import evaluate
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.optimisers import make_optimiser
from grok_tui.training.regularisation import Regulariser


def network(config: Config, data: Dataset) -> nn.Module:
    """Return the network of a config, with its first weights."""
    outputs = Objective(config.loss, data).outputs
    return build_model(config.model, data, outputs, torch.Generator().manual_seed(0))


def ours(config: Config, data: Dataset, model: nn.Module, evaluate_every: int) -> Step:
    """Return a function that makes one step as the trainer does; 0 evaluates never."""
    objective = Objective(config.loss, data)
    optimiser = make_optimiser(config.optimizer, model.named_parameters())
    regulariser = Regulariser(config.regularization, model)
    gradient = make_gradient(config, model, objective, regulariser)
    batches = Batches(config.batch, len(data.train), 0, torch.device("cpu"))

    def step(number: int) -> None:
        batch = data.train.rows(batches.at(number))
        optimiser.zero_grad()
        gradient(batch.inputs, batch.targets)
        optimiser.step(number)
        if evaluate_every and number % evaluate_every == 0:
            evaluate(model, data, objective)

    return step
