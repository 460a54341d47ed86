"""Sums of rows of a table, and the gradients of such sums, each as one pass over the memory.

Shapes: N examples, H heads, J rows that an example sums of all heads, R rows of the table, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag


def is_available() -> bool:
    """Return whether torch has the kernel that `by_weights` calls, which it does not promise."""
    return hasattr(torch.ops.aten, "_embedding_bag_per_sample_weights_backward")


class Lookup:
    """Which rows of a table examples sum, and which examples sum a row; on a CPU."""

    def __init__(self, rows: Tensor, count: int, heads: int = 1) -> None:
        """Look examples up.

        Args:
            rows: the numbers of the rows of each head that an example sums, of shape (N, J / H).
            count: how many rows each head has; those of the next head lie below them.
            heads: how many heads there are; an example sums the same rows of each.
        """
        examples, each = rows.shape
        heads_H1 = torch.arange(heads)[:, None]
        self._rows_NJ = (rows.unsqueeze(2) + heads_H1[:, 0] * count).flatten(1)
        ordered, order = rows.flatten().sort(stable=True)
        starts = torch.searchsorted(ordered, torch.arange(count))
        self._order = (order * heads + heads_H1).flatten()
        self._examples = (order // each).repeat(heads)
        self._starts_R = (starts + heads_H1 * len(order)).flatten()
        self._starts_N = torch.arange(examples) * each * heads
        self._bags = torch.arange(examples)[:, None].expand_as(self._rows_NJ).flatten()

    def sums(self, table_RW: Tensor, weights_NJ: Tensor | None = None) -> Tensor:
        """Return the sum of each example's rows (N, W), weighted if there are weights."""
        return embedding_bag(self._rows_NJ, table_RW, mode="sum", per_sample_weights=weights_NJ)

    def by_table(self, slopes_NW: Tensor, weights_NJ: Tensor | None = None) -> Tensor:
        """Return the gradient by the table (R, W) for that by the sums (N, W).

        The examples that share a row are known: their slopes are summed as rows are.
        """
        weights = None if weights_NJ is None else weights_NJ.flatten()[self._order]
        return embedding_bag(
            self._examples, slopes_NW, self._starts_R, mode="sum", per_sample_weights=weights
        )

    def by_weights(self, slopes_NW: Tensor, table_RW: Tensor) -> Tensor:
        """Return the gradient by the weights (N, J): products of slopes and rows."""
        # What torch's own backward calls; a mode of 0 is "sum", -1 is no padding.
        products = torch.ops.aten._embedding_bag_per_sample_weights_backward(
            slopes_NW, table_RW, self._rows_NJ.flatten(), self._starts_N, self._bags, 0, -1
        )
        return products.view(self._rows_NJ.shape)
