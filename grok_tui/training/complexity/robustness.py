"""Accuracy on test examples that somebody has changed a little, as badly as a few steps find.

Projected gradient descent in the maximum norm: each number of an input may move by ε. What is
found is an upper bound: a better attack may do worse. Networks become robust late, some of them
without any late rise of the test accuracy ("delayed robustness", arXiv 2402.15555).

Shapes: N examples.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

RADII = (0.03, 0.06, 0.1)
"""ε: three of the paper's six, in the units of what enters the network: pixels from 0 to 1, other
numbers as they are; of symbols what they become first (one-hot vectors, or embeddings)."""
STEP = 0.0156
STEPS = 10
"""The paper's step and number of steps."""
EXAMPLES = 1000
"""Test examples, the first ones."""


def attacked(
    forward: Callable[[Tensor], Tensor],
    points: Tensor,
    loss: Callable[[Tensor], Tensor],
    radius: float,
    limits: tuple[float, float] | None,
    generator: torch.Generator,
) -> Tensor:
    """Return the points (N, …) after the attack.

    Args:
        forward: what computes the outputs of points.
        points: (N, …) numbers.
        loss: mean loss of outputs, which the attack raises.
        radius: how far each number may move (ε).
        limits: smallest and largest number that there may be; nothing where there are none.
        generator: decides where the attack starts.

    Cost: `STEPS` forward and backward passes.
    """
    drawn = torch.rand(points.shape, generator=generator).to(points.device, points.dtype)
    lowest, highest = points - radius, points + radius
    if limits is not None:
        lowest, highest = lowest.clamp(min=limits[0]), highest.clamp(max=limits[1])
    moved = (points + radius * (2 * drawn - 1)).clamp(lowest, highest)
    for _ in range(STEPS):
        moved = moved.detach().requires_grad_()
        (slope,) = torch.autograd.grad(loss(forward(moved)), moved)
        moved = (moved + min(STEP, radius) * slope.sign()).clamp(lowest, highest)
    return moved.detach()
