"""What keeps a network simple beside weight decay: noise on its weights, and few directions.

After arXiv 2412.09810.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call

from grok_tui.config import Regularization


class Regulariser:
    """What is done to a network while the gradient of a step is made."""

    def __init__(self, settings: Regularization, model: nn.Module) -> None:
        """Look at a network; nothing of it is changed."""
        self._settings, self._model = settings, model
        self._weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._matrices = [weights for weights in self._weights.values() if weights.ndim == 2]

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the network's outputs with noisy weights; the noise is drawn anew each time."""
        if self._settings.weight_noise == 0:
            made: Tensor = self._model(inputs)
            return made
        noisy = {name: weights + self._noise(weights) for name, weights in self._weights.items()}
        return functional_call(self._model, noisy, (inputs,))

    def penalty(self) -> Tensor | float:
        """Return what is added to the loss.

        Cost: a singular value decomposition of each matrix, where entropy counts.
        """
        if self._settings.spectral_entropy == 0 or not self._matrices:
            return 0.0
        entropies = [spectral_entropy(weights) for weights in self._matrices]
        return self._settings.spectral_entropy * torch.stack(entropies).mean()

    def _noise(self, weights: Tensor) -> Tensor:
        # Drawn on the CPU, so that a seed means the same on every device.
        return (torch.randn(weights.shape) * self._settings.weight_noise).to(weights.device)


def spectral_entropy(weights: Tensor) -> Tensor:
    """Return the entropy in nats of a matrix's singular values, divided by their sum."""
    values = torch.linalg.svdvals(weights)
    shares = values / values.sum()
    return -torch.special.xlogy(shares, shares).sum()
