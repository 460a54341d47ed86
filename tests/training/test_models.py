from __future__ import annotations

import pytest
import torch
from torch.nn.functional import one_hot

from grok_tui.config import MLP
from grok_tui.training.models import PairMLP


def model(**settings: object) -> PairMLP:
    config = MLP(width=16, **settings)  # type: ignore[arg-type]
    return PairMLP(config, 7, 5, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("activation", ["quadratic", "relu"])
@pytest.mark.parametrize("depth", [1, 3])
def test_looking_rows_up_equals_the_product_with_one_hot_vectors(
    activation: str, depth: int
) -> None:
    net = model(activation=activation, depth=depth)
    operands = torch.cartesian_prod(torch.arange(7), torch.arange(7))
    activate = torch.square if activation == "quadratic" else torch.relu
    two_hot = torch.cat([one_hot(operands[:, 0], 7), one_hot(operands[:, 1], 7)], dim=1).float()
    units = activate(two_hot @ torch.cat([net.left_pW, net.right_pW]))
    for weights in net.hidden_WW:
        units = activate(units @ weights)
    assert torch.allclose(net(operands), units @ net.readout_WK, rtol=1e-4, atol=1e-5)


def test_depth_counts_hidden_layers() -> None:
    assert len(model(depth=1).hidden_WW) == 0
    assert len(model(depth=4).hidden_WW) == 3


def test_the_default_network_has_the_published_size_and_scale() -> None:
    net = PairMLP(MLP(), 53, 53, torch.Generator().manual_seed(0))
    assert sum(p.numel() for p in net.parameters()) == 20_352
    norm = sum(float(p.detach().square().sum()) for p in net.parameters()) ** 0.5
    assert norm == pytest.approx(59, abs=1)
