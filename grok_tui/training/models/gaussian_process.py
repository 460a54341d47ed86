"""A Gaussian-process classifier: no network at all (after arXiv 2310.17247).

What is learnt is how far each number of an input reaches, and a distribution of the training
outputs, as a mean and a spread in whitened coordinates: outputs = L · coordinates, where L Lᵀ is
their prior covariance, so that the prior of the coordinates is standard normal.

Shapes: N training examples, M examples that are asked about, D numbers of an input.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from grok_tui import config

# Added to the correlation of each training output with itself: once all lengths but a few have
# grown, examples coincide, and their correlations alone have no Cholesky factor. A thousandth is
# enough for thousands of examples, also in single precision.
_JITTER = 1e-3


class GaussianProcess(nn.Module):
    """Classifies two classes by the sign of a random function with a prior of smooth functions.

    The covariance is scale² · exp(-½ Σ (x - x')² / length²), with one length for each number of an
    input.
    """

    inputs_ND: Tensor

    def __init__(self, settings: config.GaussianProcess, inputs: Tensor) -> None:
        """Start at the prior: nothing is random.

        Args:
            settings: first lengths and scale, and how much the divergence counts.
            inputs: the training inputs, of shape (N, …).
        """
        super().__init__()
        inputs_ND = inputs.flatten(1)
        examples, numbers = inputs_ND.shape
        self.register_buffer("inputs_ND", inputs_ND)
        self._kl_weight = settings.kl_weight
        self.log_lengths_D = nn.Parameter(torch.full((numbers,), math.log(settings.length)))
        self.log_scale = nn.Parameter(torch.tensor(math.log(settings.scale)))
        self.means_N = nn.Parameter(torch.zeros(examples))
        self.log_spreads_N = nn.Parameter(torch.zeros(examples))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return logits (M, 2) for numbers of shape (M, …), D of them an example.

        Their softmax is the probability of class 1 with the output's uncertainty taken into
        account, by MacKay's approximation: σ(mean / √(1 + π/8 · variance)).

        Cost: one Cholesky factor, N³ / 3, and M · N² for the examples that are asked about.
        """
        means_M, variances_M = self.predict(inputs)
        logits_M = means_M / (1 + math.pi / 8 * variances_M).sqrt()
        return torch.stack([-logits_M / 2, logits_M / 2], dim=1).to(inputs.dtype)

    def predict(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance (M,) of the outputs for numbers of shape (M, …)."""
        # In double precision where the device has it: a Cholesky factor loses half of the digits.
        wide = inputs.dtype if inputs.device.type == "mps" else torch.float64
        lengths_D = self.log_lengths_D.to(wide).exp()
        known_ND, asked_MD = self.inputs_ND / lengths_D, inputs.flatten(1) / lengths_D
        jitter_NN = _JITTER * torch.eye(len(known_ND), dtype=wide, device=inputs.device)
        # (N, N); unlike `cholesky` it waits for no device, and lets a run that diverged go on.
        factor_NN = torch.linalg.cholesky_ex(_correlations(known_ND, known_ND) + jitter_NN).L
        correlations_NM = _correlations(known_ND, asked_MD)
        weights_NM = torch.linalg.solve_triangular(factor_NN, correlations_NM, upper=False)
        scale = self.log_scale.to(wide).exp()
        gained_N = (2 * self.log_spreads_N.to(wide)).exp() - 1
        means_M = scale * (self.means_N.to(wide) @ weights_NM)
        return means_M, scale**2 * (1 + gained_N @ weights_NM.square())

    def kl_nats(self) -> Tensor:
        """Return the KL divergence of the learnt distribution of outputs from the prior, in nats.

        It is how much the training set has told the model, and the same in whitened coordinates.
        """
        variances_N = (2 * self.log_spreads_N).exp()
        return (variances_N + self.means_N.square() - 1).sum() / 2 - self.log_spreads_N.sum()

    def penalty(self) -> Tensor:
        """Return what is added to the mean training loss: the divergence, in nats an example."""
        return self._kl_weight * self.kl_nats() / len(self.means_N)

    def complexity(self) -> dict[str, float]:
        """Return the measures that only this model has."""
        return {"complexity/kl_nats": float(self.kl_nats().detach())}


def _correlations(one_ND: Tensor, other_MD: Tensor) -> Tensor:
    """Return exp(-½ |x - x'|²) of shape (N, M) for inputs in units of the lengths."""
    squares_NM = one_ND.square().sum(1)[:, None] + other_MD.square().sum(1)
    return (one_ND @ other_MD.T - squares_NM / 2).exp()
