from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from grok_tui.config import Config, change, load_preset
from grok_tui.training.dataset import Dataset, Split
from grok_tui.training.gradient import ByAutograd, Gradient, make_gradient
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.models.written_out import WrittenOut
from grok_tui.training.regularisation import Regulariser
from grok_tui.training.tasks.build import build_dataset

SMALL = ["task.modulus=13", "model.width=32"]
ERRORS = {torch.float32: 1e-5, torch.float64: 1e-10}


class Case:
    """A network of a preset with its data, and the ways to its gradient."""

    def __init__(self, *changes: str, preset: str = "add-53-flash") -> None:
        self.config: Config = change(load_preset(preset).config, [*SMALL, *changes])[0]
        self.data: Dataset = build_dataset(self.config.task, torch.Generator().manual_seed(0))
        self.objective = Objective(self.config.loss, self.data)
        outputs, generator = self.objective.outputs, torch.Generator().manual_seed(0)
        self.model: nn.Module = build_model(self.config.model, self.data, outputs, generator)

    def chosen(self) -> Gradient:
        return make_gradient(self.config, self.model, self.objective, self._regulariser())

    def plain(self) -> ByAutograd:
        return ByAutograd(self.objective, self._regulariser(), is_compiled=False)

    def _regulariser(self) -> Regulariser:
        return Regulariser(self.config.regularization, self.model)

    def made(self, gradient: Gradient, batch: Split) -> list[Tensor]:
        self.model.zero_grad()
        gradient(batch.inputs, batch.targets)
        return [p.grad.clone() for p in self.model.parameters() if p.grad is not None]


@pytest.mark.parametrize("dtype", ERRORS)
@pytest.mark.parametrize("loss", ["cross-entropy", "mse", "stablemax"])
@pytest.mark.parametrize("activation", ["quadratic", "relu"])
def test_written_out_it_is_that_of_autograd(activation: str, loss: str, dtype: torch.dtype) -> None:
    """Of all examples, of some, which lack symbols, and of all again."""
    case = Case(f"model.activation={activation}", f"loss={loss}")
    case.model.to(dtype)
    ours, plain = case.chosen(), case.plain()
    assert isinstance(ours, WrittenOut)
    for numbers in (None, torch.tensor([3, 1, 7]), None):
        batch = case.data.train.rows(numbers)
        mine, others = case.made(ours, batch), case.made(plain, batch)
        for one, other in zip(mine, others, strict=True):
            assert float((one - other).norm()) <= ERRORS[dtype] * float(other.norm())


def test_it_is_the_same_to_the_last_bit_each_time() -> None:
    case = Case()
    gradient, again = case.chosen(), case.chosen()
    first, second = (case.made(one, case.data.train) for one in (gradient, again))
    third = case.made(gradient, case.data.train)
    for one, two, three in zip(first, second, third, strict=True):
        assert torch.equal(one, two)
        assert torch.equal(one, three)


@pytest.mark.parametrize(
    "changed",
    [
        "model.shortcut=false",
        "model.depth=2",
        "model.bias=hidden",
        "model.activation=gelu",
        "model.embedding=4",
        "regularization.weight_noise=0.01",
        "regularization.spectral_entropy=0.01",
        "model.kind=transformer",
    ],
)
def test_what_is_not_known_is_left_to_autograd(changed: str) -> None:
    assert isinstance(Case(changed).chosen(), ByAutograd)
