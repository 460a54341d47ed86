"""The same functions as the plain transformers', without computing anything twice.

Shapes as in `transformer.py`; T rows of a table: a symbol each, or one where it is always the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from grok_tui.training.models.transformer import Block, Transformer


def by_prefixes(model: Transformer, inputs_NP: Tensor) -> Tensor:
    """Return the outputs (N, K) of a transformer.

    What a causal network makes of the positions before the second symbol depends on the first
    symbol alone: it is computed for each first symbol, and its keys and values are looked up. The
    first block's queries, keys and values are looked up for all symbols. In the last block only
    the last position asks.
    """
    first, *others = model.blocks
    firsts = torch.arange(model.symbols[0], device=inputs_NP.device)
    # Where all positions see each other there are no prefixes, except in front of the last query.
    shared = 1 + model.settings.operator if model.settings.causal or not others else 0
    rows = model.rows()
    tables = [rows, *zip(*map(first.project, rows), strict=True)]  # stream, query, key, value
    known, columns = [firsts, None], model.columns(inputs_NP)
    before, after = slice(shared), slice(shared, None)
    early = [entering(table, known, len(firsts), before) for table in tables]
    own = [entering(table, columns, len(inputs_NP), after) for table in tables]
    return through(model, model.blocks, inputs_NP, early, own)


def through(
    model: Transformer,
    blocks: Iterable[Block],
    inputs_NP: Tensor,
    early: Sequence[Tensor],
    own: Sequence[Tensor],
) -> Tensor:
    """Return the outputs (N, K) of the last blocks.

    Args:
        model: the network.
        blocks: its last ones.
        inputs_NP: symbols.
        early: stream, query, key and value in front of each first symbol's prefix.
        own: the same at each example's other positions.
    """
    first, *others = blocks
    for block, following in zip([first, *others], [*others, None], strict=True):
        keys_and_values = (
            torch.cat([past.index_select(0, inputs_NP[:, 0]), present], dim=1)
            for past, present in zip(early[2:], own[2:], strict=True)
        )
        if following is None:
            last_N1D = block.finish(own[0][:, -1:], own[1][:, -1:], *keys_and_values)
            return model.read_out(last_N1D[:, 0])
        streams = block.finish(*early), block.finish(*own[:2], *keys_and_values)
        early, own = ([stream, *following.project(stream)] for stream in streams)
    raise AssertionError("a transformer has at least one block")


def by_tables(model: Transformer, inputs_NP: Tensor) -> Tensor:
    """Return the outputs (N, K) of a transformer with one block and without normalisation.

    The query at `=` is one vector, and keys and values depend on symbol and position alone: scores
    and values are looked up. The stream at `=` is `=` itself plus two outputs, each followed by a
    matrix: the two matrices are multiplied first.
    """
    (block,) = model.blocks
    *_, end_1D = rows = model.rows()
    heads, asking_HD = (block.heads, -1), asked(block, end_1D)
    columns = model.columns(inputs_NP)
    scores_NPH = entering([one @ asking_HD.T for one in rows], columns, len(inputs_NP))
    weights_PNH = scores_NPH.softmax(dim=1).unbind(1)
    # Position by position: a stack of all values would have gradients that are no whole rows.
    mixed_NHE = sum(
        weights_NH.unsqueeze(2) * looked_up(one @ block.value_DD, column).unflatten(1, heads)
        for one, column, weights_NH in zip(rows, columns, weights_PNH, strict=True)
    )
    assert isinstance(mixed_NHE, Tensor)
    mixed_ND, readout_DK = mixed_NHE.flatten(1), model.readout_DK
    fixed_M, fixed_K = (end_1D @ block.in_DM)[0], (end_1D @ readout_DK)[0]
    if block.in_M is not None:
        fixed_M, fixed_K = fixed_M + block.in_M, fixed_K + block.out_D @ readout_DK
    hidden_NM = block.activate(torch.addmm(fixed_M, mixed_ND, block.out_DD @ block.in_DM))
    outputs_NK = torch.addmm(fixed_K, mixed_ND, block.out_DD @ readout_DK)
    return outputs_NK + hidden_NM @ (block.out_MD @ readout_DK)


def asked(block: Block, end_1D: Tensor) -> Tensor:
    """Return what a row is multiplied by for its scores (H, D), where `=` is the one that asks."""
    query_HE = (end_1D @ block.query_DD).view(block.heads, -1)
    key_DHE = block.key_DD.unflatten(1, (block.heads, -1))
    return torch.einsum("he,dhe->hd", query_HE, key_DHE) * query_HE.shape[1] ** -0.5


def chosen_rows(model: Transformer, inputs_NP: Tensor) -> tuple[Tensor, list[int]]:
    """Return the rows that examples choose (N, P), where the tables of all positions lie below each
    other, and where each table begins and the last one ends."""
    starts = list(accumulate(map(len, model.rows()), initial=0))
    only_N = inputs_NP.new_zeros(len(inputs_NP))
    columns = [only_N if column is None else column for column in model.columns(inputs_NP)]
    return torch.stack(columns, dim=1) + torch.tensor(starts[:-1]), starts


def entering(
    rows: Sequence[Tensor],
    columns: Sequence[Tensor | None],
    count: int,
    where: slice = slice(None),
) -> Tensor:
    """Return the chosen rows (N, P, D) of tables (T, D), one a position.

    Args:
        rows: the tables of all positions.
        columns: the row that each example chooses (N,); nothing for a table of one row.
        count: how many examples there are (N).
        where: the positions that are wanted.
    """
    found = [
        looked_up(table, column).expand(count, -1)
        for table, column in zip(rows[where], columns[where], strict=True)
    ]
    return torch.stack(found, dim=1) if found else rows[0].new_empty(count, 0, rows[0].shape[1])


def looked_up(table: Tensor, column: Tensor | None) -> Tensor:
    """Return the chosen rows (N, D) of a table (T, D), or its only row (1, D)."""
    return table if column is None else table.index_select(0, column)
