"""Decoder transformers without normalisation (after arXiv 2301.05217).

The sequence is the symbols and a final `=`; the outputs are read there. Shapes: N examples, S
symbols of a position, P positions with the final one, D width, H heads, E length of a head, M
width of the perceptron, K outputs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from grok_tui import config

_ACTIVATIONS = {"relu": torch.relu, "gelu": gelu}


class Block(nn.Module):
    """Causal attention and a perceptron, each added to the residual stream."""

    def __init__(self, settings: config.Transformer, generator: torch.Generator) -> None:
        """Draw the weights: normal with variance 1 / width; the perceptron's biases are zero."""
        super().__init__()
        width, hidden = settings.width, settings.mlp_width

        def draw(*shape: int) -> nn.Parameter:
            return _normal(shape, width**-0.5 * settings.init_scale, generator)

        self.heads = settings.heads
        self.query_DD, self.key_DD, self.value_DD = (draw(width, width) for _ in range(3))
        self.out_DD = draw(width, width)
        self.in_DM, self.in_M = draw(width, hidden), nn.Parameter(torch.zeros(hidden))
        self.out_MD, self.out_D = draw(hidden, width), nn.Parameter(torch.zeros(width))
        self.activate = _ACTIVATIONS[settings.activation]

    def forward(self, stream_NPD: Tensor, *, last_only: bool = False) -> Tensor:
        """Return the residual stream after the block, at all positions or at the last one only."""
        asked_NQD = stream_NPD[:, -1:] if last_only else stream_NPD
        query_NHQE = self._by_head(asked_NQD @ self.query_DD)
        key_NHPE = self._by_head(stream_NPD @ self.key_DD)
        value_NHPE = self._by_head(stream_NPD @ self.value_DD)
        scores_NHQP = query_NHQE @ key_NHPE.mT * query_NHQE.shape[-1] ** -0.5
        if not last_only:
            later = torch.ones(scores_NHQP.shape[-2:], device=scores_NHQP.device).triu(1).bool()
            scores_NHQP = scores_NHQP.masked_fill(later, -torch.inf)
        mixed_NQD = (scores_NHQP.softmax(dim=-1) @ value_NHPE).transpose(1, 2).flatten(2)
        return self.perceive(asked_NQD + mixed_NQD @ self.out_DD)

    def perceive(self, stream: Tensor) -> Tensor:
        """Return the residual stream (…, D) with the perceptron's output added."""
        hidden = self.activate(torch.addmm(self.in_M, stream.flatten(0, -2), self.in_DM))
        return stream + torch.addmm(self.out_D, hidden, self.out_MD).view_as(stream)

    def _by_head(self, rows_NPD: Tensor) -> Tensor:
        return rows_NPD.unflatten(2, (self.heads, -1)).transpose(1, 2)


class Transformer(nn.Module):
    """Embedding, blocks, and a linear readout at the last position."""

    def __init__(
        self,
        settings: config.Transformer,
        symbols: Sequence[int],
        outputs: int,
        generator: torch.Generator,
    ) -> None:
        """Draw the weights.

        Args:
            settings: layers, widths, heads and activation.
            symbols: how many symbols there are at each position; all share one vocabulary.
            outputs: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        width, scale = settings.width, settings.init_scale
        vocabulary = max(symbols) + 1  # the last one is `=`
        self.embed_SD = _normal((vocabulary, width), width**-0.5 * scale, generator)
        self.place_PD = _normal((len(symbols) + 1, width), width**-0.5 * scale, generator)
        self.blocks = nn.ModuleList(Block(settings, generator) for _ in range(settings.layers))
        self.readout_DK = _normal((width, outputs), outputs**-0.5 * scale, generator)
        self._is_short = settings.shortcut and settings.layers == 1

    def forward(self, inputs_NP: Tensor) -> Tensor:
        """Return outputs of shape (N, K) for symbols of shape (N, P - 1)."""
        last_ND = self._by_tables(inputs_NP) if self._is_short else self._in_full(inputs_NP)
        return last_ND @ self.readout_DK

    def _in_full(self, inputs_NP: Tensor) -> Tensor:
        """Return the residual stream at the last position, block by block."""
        ends_N1 = inputs_NP.new_full((len(inputs_NP), 1), len(self.embed_SD) - 1)
        stream_NPD = self.embed_SD[torch.cat([inputs_NP, ends_N1], dim=1)] + self.place_PD
        *others, last = self.blocks
        for block in others:
            stream_NPD = block(stream_NPD)
        last_ND: Tensor = last(stream_NPD, last_only=True)[:, 0]
        return last_ND

    def _by_tables(self, inputs_NP: Tensor) -> Tensor:
        """Return the same for one block.

        The query at `=` is one vector, and keys and values depend on symbol and position alone:
        scores and values are looked up, and only what follows the attention is computed for each
        example.
        """
        (block,) = self.blocks
        end_1D = self.embed_SD[-1:] + self.place_PD[-1:]
        query_HE = (end_1D @ block.query_DD).view(block.heads, -1)
        # (H, D): the score of a row is its product with this, for each head.
        asking_HD = torch.einsum(
            "he,dhe->hd", query_HE, block.key_DD.unflatten(1, (block.heads, -1))
        )
        asking_HD = asking_HD * query_HE.shape[1] ** -0.5
        scores, values = [], []
        for position in range(inputs_NP.shape[1]):
            rows_SD = self.embed_SD[:-1] + self.place_PD[position]
            chosen_N = inputs_NP[:, position]
            scores.append((rows_SD @ asking_HD.T).index_select(0, chosen_N))
            values.append((rows_SD @ block.value_DD).index_select(0, chosen_N))
        scores.append((end_1D @ asking_HD.T).expand(len(inputs_NP), -1))
        weights_PNH = torch.stack(scores).softmax(dim=0)
        values.append((end_1D @ block.value_DD).expand(len(inputs_NP), -1))
        mixed_NHE = sum(
            weights_PNH[position].unsqueeze(2) * value.unflatten(1, (block.heads, -1))
            for position, value in enumerate(values)
        )
        assert isinstance(mixed_NHE, Tensor)
        last_ND: Tensor = block.perceive(end_1D + mixed_NHE.flatten(1) @ block.out_DD)
        return last_ND


def _normal(shape: Sequence[int], std: float, generator: torch.Generator) -> nn.Parameter:
    return nn.Parameter(torch.randn(tuple(shape), generator=generator) * std)
