"""The networks.

Shapes: N examples, p numbers (modulus), W width, K classes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from grok_tui.config import MLP

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "quadratic": torch.square,
    "relu": torch.relu,
}
# Each unit of the first layer sums one entry of either table: with this scale the sum has
# variance one half, and pairs are memorised before anything else is found.
_TABLE_STD = 0.5


class PairMLP(nn.Module):
    """A multilayer perceptron on two one-hot operands, without biases (after arXiv 2301.02679).

    The first layer is kept as one row of weights for each value of each operand: looking two rows
    up equals the product with a two-hot vector and is several times cheaper.
    """

    def __init__(self, config: MLP, numbers: int, classes: int, generator: torch.Generator) -> None:
        """Draw the weights.

        Args:
            config: width, depth and activation.
            numbers: how many values an operand has (p).
            classes: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        width = config.width
        self.left_pW = _normal((numbers, width), _TABLE_STD, generator)
        self.right_pW = _normal((numbers, width), _TABLE_STD, generator)
        self.hidden_WW = nn.ParameterList(
            _normal((width, width), width**-0.5, generator) for _ in range(config.depth - 1)
        )
        self.readout_WK = _normal((width, classes), width**-0.5, generator)
        self.activate = _ACTIVATIONS[config.activation]

    def forward(self, operands_N2: Tensor) -> Tensor:
        """Return logits of shape (N, K) for integer operands of shape (N, 2)."""
        units_NW = self.activate(
            self.left_pW.index_select(0, operands_N2[:, 0])
            + self.right_pW.index_select(0, operands_N2[:, 1])
        )
        for weights_WW in self.hidden_WW:
            units_NW = self.activate(units_NW @ weights_WW)
        return units_NW @ self.readout_WK


def _normal(shape: tuple[int, int], std: float, generator: torch.Generator) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape, generator=generator) * std)
