"""Sums of rows of tables, and the gradient of such sums, each as one pass over the memory.

Shapes: N examples, P tables, R rows of all tables, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag


class Lookup:
    """Which row of each table examples sum, where the tables lie below each other."""

    def __init__(self, inputs_NP: Tensor, counts: Sequence[int]) -> None:
        """Look examples up.

        Args:
            inputs_NP: the row of each table that an example sums.
            counts: how many rows each of the P tables has.
        """
        ends = list(accumulate(counts, initial=0))
        self._rows_NP = inputs_NP + torch.tensor(ends[:-1])
        rows, order = self._rows_NP.flatten().sort(stable=True)
        self._examples = order // len(counts)
        self._starts_R = torch.searchsorted(rows, torch.arange(ends[-1]))

    def sums(self, tables_RW: Tensor) -> Tensor:
        """Return the sum of each example's rows (N, W)."""
        return embedding_bag(self._rows_NP, tables_RW, mode="sum")

    def gradient(self, slopes_NW: Tensor) -> Tensor:
        """Return the gradient by the tables (R, W) for that by the sums (N, W).

        The examples that share a row are known: their slopes are summed as rows are.
        """
        return embedding_bag(self._examples, slopes_NW, self._starts_R, mode="sum")
