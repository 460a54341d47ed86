"""What a network computes inside, on a few examples.

Shapes: N examples, U units of a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from grok_tui.training.models.activations import Square

_NON_LINEARITIES = (
    Square, nn.ReLU, nn.GELU, nn.Tanh, nn.SiLU, nn.Sigmoid, nn.LeakyReLU, nn.ELU,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    """What goes into a non-linearity and what comes out: (N, U), all positions side by side."""

    before: Tensor
    after: Tensor


def entrance(model: nn.Module, inputs: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Return inputs as numbers that may be changed a little, and what takes such numbers.

    A model on symbols says where they have become numbers; all others take numbers as they are.
    """
    own = getattr(model, "entrance", None)
    if own is None:
        return inputs, model
    found: tuple[Tensor, Callable[[Tensor], Tensor]] = own(inputs)
    return found


def hidden_layers(
    model: nn.Module, forward: Callable[[Tensor], Tensor], points: Tensor
) -> tuple[list[Layer], Tensor]:
    """Return the hidden layers in the order in which they are computed, and the outputs.

    Args:
        model: the network whose non-linearities are watched: modules of torch's usual kinds.
        forward: what computes it.
        points: (N, …), what is computed.
    """
    with _watched(model) as layers:
        outputs = forward(points)
    return layers, outputs


@contextmanager
def _watched(model: nn.Module) -> Iterator[list[Layer]]:
    layers = list[Layer]()

    def keep(_: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        layers.append(Layer(inputs[0].flatten(1), output.flatten(1)))

    found = [part for part in model.modules() if isinstance(part, _NON_LINEARITIES)]
    hooks = [part.register_forward_hook(keep) for part in found]
    try:
        yield layers
    finally:
        for hook in hooks:
            hook.remove()
