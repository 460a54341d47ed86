"""The length of the weight vector, the cheapest measure.

It also grows where nothing generalises and may fall after the test curve has risen (arXiv
2310.06110, 2311.06597), so it is a companion of the other measures, not a proof.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def weight_norm(model: nn.Module) -> Tensor:
    """Return the L2 norm of all parameters together, a number without unit.

    Cost: one pass over the parameters; the device is not waited for.
    """
    with torch.no_grad():
        norms = [parameter.norm() for parameter in model.parameters()]
        return torch.stack(norms).norm()
