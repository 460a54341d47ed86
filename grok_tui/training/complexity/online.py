"""The measures that are taken during training, by their names in the config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import nn

from grok_tui.training.complexity.hidden import entrance, hidden_layers
from grok_tui.training.complexity.local_complexity import (
    first_layer_complexity,
    frames,
    local_complexity,
)
from grok_tui.training.complexity.mdl import describe
from grok_tui.training.complexity.spectrum import spectra
from grok_tui.training.complexity.units import activation_entropy, dead_units
from grok_tui.training.complexity.weight_norm import squared_norms
from grok_tui.training.dataset import Split
from grok_tui.training.losses import Objective
from grok_tui.training.randomness import generator_of

PROBE = 256
"""Training examples, the first ones, on which hidden units are looked at."""
POINTS, DIRECTIONS, RADIUS = 64, 8, 0.005
"""Size of the light local complexity; the radius is the paper's."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured."""

    model: nn.Module
    train: Split
    objective: Objective
    seed: int
    memory: dict[str, float] = field(default_factory=dict)
    """What measures found last and begin with next time; it is saved with the run."""


Measure: TypeAlias = Callable[[Subject, int], dict[str, float]]
"""Takes a subject and a step, and returns columns; none where it does not apply."""


def _norms(subject: Subject, _step: int) -> dict[str, float]:
    return squared_norms(subject.model)


def _spectrum(subject: Subject, _step: int) -> dict[str, float]:
    return spectra(subject.model)


@torch.no_grad()
def _units(subject: Subject, _step: int) -> dict[str, float]:
    points, forward = entrance(subject.model, subject.train.inputs[:PROBE])
    layers, outputs = hidden_layers(subject.model, forward, points)
    found = {"complexity/output_scale": float(outputs.square().mean().sqrt())}
    if layers:
        found["complexity/dead_units"] = dead_units(layers)
        found["complexity/activation_entropy"] = activation_entropy(layers[-1].after)
    return found


@torch.no_grad()
def _local(subject: Subject, step: int) -> dict[str, float]:
    points, forward = entrance(subject.model, subject.train.inputs[:POINTS])
    layers, _ = hidden_layers(subject.model, forward, points)
    if not layers:
        return {}
    # A generator of its own: measuring must not change what training draws.
    generator = generator_of(subject.seed, f"local complexity {step}")
    drawn = frames(len(points), points[0].numel(), DIRECTIONS, generator)
    drawn = drawn.to(points.device, points.dtype)
    weights = getattr(subject.model, "first_weights", None)
    if weights is not None and len(layers) == 1:
        value = first_layer_complexity(weights, layers[0].before, drawn, RADIUS)
    else:
        value = local_complexity(subject.model, forward, points, drawn, RADIUS)
    return {"complexity/local_complexity": value}


def _mdl(subject: Subject, _step: int) -> dict[str, float]:
    if not subject.objective.is_in_nats:  # no description is bounded by another loss
        return {}
    inputs, targets = subject.train.inputs, subject.train.targets
    found = describe(
        subject.model,
        inputs,
        lambda outputs: subject.objective.loss(outputs, targets),
        near=subject.memory.get("mdl_width"),
    )
    subject.memory["mdl_width"] = found.width
    return {"complexity/mdl_bytes": found.size_bytes}


ONLINE: dict[str, Measure] = {
    "weight_norm": _norms,
    "spectrum": _spectrum,
    "units": _units,
    "local_complexity": _local,
    "mdl": _mdl,
}
"""What the log-spaced grid takes; the whole weight norm is so cheap that each evaluation does."""
