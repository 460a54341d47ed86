"""The gradient of a transformer of one block, as tables have it, mostly without autograd.

What has a row a symbol is small: autograd goes through it. What has a row an example is summed and
overwritten here. Values are tables of what they become: in the perceptron, and in the outputs. So
no example is multiplied by the perceptron's first matrix: it sums rows, one a symbol and head.

Shapes: N examples, P positions, R rows of all positions but the last, D width, H heads, E length
of a head, M width of the perceptron, K outputs.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from grok_tui.training.losses import Objective
from grok_tui.training.models.lookup import Lookup
from grok_tui.training.models.shortcuts import asked, chosen_rows
from grok_tui.training.models.transformer import Block, Transformer


class Tables(NamedTuple):
    """What examples are computed from; the last position is the same in all."""

    scores_RH: Tensor
    """Of all positions: R + 1 rows."""
    hidden_JM: Tensor
    """What a value, less that of the last position, adds in the perceptron: H · R rows."""
    direct_JK: Tensor
    """What it adds to the outputs past the perceptron."""
    fixed_M: Tensor
    fixed_K: Tensor
    second_MK: Tensor
    """From the hidden units to the outputs."""


class Rows:
    """The rows of the tables that some examples choose."""

    def __init__(self, model: Transformer, inputs_NP: Tensor) -> None:
        """Look examples up in the tables of a network."""
        rows_NP, starts = chosen_rows(model, inputs_NP)
        self.rows_PN = rows_NP.T.contiguous()
        self.values = Lookup(rows_NP[:, :-1], starts[-2], model.settings.heads)


class TablesGradient:
    """Makes the gradient of one network."""

    def __init__(self, model: Transformer, objective: Objective) -> None:
        """Make gradients of a network with one block of ReLU without normalisation, on a CPU."""
        self._model, self._objective = model, objective
        self._inputs = torch.empty(0)
        self._rows: Rows | None = None

    def __call__(self, inputs_NP: Tensor, targets: Tensor) -> None:
        """Give each parameter the gradient of the mean loss."""
        if self._rows is None or inputs_NP is not self._inputs:
            self._inputs, self._rows = inputs_NP, Rows(self._model, inputs_NP)
        tables = tables_of(self._model)
        gradients = self._by_tables(Tables(*(t.detach() for t in tables)), self._rows, targets)
        torch.autograd.backward(tables, gradients)

    @torch.no_grad()
    def _by_tables(self, tables: Tables, rows: Rows, targets: Tensor) -> Tables:
        weights_PNH = tables.scores_RH[rows.rows_PN].softmax(0)
        weights_NJ = weights_PNH[:-1].transpose(0, 1).flatten(1)
        hidden_NM = rows.values.sums(tables.hidden_JM, weights_NJ).add_(tables.fixed_M).relu_()
        direct_NK = rows.values.sums(tables.direct_JK, weights_NJ).add_(tables.fixed_K)
        slopes_NK = self._objective.slopes(direct_NK.addmm_(hidden_NM, tables.second_MK), targets)
        by_second_MK = (slopes_NK.T @ hidden_NM).T
        back_NM = slopes_NK @ tables.second_MK.T
        torch.ops.aten.threshold_backward.grad_input(back_NM, hidden_NM, 0, grad_input=back_NM)
        by_weights_NJ = rows.values.by_weights(back_NM, tables.hidden_JM)
        by_weights_NJ += rows.values.by_weights(slopes_NK, tables.direct_JK)
        return Tables(
            _by_scores(tables.scores_RH, rows.rows_PN, weights_PNH, by_weights_NJ),
            rows.values.by_table(back_NM, weights_NJ),
            rows.values.by_table(slopes_NK, weights_NJ),
            back_NM.sum(0),
            slopes_NK.sum(0),
            by_second_MK,
        )


def _by_scores(
    scores_RH: Tensor, rows_PN: Tensor, weights_PNH: Tensor, by_weights_NJ: Tensor
) -> Tensor:
    """Return the gradient by the table of scores; the last position's weight changes nothing."""
    others, examples, heads = len(rows_PN) - 1, rows_PN.shape[1], scores_RH.shape[1]
    by_weights_PNH = by_weights_NJ.view(examples, others, heads).transpose(0, 1)
    parts_PNH = weights_PNH[:-1] * by_weights_PNH
    slopes_PNH = weights_PNH * -parts_PNH.sum(0)
    slopes_PNH[:-1] += parts_PNH
    found_RH = torch.zeros_like(scores_RH)
    return found_RH.index_add_(0, rows_PN.flatten(), slopes_PNH.flatten(0, 1))


def tables_of(model: Transformer) -> Tables:
    """Return the tables of a network, with their graph."""
    (block,) = model.blocks
    assert isinstance(block, Block)
    *others, end_1D = model.rows()
    rows_RD, readout_DK = torch.cat(others), model.readout_DK
    first_DM, direct_DK = block.out_DD @ block.in_DM, block.out_DD @ readout_DK
    end_value_1D = end_1D @ block.value_DD
    values_RD = rows_RD @ block.value_DD - end_value_1D
    values_HRE = values_RD.unflatten(1, (block.heads, -1)).transpose(0, 1)
    fixed_M = (end_1D @ block.in_DM + end_value_1D @ first_DM)[0]
    fixed_K = (end_1D @ readout_DK + end_value_1D @ direct_DK)[0]
    if block.in_M is not None and block.out_D is not None:
        fixed_M, fixed_K = fixed_M + block.in_M, fixed_K + block.out_D @ readout_DK
    return Tables(
        torch.cat([rows_RD, end_1D]) @ asked(block, end_1D).T,
        (values_HRE @ first_DM.unflatten(0, (block.heads, -1))).flatten(0, 1),
        (values_HRE @ direct_DK.unflatten(0, (block.heads, -1))).flatten(0, 1),
        fixed_M,
        fixed_K,
        block.out_MD @ readout_DK,
    )
