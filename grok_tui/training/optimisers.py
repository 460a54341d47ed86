"""The optimisers: torch's own kernels, without torch's optimiser classes.

The first step of a `torch.optim.Optimizer` imports torch's compiler, which takes as long as
importing torch; the run would start more than a second later. The kernels are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from grok_tui import config


class Optimiser:
    """What all optimisers have in common: parameters, warm-up, and state by name."""

    def __init__(self, settings: config.Optimizer, parameters: Iterable[nn.Parameter]) -> None:
        """Optimise these parameters, which must all be on one device."""
        self.settings = settings
        """May be changed between two steps."""
        self._parameters = [p for p in parameters if p.requires_grad]  # frozen ones stay

    @property
    def gradients(self) -> list[Tensor]:
        """The gradients of all parameters; those that have none count as zero."""
        for parameter in self._parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        return [parameter.grad for parameter in self._parameters if parameter.grad is not None]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return settings, and the tensors of the state in the order of the parameters."""
        settings = {"lr": self.settings.lr, "weight_decay": self.settings.weight_decay}
        return {"settings": settings, **self._tensors()}

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
        if self.settings.orthogonal:
            for parameter, gradient in zip(self._parameters, self.gradients, strict=True):
                gradient.copy_(orthogonal_to(parameter, gradient))
        self._apply(self.settings.lr * min(1.0, number / max(self.settings.warmup, 1)))

    def _tensors(self) -> dict[str, list[Tensor]]:
        raise NotImplementedError

    def _apply(self, lr: float) -> None:
        raise NotImplementedError


class Adam(Optimiser):
    """Adam (arXiv 1412.6980) with L2 regularisation, or AdamW with decoupled decay (1711.05101)."""

    settings: config.Adam | config.AdamW

    def __init__(
        self, settings: config.Adam | config.AdamW, parameters: Iterable[nn.Parameter]
    ) -> None:
        """Optimise these parameters, which must all be on one device."""
        super().__init__(settings, parameters)
        self._kernel = adamw if isinstance(settings, config.AdamW) else adam
        self._first_moments = [torch.zeros_like(p) for p in self._parameters]
        self._second_moments = [torch.zeros_like(p) for p in self._parameters]
        device = self._parameters[0].device
        self._steps = [torch.zeros((), device=device) for _ in self._parameters]
        self._is_fused = device.type in ("cpu", "cuda")  # one kernel for all parameters

    def _tensors(self) -> dict[str, list[Tensor]]:
        return {
            "first_moments": self._first_moments,
            "second_moments": self._second_moments,
            "steps": self._steps,
        }

    def _apply(self, lr: float) -> None:
        self._kernel(
            self._parameters,
            self.gradients,
            self._first_moments,
            self._second_moments,
            [],  # no maxima: AMSGrad is off
            self._steps,
            fused=self._is_fused,
            amsgrad=False,
            beta1=self.settings.betas[0],
            beta2=self.settings.betas[1],
            lr=lr,
            weight_decay=self.settings.weight_decay,
            eps=self.settings.eps,
            maximize=False,
        )


class SGD(Optimiser):
    """Gradient descent with L2 regularisation and, if wanted, momentum."""

    settings: config.SGD

    def __init__(self, settings: config.SGD, parameters: Iterable[nn.Parameter]) -> None:
        """Optimise these parameters, which must all be on one device."""
        super().__init__(settings, parameters)
        self._velocities = [torch.zeros_like(p) for p in self._parameters]
        self._is_fused = self._parameters[0].device.type in ("cpu", "cuda")

    def _tensors(self) -> dict[str, list[Tensor]]:
        return {"velocities": self._velocities}

    def _apply(self, lr: float) -> None:
        momentum = self.settings.momentum
        sgd(
            self._parameters,
            self.gradients,
            # torch begins with the first gradient as velocity; zero times momentum plus it is that
            [*self._velocities] if momentum else [None for _ in self._velocities],
            fused=self._is_fused,
            weight_decay=self.settings.weight_decay,
            momentum=momentum,
            lr=lr,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )


def make_optimiser(settings: config.Optimizer, parameters: Iterable[nn.Parameter]) -> Optimiser:
    """Return the optimiser that a config asks for."""
    if isinstance(settings, config.SGD):
        return SGD(settings, parameters)
    return Adam(settings, parameters)


def orthogonal_to(weights: Tensor, gradient: Tensor) -> Tensor:
    """Return the part of a gradient that is orthogonal to its weights, at the gradient's length.

    As in arXiv 2501.04697, with both tensors taken as vectors; what is too small to have a
    direction stays as it is.
    """
    length = weights.square().sum()
    if float(length) == 0:
        return gradient
    along = (weights * gradient).sum() / length
    orthogonal = gradient - along * weights
    shorter, longer = orthogonal.norm(), gradient.norm()
    return orthogonal * (longer / shorter) if float(shorter) > 0 else gradient
