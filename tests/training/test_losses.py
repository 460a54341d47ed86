from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy, one_hot

from grok_tui.errors import UsageError
from grok_tui.training.dataset import Dataset, Split
from grok_tui.training.losses import Objective, hinge, stablemax_cross_entropy


def classes(count: int) -> Dataset:
    split = Split(torch.zeros(4, 2), torch.tensor([0, 1, 1, 0]))
    return Dataset(split, split, outputs=count)


def regression() -> Dataset:
    split = Split(torch.zeros(4, 2), torch.zeros(4, 3))
    return Dataset(split, split, outputs=3, threshold=0.01)


def test_cross_entropy_and_its_accuracy() -> None:
    objective = Objective("cross-entropy", classes(3))
    logits, targets = torch.randn(8, 3), torch.randint(3, (8,))
    assert torch.equal(objective.loss(logits, targets), cross_entropy(logits, targets))
    right = logits.argmax(1) == targets
    assert float(objective.hits(logits, targets)) == float(right.float().mean())
    assert (objective.outputs, objective.is_in_nats) == (3, True)


def test_hinge_has_one_output_and_two_classes() -> None:
    outputs = torch.tensor([[2.0], [0.5], [-0.5], [-2.0]])
    targets = torch.tensor([1, 1, 1, 0])
    assert float(hinge(outputs, targets)) == pytest.approx((0 + 0.5 + 1.5 + 0) / 4)
    objective = Objective("hinge", classes(2))
    assert objective.outputs == 1
    assert float(objective.hits(outputs, targets)) == 0.75


def test_squared_error_of_classes_is_that_of_one_hot_targets() -> None:
    outputs, targets = torch.randn(5, 3), torch.tensor([0, 2, 1, 1, 0])
    expected = (outputs - one_hot(targets, 3)).square().mean()
    assert torch.allclose(Objective("mse", classes(3)).loss(outputs, targets), expected)


def test_an_output_of_a_regression_is_right_within_the_threshold() -> None:
    objective = Objective("mse", regression())
    outputs = torch.tensor([[0.0, 0.09, 0.11], [1.0, -0.05, -0.2]])
    assert float(objective.hits(outputs, torch.zeros(2, 3))) == pytest.approx(3 / 6)
    assert objective.is_in_nats is False


def test_stablemax_is_the_published_function() -> None:
    logits = torch.tensor([[0.0, 1.0, -1.0], [5.0, -3.0, 0.5]])
    s = torch.tensor([[1.0, 2.0, 0.5], [6.0, 0.25, 1.5]])
    shares = s / s.sum(dim=1, keepdim=True)
    expected = -(shares[0, 1].log() + shares[1, 0].log()) / 2
    assert torch.allclose(stablemax_cross_entropy(logits, torch.tensor([1, 0])), expected)


def test_stablemax_has_gradients_everywhere() -> None:
    logits = torch.tensor([[0.0, 1.0, -1.0, 1e4, -1e4]], requires_grad=True)
    stablemax_cross_entropy(logits, torch.tensor([2])).backward()
    assert logits.grad is not None
    assert bool(logits.grad.isfinite().all())
    assert torch.autograd.gradcheck(
        lambda x: stablemax_cross_entropy(x, torch.tensor([1])),
        torch.tensor([[0.3, -0.7, 2.0]], dtype=torch.float64, requires_grad=True),
    )


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("cross-entropy", regression(), "a regression is trained with mse"),
        ("hinge", classes(3), "hinge is for two classes, and there are 3"),
    ],
)
def test_a_loss_that_does_not_fit_is_told(name: str, data: Dataset, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Objective(name, data)


def test_classes_with_codes_are_told_by_the_nearest_one() -> None:
    split = Split(torch.zeros(3, 2), torch.tensor([0, 1, 1]))
    codes = torch.tensor([[0.0, 0.0, 3.0], [4.0, 0.0, 0.0]])
    data = Dataset(split, split, outputs=2, codes=codes)
    objective = Objective("mse", data)
    assert objective.outputs == 3
    outputs = torch.tensor([[0.0, 0.0, 2.0], [0.0, 0.0, 3.0], [3.0, 0.0, 0.0]])
    assert float(objective.hits(outputs, split.targets)) == pytest.approx(2 / 3)
    assert float(objective.loss(outputs, split.targets)) == pytest.approx((1 + 16 + 9 + 1) / 9)
    assert Objective("cross-entropy", data).outputs == 2
