"""The optimisers: torch's own kernels, mostly without torch's optimiser classes.

The first step of a `torch.optim.Optimizer` imports torch's compiler, which takes as long as
importing torch; the run would start more than a second later. The kernels are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from grok_tui import config
from grok_tui.errors import UsageError

Named: TypeAlias = Iterable[tuple[str, nn.Parameter]]


class Group(NamedTuple):
    """Parameters, by their numbers, that are changed alike."""

    numbers: list[int]
    lr: float
    weight_decay: float


class Optimiser:
    """What all optimisers have in common: parameters, schedule, and state by name."""

    def __init__(self, settings: config.Optimizer, parameters: Named) -> None:
        """Optimise parameters, which must all be on one device; those of no gradient stay."""
        self.settings = settings
        """May be changed between two steps."""
        trained = [(name, p) for name, p in parameters if p.requires_grad]
        self._names = [name for name, _ in trained]
        self._parameters = [p for _, p in trained]

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
        gradients, factor = self.gradients, rate(self.settings, number)
        for group in self._groups():
            self._apply(group._replace(lr=group.lr * factor), gradients)

    def _groups(self) -> list[Group]:
        """Return all parameters; embeddings are a group of their own if settings say so."""
        settings, everything = self.settings, list(range(len(self._parameters)))
        return self._without_embeddings(Group(everything, settings.lr, settings.weight_decay))

    def _without_embeddings(self, group: Group) -> list[Group]:
        lr, decay = self.settings.embedding_lr, self.settings.embedding_weight_decay
        if lr is None and decay is None:
            return [group]
        embeddings = [i for i in group.numbers if "embed" in self._names[i]]
        return [
            group._replace(numbers=[i for i in group.numbers if i not in embeddings]),
            Group(
                embeddings,
                group.lr if lr is None else lr,
                group.weight_decay if decay is None else decay,
            ),
        ]

    def _tensors(self) -> dict[str, list[Tensor]]:
        raise NotImplementedError

    def _apply(self, group: Group, gradients: Sequence[Tensor]) -> None:
        raise NotImplementedError


class Adam(Optimiser):
    """Adam (arXiv 1412.6980) with L2 regularisation, or AdamW with decoupled decay (1711.05101)."""

    settings: config.Adam | config.AdamW | config.Muon

    def __init__(
        self, settings: config.Adam | config.AdamW | config.Muon, parameters: Named
    ) -> None:
        """Optimise parameters, which must all be on one device."""
        super().__init__(settings, parameters)
        self._first_moments = [torch.zeros_like(p) for p in self._parameters]
        self._second_moments = [torch.zeros_like(p) for p in self._parameters]
        device = self._parameters[0].device
        self._steps = [torch.zeros((), device=device) for _ in self._parameters]
        is_coupled = isinstance(settings, config.Adam)
        self._kernel = adam if is_coupled else adamw
        # torch's function takes longer to come to this kernel of its than a small network takes.
        name = "_fused_adam_" if is_coupled else "_fused_adamw_"
        self._fused = getattr(torch, name, None)  # not promised: another release may lack it
        is_of_a_kind = len({p.dtype for p in self._parameters}) == 1
        has_kernel = self._fused is not None and device.type in ("cpu", "cuda")
        self._is_fused = has_kernel and is_of_a_kind

    def _tensors(self) -> dict[str, list[Tensor]]:
        return {
            "first_moments": self._first_moments,
            "second_moments": self._second_moments,
            "steps": self._steps,
        }

    def _apply(self, group: Group, gradients: Sequence[Tensor]) -> None:
        steps = [self._steps[i] for i in group.numbers]
        kernel = self._kernel
        if self._is_fused:
            torch._foreach_add_(steps, 1)
            kernel = self._fused
        tensors = (self._parameters, gradients, self._first_moments, self._second_moments)
        kernel(
            *([tensor[i] for i in group.numbers] for tensor in tensors),
            [],  # no maxima: AMSGrad is off
            steps,
            amsgrad=False,
            beta1=self.settings.betas[0],
            beta2=self.settings.betas[1],
            lr=group.lr,
            weight_decay=group.weight_decay,
            eps=self.settings.eps,
            maximize=False,
        )


class SGD(Optimiser):
    """Gradient descent with L2 regularisation and, if wanted, momentum."""

    settings: config.SGD

    def __init__(self, settings: config.SGD, parameters: Named) -> None:
        """Optimise parameters, which must all be on one device."""
        super().__init__(settings, parameters)
        self._velocities = [torch.zeros_like(p) for p in self._parameters]
        self._is_fused = self._parameters[0].device.type in ("cpu", "cuda")

    def _tensors(self) -> dict[str, list[Tensor]]:
        return {"velocities": self._velocities}

    def _apply(self, group: Group, gradients: Sequence[Tensor]) -> None:
        momentum = self.settings.momentum
        sgd(
            [self._parameters[i] for i in group.numbers],
            [gradients[i] for i in group.numbers],
            # torch begins with the first gradient as velocity; zero times momentum plus it is that
            [self._velocities[i] if momentum else None for i in group.numbers],
            fused=self._is_fused,
            weight_decay=group.weight_decay,
            momentum=momentum,
            lr=group.lr,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )


class Muon(Adam):
    """torch's Muon on hidden matrices, and AdamW on the rest."""

    settings: config.Muon

    def __init__(self, settings: config.Muon, parameters: Named) -> None:
        """Optimise parameters, which must all be on one device.

        Raises:
            UsageError: there is no hidden matrix among them.
        """
        super().__init__(settings, parameters)
        pairs = enumerate(zip(self._names, self._parameters, strict=True))
        self._hidden = [i for i, (name, p) in pairs if is_hidden_matrix(name, p)]
        if not self._hidden:
            raise UsageError("optimizer.kind: muon needs hidden matrices, and the model has none")
        self._muon = torch.optim.Muon(
            [self._parameters[i] for i in self._hidden], momentum=settings.momentum
        )
        self._velocities = [torch.zeros_like(self._parameters[i]) for i in self._hidden]
        for i, velocity in zip(self._hidden, self._velocities, strict=True):
            self._muon.state[self._parameters[i]]["momentum_buffer"] = velocity

    def _groups(self) -> list[Group]:
        settings = self.settings
        others = [i for i in range(len(self._parameters)) if i not in self._hidden]
        rest = Group(others, settings.others_lr, settings.others_weight_decay)
        hidden = Group(self._hidden, settings.lr, settings.weight_decay)
        return [hidden, *self._without_embeddings(rest)]

    def _tensors(self) -> dict[str, list[Tensor]]:
        return {**super()._tensors(), "velocities": self._velocities}

    def _apply(self, group: Group, gradients: Sequence[Tensor]) -> None:
        if group.numbers != self._hidden:
            return super()._apply(group, gradients)
        self._muon.param_groups[0].update(lr=group.lr, weight_decay=group.weight_decay)
        self._muon.step()
        return None


def make_optimiser(settings: config.Optimizer, parameters: Named) -> Optimiser:
    """Return the optimiser that a config asks for."""
    if isinstance(settings, config.SGD):
        return SGD(settings, parameters)
    if isinstance(settings, config.Muon):
        return Muon(settings, parameters)
    return Adam(settings, parameters)


def is_hidden_matrix(name: str, parameter: Tensor) -> bool:
    """Return whether a parameter is a matrix between hidden layers, by its name and shape."""
    others = ("embed", "place", "tables", "readout")
    return parameter.ndim == 2 and not any(other in name for other in others)


def rate(settings: config.Optimizer, step: int) -> float:
    """Return which part of the learning rate a step is made with, from step 1."""
    warm = min(1.0, step / max(settings.warmup, 1))
    if settings.schedule == "constant":
        return warm
    way = min(1.0, step / settings.schedule_steps)
    fallen = way if settings.schedule == "linear" else (1 - math.cos(math.pi * way)) / 2
    return warm * (1 - (1 - settings.schedule_end) * fallen)


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
