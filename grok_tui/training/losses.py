"""What is minimised, and what counts as right.

Shapes: N examples, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss, one_hot

from grok_tui.errors import UsageError
from grok_tui.training.dataset import Dataset, Split

Loss = Callable[[Tensor, Tensor], Tensor]


class Objective:
    """The loss of a task and its accuracy."""

    def __init__(self, name: str, data: Dataset) -> None:
        """Choose a loss by its name.

        Raises:
            UsageError: it does not fit the task.
        """
        if data.is_regression and name != "mse":
            raise UsageError(f"loss: a regression is trained with mse, not with {name}")
        if name == "hinge" and data.outputs != 2:
            raise UsageError(f"loss: hinge is for two classes, and there are {data.outputs}")
        # Codes are targets of a squared error only: any other loss takes the classes themselves.
        self._codes = data.codes if name == "mse" else None
        self.outputs = 1 if name == "hinge" else data.outputs
        if self._codes is not None:
            self.outputs = self._codes.shape[1]
        """How many outputs a network needs for it."""
        self.is_in_nats = name in ("cross-entropy", "stablemax")
        """Whether the loss is a code length."""
        self._threshold = data.threshold
        losses: dict[str, Loss] = {
            "cross-entropy": cross_entropy,
            "stablemax": stablemax_cross_entropy,
            "mse": self._squared_error(data),
            "hinge": hinge,
        }
        self.loss = losses[name]
        """Returns the mean loss of outputs (N, K) for targets (N, …)."""

    def _squared_error(self, data: Dataset) -> Loss:
        codes = self._codes
        if codes is not None:
            return lambda outputs_NC, targets_N: mse_loss(outputs_NC, codes[targets_N])
        return mse_loss if data.is_regression else one_hot_mse

    @torch.no_grad()
    def slopes(self, outputs_NK: Tensor, targets: Tensor) -> Tensor:
        """Return the gradient (N, K) of the mean loss by the outputs."""
        if self.loss is cross_entropy:
            shares_NK, ones_N1 = outputs_NK.softmax(1), outputs_NK.new_ones(len(targets), 1)
            return shares_NK.scatter_add_(1, targets[:, None], -ones_N1).div_(len(targets))
        with torch.enable_grad():
            outputs = outputs_NK.detach().requires_grad_()
            (slopes_NK,) = torch.autograd.grad(self.loss(outputs, targets), outputs)
        return slopes_NK

    def hits(self, outputs_NK: Tensor, targets: Tensor) -> Tensor:
        """Return the share of examples (for regression: of outputs) that are right."""
        if self._threshold is not None:
            return ((outputs_NK - targets).square() < self._threshold).float().mean()
        if self._codes is not None:
            return (torch.cdist(outputs_NK, self._codes).argmin(dim=1) == targets).float().mean()
        if self.outputs == 1:
            return ((outputs_NK[:, 0] > 0) == (targets == 1)).float().mean()
        return (outputs_NK.argmax(dim=1) == targets).float().mean()

    def score(self, model: Callable[[Tensor], Tensor], split: Split) -> tuple[Tensor, Tensor]:
        """Return loss and accuracy (0…1) of a network on all examples of a split."""
        outputs = model(split.inputs)
        return self.loss(outputs, split.targets), self.hits(outputs, split.targets)


def hinge(outputs_N1: Tensor, targets_N: Tensor) -> Tensor:
    """Return the mean of max(0, 1 - y f), with y = -1 for class 0 and +1 for class 1."""
    signs_N = targets_N * 2.0 - 1.0
    return (1.0 - signs_N * outputs_N1[:, 0]).clamp(min=0).mean()


def one_hot_mse(outputs_NK: Tensor, targets_N: Tensor) -> Tensor:
    """Return the squared distance from one-hot targets, averaged over examples and outputs."""
    return mse_loss(outputs_NK, one_hot(targets_N, outputs_NK.shape[1]).to(outputs_NK.dtype))


def stablemax_cross_entropy(outputs_NK: Tensor, targets_N: Tensor) -> Tensor:
    """Return the cross-entropy of s(x) / Σ s(x), where s(x) = x + 1, or 1 / (1 - x) below zero.

    In double precision where the device has it: what softmax loses there is the point of it
    (arXiv 2501.04697).
    """
    wide = outputs_NK if outputs_NK.device.type == "mps" else outputs_NK.double()
    # Each branch is kept away from where it is not used: its gradient there would be infinite.
    scale = torch.where(wide >= 0, wide.clamp(min=0) + 1, 1 / (1 - wide.clamp(max=0)))
    shares_NK = scale / scale.sum(dim=1, keepdim=True)
    chosen_N = shares_NK.gather(1, targets_N[:, None])[:, 0]
    return -chosen_N.log().mean().to(outputs_NK.dtype)
