from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from grok_tui.config import Config, change, load_preset
from grok_tui.training.dataset import Dataset
from grok_tui.training.gradient import ByAutograd, Gradient, make_gradient
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.models.perceptron_gradient import PerceptronGradient
from grok_tui.training.models.prefixes_gradient import PrefixesGradient
from grok_tui.training.models.tables_gradient import TablesGradient
from grok_tui.training.regularisation import Regulariser
from grok_tui.training.tasks.build import build_dataset

SMALL = ["task.modulus=13", "model.width=32"]
ERRORS = {torch.float32: 1e-5, torch.float64: 1e-10}


class Case:
    """A network of a preset with its data, and the ways to its gradient."""

    def __init__(self, preset: str, *changes: str, dtype: torch.dtype = torch.float32) -> None:
        self.config: Config = change(load_preset(preset).config, [*SMALL, *changes])[0]
        self.data: Dataset = build_dataset(self.config.task, torch.Generator().manual_seed(0))
        self.objective = Objective(self.config.loss, self.data)
        outputs, generator = self.objective.outputs, torch.Generator().manual_seed(0)
        self.model = build_model(self.config.model, self.data, outputs, generator).to(dtype)
        for parameter in self.model.parameters():  # what begins as zero would hide a mistake
            parameter.data += 0.1 * torch.randn(parameter.shape, generator=generator)
        self.regulariser = Regulariser(self.config.regularization, self.model)

    def chosen(self) -> Gradient:
        return make_gradient(self.config, self.model, self.objective, self.regulariser)

    def plain(self) -> ByAutograd:
        return ByAutograd(self.objective, self.regulariser, is_compiled=False)

    def made(self, gradient: Gradient, numbers: Tensor | None = None) -> list[Tensor]:
        self.model.zero_grad()
        batch = self.data.train.rows(numbers)
        gradient(batch.inputs, batch.targets)
        return [p.grad.clone() for p in self.model.parameters() if p.grad is not None]


def assert_same(ours: Case, plain: Case, error: float) -> None:
    """Of all examples, of some, which lack symbols, and of all again."""
    mine, others = ours.chosen(), plain.plain()
    for numbers in (None, torch.tensor([3, 1, 7]), None):
        expected = plain.made(others, numbers)
        whole = math.hypot(*(float(other.norm()) for other in expected))
        for one, other in zip(ours.made(mine, numbers), expected, strict=True):
            # A bias of keys changes no score: its gradient is nothing but rounding.
            is_nothing = float(other.norm()) < error * whole
            scale = whole if is_nothing else float(other.norm())
            assert float((one - other).norm()) <= error * scale


@pytest.mark.parametrize("dtype", ERRORS)
@pytest.mark.parametrize("loss", ["cross-entropy", "mse", "stablemax"])
@pytest.mark.parametrize("activation", ["quadratic", "relu"])
def test_that_of_a_perceptron_is_that_of_autograd(
    activation: str, loss: str, dtype: torch.dtype
) -> None:
    case = Case("add-53-flash", f"model.activation={activation}", f"loss={loss}", dtype=dtype)
    assert isinstance(case.chosen(), PerceptronGradient)
    assert_same(case, case, ERRORS[dtype])


@pytest.mark.parametrize("dtype", ERRORS)
@pytest.mark.parametrize(
    "changes",
    [
        [],
        ["model.biases=none", "loss=mse"],
        ["model.operator=true", "model.positions=sinusoidal", "model.init=torch"],
        ["model.heads=2", "task.operation=divide"],
    ],
)
def test_that_of_tables_is_that_of_autograd_on_all_positions(
    changes: list[str], dtype: torch.dtype
) -> None:
    case = Case("nanda-mainline", *changes, dtype=dtype)
    assert isinstance(case.chosen(), TablesGradient)
    plain = Case("nanda-mainline", *changes, "model.shortcut=false", dtype=dtype)
    assert isinstance(plain.chosen(), ByAutograd)
    assert_same(case, plain, ERRORS[dtype])


@pytest.mark.parametrize("dtype", ERRORS)
@pytest.mark.parametrize(
    "changes",
    [
        [],
        ["model.layers=3", "model.operator=false", "model.heads=2", "model.norm=none"],
        ["model.norm=pre", "model.biases=all", "model.activation=gelu", "loss=mse"],
    ],
)
def test_that_with_prefixes_is_that_of_autograd_on_all_positions(
    changes: list[str], dtype: torch.dtype
) -> None:
    case = Case("div97-wd1", *changes, dtype=dtype)
    assert isinstance(case.chosen(), PrefixesGradient)
    plain = Case("div97-wd1", *changes, "model.shortcut=false", dtype=dtype)
    assert isinstance(plain.chosen(), ByAutograd)
    assert_same(case, plain, ERRORS[dtype])


@pytest.mark.parametrize("preset", ["add-53-flash", "nanda-mainline", "div97-wd1"])
def test_it_is_the_same_to_the_last_bit_each_time(preset: str) -> None:
    """Also of another object, as after a resume."""
    case = Case(preset)
    gradient, another = case.chosen(), case.chosen()
    for one, two, three in zip(
        case.made(gradient), case.made(gradient), case.made(another), strict=True
    ):
        assert torch.equal(one, two)
        assert torch.equal(one, three)


@pytest.mark.parametrize(
    ("preset", "changed"),
    [
        ("add-53-flash", "model.shortcut=false"),
        ("add-53-flash", "model.depth=2"),
        ("add-53-flash", "model.bias=hidden"),
        ("add-53-flash", "model.activation=gelu"),
        ("add-53-flash", "model.embedding=4"),
        ("add-53-flash", "regularization.weight_noise=0.01"),
        ("add-53-flash", "regularization.spectral_entropy=0.01"),
        ("div97-wd1", "model.causal=false"),
        ("div97-wd1", "task.modulus=131"),
        ("nanda-mainline", "model.norm=pre"),
        ("nanda-mainline", "model.biases=all"),
        ("nanda-mainline", "model.activation=gelu"),
        ("nanda-mainline", "regularization.weight_noise=0.01"),
    ],
)
def test_what_is_not_known_is_left_to_autograd(preset: str, changed: str) -> None:
    assert isinstance(Case(preset, changed).chosen(), ByAutograd)
