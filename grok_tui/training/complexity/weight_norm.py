"""The length of the weight vector, the cheapest measure.

It also grows where nothing generalises and may fall after the test curve has risen (arXiv
2310.06110, 2311.06597), so it is a companion of the other measures, not a proof.
"""

from __future__ import annotations

import torch
from torch import nn


def weight_norm(model: nn.Module) -> float:
    """Return the L2 norm of all parameters together, a number without unit.

    Cost: one pass over the parameters and one synchronisation.
    """
    with torch.no_grad():
        norms = [parameter.norm() for parameter in model.parameters()]
        return float(torch.stack(norms).norm())
