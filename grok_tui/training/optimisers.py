"""The optimisers: torch's own kernels, without torch's optimiser classes.

The first step of a `torch.optim.Optimizer` imports torch's compiler, which takes as long as
importing torch; the run would start more than a second later. The kernel is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from grok_tui import config

EPSILON = 1e-8
"""torch's default, as in all published settings that name none."""


class AdamW:
    """Adam with decoupled weight decay (arXiv 1711.05101) and a linear warm-up."""

    def __init__(self, settings: config.AdamW, parameters: Iterable[nn.Parameter]) -> None:
        """Optimise these parameters, which must all be on one device."""
        self.settings = settings
        """May be changed between two steps."""
        self._parameters = list(parameters)
        self._first_moments = [torch.zeros_like(p) for p in self._parameters]
        self._second_moments = [torch.zeros_like(p) for p in self._parameters]
        device = self._parameters[0].device
        self._steps = [torch.zeros((), device=device) for _ in self._parameters]
        self._is_fused = device.type in ("cpu", "cuda")  # one kernel for all parameters

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return settings, and moment estimates and step counts in the order of the parameters."""
        settings = {"lr": self.settings.lr, "weight_decay": self.settings.weight_decay}
        return {"settings": settings, **self._tensors()}

    def _tensors(self) -> dict[str, list[Tensor]]:
        return {
            "first_moments": self._first_moments,
            "second_moments": self._second_moments,
            "steps": self._steps,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the state of an optimiser of the same parameters."""
        self.settings = msgspec.structs.replace(self.settings, **state["settings"])
        for name, tensors in self._tensors().items():
            for tensor, saved in zip(tensors, state[name], strict=True):
                tensor.copy_(saved)

    @torch.no_grad()
    def step(self, number: int) -> None:
        """Change the parameters by their gradients.

        Args:
            number: how many steps this makes, from 1; the warm-up depends on it.
        """
        settings = self.settings
        adamw(
            self._parameters,
            [parameter.grad for parameter in self._parameters],
            self._first_moments,
            self._second_moments,
            [],  # no maxima: AMSGrad is off
            self._steps,
            fused=self._is_fused,
            amsgrad=False,
            beta1=settings.betas[0],
            beta2=settings.betas[1],
            lr=settings.lr * min(1.0, number / max(settings.warmup, 1)),
            weight_decay=settings.weight_decay,
            eps=EPSILON,
            maximize=False,
        )
