"""The measures that are too costly for training and are taken of checkpoints, by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from grok_tui.config import Config, ModularTask
from grok_tui.config.tasks import is_prime
from grok_tui.training.build import Setup
from grok_tui.training.complexity import fourier, heavy_tail, robustness
from grok_tui.training.complexity.coarse_graining import (
    AUTHOR_BATCH,
    author_description,
    description,
)
from grok_tui.training.complexity.hessian import hessian_trace
from grok_tui.training.complexity.hidden import entrance, hidden_layers
from grok_tui.training.complexity.learning_coefficient import learning_coefficient
from grok_tui.training.complexity.local_complexity import frames, local_complexity
from grok_tui.training.complexity.online import RADIUS
from grok_tui.training.dataset import Split
from grok_tui.training.randomness import generator_of

EXAMPLES = 2048
"""Training examples, the first ones, of measures that need many passes over them."""
POINTS, DIRECTIONS = 1024, 25
"""Size of the full local complexity, the paper's (arXiv 2402.15555)."""
AT_ONCE = 64
"""Points of it that are computed at a time: their corners fill some hundred megabytes."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network with a checkpoint's weights, and all that it was trained with."""

    config: Config
    setup: Setup

    @property
    def model(self) -> nn.Module:
        """The network."""
        return self.setup.model

    def generator(self, purpose: str) -> torch.Generator:
        """Return a generator that draws the same for each checkpoint: curves are smooth by it."""
        return generator_of(self.config.seed, purpose)

    def first(self, count: int) -> Split:
        """Return the first training examples."""
        train = self.setup.data.train
        return Split(train.inputs[:count], train.targets[:count])

    def loss_of(self, split: Split) -> Callable[[Tensor], Tensor]:
        """Return the mean loss of outputs for the targets of a split."""
        return lambda outputs: self.setup.objective.loss(outputs, split.targets)


Values: TypeAlias = dict[str, float]


@dataclass(frozen=True, slots=True)
class OnDemand:
    """One measure."""

    take: Callable[[Case], Values]
    why_not: Callable[[Case], str | None] = lambda _: None
    """Returns why it says nothing of a run."""


def _mdl(case: Case) -> Values:
    train = case.first(EXAMPLES)
    found = description(case.model, train.inputs, case.loss_of(train))
    return {"complexity/description_bytes": found.size}


def _mdl_authors(case: Case) -> Values:
    train = case.first(AUTHOR_BATCH)
    found = author_description(case.model, train.inputs, case.loss_of(train))
    return {"complexity/author_bytes": found.size}


def _no_code_length(case: Case) -> str | None:
    return None if case.setup.objective.is_in_nats else f"{case.config.loss} is no loss in nats"


@torch.no_grad()
def _local(case: Case) -> Values:
    generator = case.generator("local complexity")
    data = case.setup.data
    return {
        f"complexity/lc_{name}": _local_of(case, split.inputs[:POINTS], generator)
        for name, split in (("train", data.train), ("test", data.test))
    }


def _local_of(case: Case, inputs: Tensor, generator: torch.Generator) -> float:
    points, forward = entrance(case.model, inputs)
    total = 0.0
    for some in points.split(AT_ONCE):
        drawn = frames(len(some), some[0].numel(), DIRECTIONS, generator)
        drawn = drawn.to(some.device, some.dtype)
        total += len(some) * local_complexity(case.model, forward, some, drawn, RADIUS)
    return total / len(points)


@torch.no_grad()
def _no_hidden_units(case: Case) -> str | None:
    points, forward = entrance(case.model, case.first(1).inputs)
    layers, _ = hidden_layers(case.model, forward, points)
    return None if layers else "the network has no hidden units"


def _robustness(case: Case) -> Values:
    test, objective = case.setup.data.test, case.setup.objective
    inputs, targets = test.inputs[: robustness.EXAMPLES], test.targets[: robustness.EXAMPLES]
    points, forward = entrance(case.model, inputs)
    has_numbers = case.setup.data.symbols is None
    limits = (float(points.min()), float(points.max())) if has_numbers else None
    found = {}
    for radius in robustness.RADII:
        moved = robustness.attacked(
            forward,
            points.detach(),
            case.loss_of(Split(inputs, targets)),
            radius,
            limits,
            case.generator("robustness"),
        )
        with torch.no_grad():
            hits = float(objective.hits(forward(moved), targets))
        found[f"robustness/accuracy@{radius:g}"] = hits
    return found


def _no_entrance(case: Case) -> str | None:
    points, _ = entrance(case.model, case.first(1).inputs)
    if points.is_floating_point():
        return None
    return "the model does not say where its symbols become numbers"


def _llc(case: Case) -> Values:
    train, model = case.setup.data.train, case.model
    weights = [weight for weight in model.parameters() if weight.requires_grad]

    def loss(numbers: Tensor) -> Tensor:
        batch = train.rows(numbers.to(train.targets.device))
        return case.setup.objective.loss(model(batch.inputs), batch.targets)

    generator = case.generator("learning coefficient")
    return {"complexity/llc": learning_coefficient(loss, weights, len(train), generator)}


def _hessian(case: Case) -> Values:
    train, model = case.first(EXAMPLES), case.model
    loss = case.loss_of(train)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    generator = case.generator("hessian")
    trace = hessian_trace(lambda: loss(model(train.inputs)), weights, generator)
    return {"complexity/hessian_trace": trace}


def _alpha(case: Case) -> Values:
    return {"complexity/tail_alpha": heavy_tail.mean_exponent(_matrices(case))}


def _no_large_matrix(case: Case) -> str | None:
    if any(min(matrix.shape) >= heavy_tail.FEWEST for matrix in _matrices(case)):
        return None
    return f"no matrix has {heavy_tail.FEWEST} eigenvalues"


def _matrices(case: Case) -> list[Tensor]:
    return [p.detach().flatten(1) for p in case.model.parameters() if p.ndim >= 2]


@torch.no_grad()
def _fourier(case: Case) -> Values:
    task, train = case.config.task, case.setup.data.train
    assert isinstance(task, ModularTask)
    group = fourier.group(task.operation, task.modulus, train.inputs.device)
    restricted, excluded = fourier.losses(case.model, group, train, case.setup.objective.loss)
    return {"complexity/restricted_loss": restricted, "complexity/excluded_loss": excluded}


def _no_group(case: Case) -> str | None:
    task = case.config.task
    if not isinstance(task, ModularTask) or task.operation not in fourier.OPERATIONS:
        return f"frequencies are known for {', '.join(fourier.OPERATIONS)} modulo a number only"
    has_powers, _ = fourier.OPERATIONS[task.operation]
    if has_powers and not is_prime(task.modulus):
        return f"products modulo {task.modulus}, which is no prime, form no group"
    return None


ON_DEMAND: dict[str, OnDemand] = {
    "mdl": OnDemand(_mdl, _no_code_length),
    "mdl-authors": OnDemand(_mdl_authors, _no_code_length),
    "lc": OnDemand(_local, _no_hidden_units),
    "robustness": OnDemand(_robustness, _no_entrance),
    "llc": OnDemand(_llc),
    "hessian": OnDemand(_hessian),
    "alpha": OnDemand(_alpha, _no_large_matrix),
    "fourier": OnDemand(_fourier, _no_group),
}
"""By the names that `runs.measurements` has."""


def why_no_network(model: nn.Module) -> str | None:
    """Return why no measure says anything of a model, or nothing for a network."""
    if hasattr(model, "complexity"):
        return "the model has a measure of its own, and these are for networks"
    return None
