"""What keeps a network simple beside weight decay: noise on its weights, and few directions.

After arXiv 2412.09810.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.linalg import svdvals

from grok_tui.config import Regularization
from grok_tui.training.complexity.spectrum import spectral_entropy


class Regulariser:
    """What is done to a network while the gradient of a step is made."""

    def __init__(self, settings: Regularization, model: nn.Module) -> None:
        """Look at a network; nothing of it is changed."""
        self._settings, self._model = settings, model
        self._weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
        # What is no network may bring a complexity term of its own (as in arXiv 2310.17247).
        self._own_penalty: Callable[[], Tensor | float] = getattr(model, "penalty", lambda: 0.0)
        self._matrices = [weights for weights in self._weights.values() if weights.ndim == 2]

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the network's outputs with noisy weights; the noise is drawn anew each time."""
        if self._settings.weight_noise == 0:
            made: Tensor = self._model(inputs)
            return made
        noisy = {name: weights + self._noise(weights) for name, weights in self._weights.items()}
        return functional_call(self._model, noisy, (inputs,))

    def penalty(self) -> Tensor | float:
        """Return what is added to the loss, by settings or by the model itself.

        Cost: a singular value decomposition of each matrix, where entropy counts.
        """
        added: Tensor | float = self._own_penalty()
        if self._settings.spectral_entropy and self._matrices:
            entropies = [spectral_entropy(svdvals(weights)) for weights in self._matrices]
            added = added + self._settings.spectral_entropy * torch.stack(entropies).mean()
        return added

    def _noise(self, weights: Tensor) -> Tensor:
        # Drawn on the CPU, so that a seed means the same on every device.
        return (torch.randn(weights.shape) * self._settings.weight_noise).to(weights.device)
