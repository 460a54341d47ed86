"""Local complexity: how many hidden units fold the input space close to an example.

After arXiv 2402.15555. Around each point stands a cross-polytope: P orthonormal directions, drawn
anew for each point, and both ends of each at a distance r. Counted are the hidden units whose
input does not have the same sign at all of its 2P corners; outputs are no hidden units.

It is nearly proportional to r, so that it compares runs of one r only, and r has to be seen
beside the length of inputs. On one-hot tables it stays level or rises, and does not fall when they
are understood.
Batch normalisation takes away what it shows.

Shapes: N points, D numbers of a point, P directions, U units of a layer.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from grok_tui.training.complexity.hidden import hidden_layers


def frames(points: int, numbers: int, directions: int, generator: torch.Generator) -> Tensor:
    """Draw a set of orthonormal directions for each point: (N, P, D), P at most D."""
    drawn_NDP = torch.randn(points, numbers, min(directions, numbers), generator=generator)
    frames_NPD: Tensor = torch.linalg.qr(drawn_NDP).Q.mT
    return frames_NPD


def local_complexity(
    model: nn.Module,
    forward: Callable[[Tensor], Tensor],
    points: Tensor,
    frames_NPD: Tensor,
    radius: float,
) -> float:
    """Return how many hidden units change their sign around a point, on average.

    Args:
        model: the network whose non-linearities are watched.
        forward: what computes it.
        points: (N, …) numbers.
        frames_NPD: directions, on the points' device.
        radius: distance of the corners, in units of the inputs.

    Cost: 2P forward passes of each point.
    """
    arms_NPD = radius * frames_NPD
    corners_NCD = points.flatten(1)[:, None] + torch.cat([arms_NPD, -arms_NPD], dim=1)
    count, corners = corners_NCD.shape[:2]
    layers, _ = hidden_layers(model, forward, corners_NCD.view(-1, *points.shape[1:]))
    folded: int = 0
    for layer in layers:
        is_above_NCU = layer.before.view(count, corners, -1) > 0
        folded += int((is_above_NCU.any(dim=1) & ~is_above_NCU.all(dim=1)).sum())
    return folded / len(points)


def first_layer_complexity(
    weights_DU: Tensor, sums_NU: Tensor, frames_NPD: Tensor, radius: float
) -> float:
    """Return the same for a first layer that is linear in the points, without any forward pass.

    A unit changes its sign if an arm of the polytope moves it further than it is from zero.

    Args:
        weights_DU: what the points are multiplied by.
        sums_NU: the units' inputs at the points themselves.
        frames_NPD: directions.
        radius: distance of the corners.
    """
    moved_NPU = radius * (frames_NPD @ weights_DU)
    is_folded_NU = sums_NU.abs() < moved_NPU.abs().amax(dim=1)
    return float(is_folded_NU.sum()) / len(sums_NU)
