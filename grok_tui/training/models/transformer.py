"""Decoder transformers, in the forms of arXiv 2301.05217, 2201.02177 and 2412.09810.

The sequence is the first symbol, one for the operation if wanted, the other symbols, and a final
`=` where the outputs are read. Shapes: N examples, S symbols of a position, P positions of the
sequence, Q of them that ask, D width, H heads, E length of a head, M width of the perceptron, K
outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from grok_tui import config
from grok_tui.training.models.activations import activation
from grok_tui.training.models.shortcuts import by_prefixes, by_tables, entering

_FEW_POSITIONS = 8
"""Up to here attention by elements takes half the time of products of matrices, or less."""


class Block(nn.Module):
    """Attention and a perceptron, each added to the residual stream."""

    def __init__(self, settings: config.Transformer, generator: torch.Generator) -> None:
        """Draw the weights."""
        super().__init__()
        width, hidden, draw = settings.width, settings.mlp_width, _Draw(settings, generator)
        self.query_DD, self.key_DD, self.value_DD, self.out_DD = (
            draw.weights(width, width) for _ in range(4)
        )
        self.in_DM, self.out_MD = draw.weights(width, hidden), draw.weights(hidden, width)
        has_biases, has_all = settings.biases != "none", settings.biases == "all"
        self.in_M = draw.bias(width, hidden) if has_biases else None
        self.out_D = draw.bias(hidden, width) if has_biases else None
        self.query_D, self.key_D, self.value_D, self.mixed_D = (
            draw.bias(width, width) if has_all else None for _ in range(4)
        )
        has_norm = settings.norm != "none"
        self.attention_norm = nn.LayerNorm(width) if has_norm else nn.Identity()
        self.perceptron_norm = nn.LayerNorm(width) if has_norm else nn.Identity()
        self.is_norm_first = settings.norm != "post"
        self.is_causal, self.heads = settings.causal, settings.heads
        self.activate = activation(settings.activation)

    def forward(self, stream_NPD: Tensor) -> Tensor:
        """Return the residual stream after the block, at all positions."""
        return self.finish(stream_NPD, *self.project(stream_NPD))

    def project(self, stream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values (…, D) of rows of the residual stream (…, D)."""
        rows = self.attention_norm(stream) if self.is_norm_first else stream
        return (
            affine(rows, self.query_DD, self.query_D),
            affine(rows, self.key_DD, self.key_D),
            affine(rows, self.value_DD, self.value_D),
        )

    def finish(
        self, stream_NQD: Tensor, query_NQD: Tensor, key_NPD: Tensor, value_NPD: Tensor
    ) -> Tensor:
        """Return the residual stream after the block at the last Q of P positions."""
        later_QP = self.later(query_NQD.shape[1], key_NPD.shape[1], key_NPD.device)
        attend = _by_elements if key_NPD.shape[1] <= _FEW_POSITIONS else _by_matrices
        query, key, value = map(self._by_head, (query_NQD, key_NPD, value_NPD))
        mixed_NQD = attend(query, key, value, later_QP)
        return self.perceive(stream_NQD + affine(mixed_NQD, self.out_DD, self.mixed_D))

    def perceive(self, stream_NQD: Tensor) -> Tensor:
        """Return the stream after the block, for what it is after attention."""
        if self.is_norm_first:
            return stream_NQD + self._perceive(self.perceptron_norm(stream_NQD))
        stream_NQD = self.attention_norm(stream_NQD)
        after_NQD: Tensor = self.perceptron_norm(stream_NQD + self._perceive(stream_NQD))
        return after_NQD

    def _perceive(self, rows: Tensor) -> Tensor:
        return affine(self.activate(affine(rows, self.in_DM, self.in_M)), self.out_MD, self.out_D)

    def later(self, asking: int, positions: int, device: torch.device) -> Tensor:
        """Return which positions (Q, P) the last Q do not see."""
        hidden_QP = torch.ones(asking, positions, dtype=torch.bool, device=device)
        return hidden_QP.triu(1 + positions - asking) if self.is_causal else ~hidden_QP

    def _by_head(self, rows_NPD: Tensor) -> Tensor:
        return rows_NPD.unflatten(2, (self.heads, -1))


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
            settings: layers, widths, heads, activation and form.
            symbols: how many symbols there are at each position; all share one vocabulary.
            outputs: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        self.settings, self.symbols = settings, tuple(symbols)
        width, draw = settings.width, _Draw(settings, generator)
        positions = len(symbols) + 1 + settings.operator
        # The last row is `=`; the one before it is the operation where that has a place.
        self.embed_SD = draw.embedding(max(symbols) + 1 + settings.operator, width)
        if settings.positions == "learned":
            self.place_PD = draw.embedding(positions, width)
        else:
            self.register_buffer("place_PD", sinusoids(positions, width), persistent=False)
        self.blocks = nn.ModuleList(Block(settings, generator) for _ in range(settings.layers))
        self.last_norm = nn.LayerNorm(width) if settings.norm == "pre" else nn.Identity()
        self.readout_DK = draw.readout(width, outputs)
        self.readout_K = draw.bias(width, outputs) if settings.biases == "all" else None

    def forward(self, inputs_NP: Tensor) -> Tensor:
        """Return outputs of shape (N, K) for integers of shape (N, number of symbols)."""
        if not self.settings.shortcut:
            return self._in_full(inputs_NP)
        return (by_tables if self.has_tables else by_prefixes)(self, inputs_NP)

    @property
    def has_tables(self) -> bool:
        """Whether what is computed of the symbols is wanted as tables, and can be."""
        settings = self.settings
        has_form = settings.layers == 1 and settings.norm == "none" and settings.biases != "all"
        return settings.shortcut and has_form

    def rows(self) -> list[Tensor]:
        """Return what may enter at each position: (S, D), or (1, D) where it is always the same."""
        fixed = [self.embed_SD[-2:-1]] if self.settings.operator else []
        first, *others = (self.embed_SD[:count] for count in self.symbols)
        rows = [first, *fixed, *others, self.embed_SD[-1:]]
        return [one + place for one, place in zip(rows, self.place_PD, strict=True)]

    def columns(self, inputs_NP: Tensor) -> list[Tensor | None]:
        """Return which row enters at each position; nothing where there is one only."""
        fixed = [None] if self.settings.operator else []
        first, *others = inputs_NP.unbind(1)
        return [first, *fixed, *others, None]

    def read_out(self, last_ND: Tensor) -> Tensor:
        """Return outputs (N, K) for the residual stream at the last position."""
        return affine(self.last_norm(last_ND), self.readout_DK, self.readout_K)

    def entrance(self, inputs_NP: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """Return the embedded symbols (N, P, D) with their places, and what takes such numbers."""
        stream_NPD = entering(self.rows(), self.columns(inputs_NP), len(inputs_NP))
        return stream_NPD, self._from_stream

    def _in_full(self, inputs_NP: Tensor) -> Tensor:
        stream_NPD, go_on = self.entrance(inputs_NP)
        return go_on(stream_NPD)

    def _from_stream(self, stream_NPD: Tensor) -> Tensor:
        for block in self.blocks:
            stream_NPD = block(stream_NPD)
        return self.read_out(stream_NPD[:, -1])


def _by_elements(
    query_NQHE: Tensor, key_NPHE: Tensor, value_NPHE: Tensor, later_QP: Tensor
) -> Tensor:
    """Return what each position attends to (N, Q, D), without products of tiny matrices."""
    scores_NQPH = (query_NQHE.unsqueeze(2) * key_NPHE.unsqueeze(1)).sum(dim=4)
    scores_NQPH = scores_NQPH * query_NQHE.shape[3] ** -0.5
    weights_NQPH = scores_NQPH.masked_fill(later_QP.unsqueeze(2), -torch.inf).softmax(dim=2)
    return (weights_NQPH.unsqueeze(4) * value_NPHE.unsqueeze(1)).sum(dim=2).flatten(2)


def _by_matrices(
    query_NQHE: Tensor, key_NPHE: Tensor, value_NPHE: Tensor, later_QP: Tensor
) -> Tensor:
    """Return the same with memory that does not grow with the square of the positions."""
    query, key, value = (part.transpose(1, 2) for part in (query_NQHE, key_NPHE, value_NPHE))
    mixed_NHQE = scaled_dot_product_attention(query, key, value, attn_mask=~later_QP)
    return mixed_NHQE.transpose(1, 2).flatten(2)


def affine(rows: Tensor, weights: Tensor, bias: Tensor | None) -> Tensor:
    """Return rows (…, D) times weights (D, K), plus a bias if there is one."""
    flat = rows.flatten(0, -2)
    made = flat @ weights if bias is None else torch.addmm(bias, flat, weights)
    return made.view(*rows.shape[:-1], weights.shape[1])


def sinusoids(positions: int, width: int) -> Tensor:
    """Return fixed places (P, D): sines and cosines of wavelengths from 2π to 20 000π.

    As in arXiv 1706.03762, with sines and cosines in turns.
    """
    rates = 10_000 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(positions)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :width]


class _Draw:
    """Draws first weights: with variance 1 / width or 1 / inputs, or as torch's layers do."""

    def __init__(self, settings: config.Transformer, generator: torch.Generator) -> None:
        self._is_torch, self._is_lecun = settings.init == "torch", settings.init == "lecun"
        self._std = settings.width**-0.5
        self._scale, self._generator = settings.init_scale, generator

    def weights(self, inputs: int, outputs: int) -> nn.Parameter:
        if self._is_torch:
            return self._evenly((inputs, outputs), inputs)
        return self._normally((inputs, outputs), inputs**-0.5 if self._is_lecun else self._std)

    def readout(self, inputs: int, outputs: int) -> nn.Parameter:
        if self._is_torch:
            return self._evenly((inputs, outputs), inputs)
        return self._normally((inputs, outputs), (inputs if self._is_lecun else outputs) ** -0.5)

    def embedding(self, symbols: int, width: int) -> nn.Parameter:
        return self._normally((symbols, width), 1.0 if self._is_torch else self._std)

    def bias(self, inputs: int, outputs: int) -> nn.Parameter:
        return (
            self._evenly((outputs,), inputs)
            if self._is_torch
            else nn.Parameter(torch.zeros(outputs))
        )

    def _evenly(self, shape: tuple[int, ...], inputs: int) -> nn.Parameter:
        drawn = torch.rand(shape, generator=self._generator) * 2 - 1
        return nn.Parameter(drawn * inputs**-0.5 * self._scale)

    def _normally(self, shape: tuple[int, ...], std: float) -> nn.Parameter:
        return nn.Parameter(torch.randn(shape, generator=self._generator) * std * self._scale)
