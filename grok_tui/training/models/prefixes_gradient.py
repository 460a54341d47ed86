"""The gradient of a causal transformer of several blocks, whose first block is looked up.

In the first block queries, keys and values are a row a symbol: so are scores, a row a pair of
symbols, and what a value adds to the stream, a row a symbol and head.

Shapes: N examples, S first symbols, P positions, Q of them after the prefix that examples of one
first symbol share, A rows that ask, R rows of all positions, D width, H heads, E length of a head.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from grok_tui.training.losses import Objective
from grok_tui.training.models.lookup import Lookup
from grok_tui.training.models.shortcuts import chosen_rows, entering, through
from grok_tui.training.models.transformer import Block, Transformer

_FEW_SYMBOLS = 256
"""Of all positions; the table of all scores grows with the square of their number."""


def can_be_looked_up(model: Transformer) -> bool:
    """Return whether a network has prefixes, and few enough symbols."""
    settings = model.settings
    has_form = settings.shortcut and settings.causal and settings.layers > 1
    return has_form and sum(model.symbols) <= _FEW_SYMBOLS


class PrefixesGradient:
    """Makes the gradient of one network."""

    def __init__(self, model: Transformer, objective: Objective) -> None:
        """Make gradients of a causal network of several blocks, on a CPU."""
        self._model, self._objective = model, objective

    def __call__(self, inputs_NP: Tensor, targets: Tensor) -> None:
        """Give each parameter the gradient of the mean loss."""
        self._objective.loss(outputs(self._model, inputs_NP), targets).backward()


class _Sums(torch.autograd.Function):
    """Weighted sums of rows, as autograd sees them."""

    @staticmethod
    def forward(ctx: Any, table_RW: Tensor, weights_NJ: Tensor, lookup: Lookup) -> Tensor:
        ctx.save_for_backward(table_RW, weights_NJ)
        ctx.lookup = lookup
        return lookup.sums(table_RW, weights_NJ)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, Tensor, None]:
        (slopes_NW,), (table_RW, weights_NJ) = slopes, ctx.saved_tensors
        slopes_NW = slopes_NW.contiguous()
        by_table_RW = ctx.lookup.by_table(slopes_NW, weights_NJ)
        return by_table_RW, ctx.lookup.by_weights(slopes_NW, table_RW), None


def outputs(model: Transformer, inputs_NP: Tensor) -> Tensor:
    """Return the outputs (N, K) of a network."""
    first, second, *others = model.blocks
    rows_NP, starts = chosen_rows(model, inputs_NP)
    shared = 1 + model.settings.operator
    stream_RD = torch.cat(model.rows())
    projected = first.project(stream_RD)
    own_NQD = stream_RD.index_select(0, rows_NP[:, shared:].flatten())
    own_NQD = own_NQD.view(len(inputs_NP), -1, stream_RD.shape[1])
    own_NQD = own_NQD + attended(first, projected, rows_NP, shared, starts[shared])
    firsts = [torch.arange(model.symbols[0]), *[None] * (shared - 1)]
    before = [table.tensor_split(starts[1:-1])[:shared] for table in (stream_RD, *projected)]
    early = [entering(tables, firsts, model.symbols[0]) for tables in before]
    streams = first.finish(*early), first.perceive(own_NQD)
    early, own = ([stream, *second.project(stream)] for stream in streams)
    return through(model, [second, *others], inputs_NP, early, own)


def attended(
    block: Block,
    projected: tuple[Tensor, Tensor, Tensor],
    rows_NP: Tensor,
    shared: int,
    asking: int,
) -> Tensor:
    """Return what attention adds to the stream (N, Q, D) after the prefix.

    Args:
        block: the first one.
        projected: queries, keys and values of all rows (R, D).
        rows_NP: the rows that examples choose.
        shared: how many positions the prefix has.
        asking: the first row that asks; those of the prefix are before it.
    """
    heads, rows = block.heads, len(projected[0])
    query_HRE, key_HRE, value_HRE = (
        each.unflatten(1, (heads, -1)).transpose(0, 1) for each in projected
    )
    cells_NQP = (rows_NP[:, shared:, None] - asking) * rows + rows_NP[:, None]
    weights_NQPH = _weights(block, query_HRE[:, asking:], key_HRE, cells_NQP)
    added = (value_HRE @ block.out_DD.unflatten(0, (heads, -1))).flatten(0, 1)
    seen = rows_NP[:, None].expand_as(cells_NQP).flatten(0, 1)
    sums = _Sums.apply(added, weights_NQPH.flatten(2).flatten(0, 1), Lookup(seen, rows, heads))
    added_NQD: Tensor = sums.view(*cells_NQP.shape[:2], -1)
    return added_NQD if block.mixed_D is None else added_NQD + block.mixed_D


def _weights(block: Block, query_HAE: Tensor, key_HRE: Tensor, cells_NQP: Tensor) -> Tensor:
    """Return how much each position attends to each (N, Q, P, H), from a table of all scores."""
    scores_HAR = query_HAE @ key_HRE.transpose(1, 2) * query_HAE.shape[2] ** -0.5
    table = scores_HAR.permute(1, 2, 0).flatten(0, 1)
    scores_NQPH = table.index_select(0, cells_NQP.flatten()).view(*cells_NQP.shape, -1)
    later_QP = block.later(cells_NQP.shape[1], cells_NQP.shape[2], cells_NQP.device)
    return scores_NQPH.masked_fill(later_QP.unsqueeze(2), -torch.inf).softmax(dim=2)
