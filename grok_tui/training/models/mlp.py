"""Multilayer perceptrons.

Shapes: N examples, P positions of an input, D numbers of an input, W width, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from grok_tui.config import MLP
from grok_tui.training.models.activations import activation

# Each unit of the first layer sums one entry of each table: with this scale the sum of two has
# variance one half, and pairs are memorised before anything else is found.
_TABLE_STD = 0.5


class _Layers(nn.Module):
    """Hidden layers and readout, from the pre-activations of the first layer on."""

    def __init__(
        self, config: MLP, first_fan_in: int, outputs: int, generator: torch.Generator
    ) -> None:
        """Draw the weights; see `SymbolMLP` and `VectorMLP`.

        Args:
            config: width, depth, activation, biases and scale.
            first_fan_in: inputs of the first layer.
            outputs: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        widths = [config.width] * (config.depth - 1)
        self.hidden_WW = nn.ParameterList(
            _weights(config, (width, config.width), generator) for width in widths
        )
        last = config.width if config.depth else first_fan_in
        self.readout_WK = _weights(config, (last, outputs), generator)
        fan_ins = [first_fan_in, *widths][: config.depth]
        biased = fan_ins if config.bias != "none" else []
        self.biases_W = nn.ParameterList(
            _bias(config, config.width, fan_in, generator) for fan_in in biased
        )
        self.readout_bias_K = (
            _bias(config, outputs, last, generator) if config.bias == "all" else None
        )
        self.activate = activation(config.activation)

    def forward(self, sums_NW: Tensor) -> Tensor:
        """Return outputs (N, K) for what the first layer's weights make of the inputs."""
        units_NW = self._activated(0, sums_NW)
        for number, weights_WW in enumerate(self.hidden_WW, 1):
            units_NW = self._activated(number, units_NW @ weights_WW)
        return self.read_out(units_NW)

    def read_out(self, units_NW: Tensor) -> Tensor:
        """Return outputs (N, K) for the units of the last hidden layer."""
        outputs_NK = units_NW @ self.readout_WK
        return outputs_NK if self.readout_bias_K is None else outputs_NK + self.readout_bias_K

    def _activated(self, layer: int, sums_NW: Tensor) -> Tensor:
        has_bias = len(self.biases_W) > 0
        units_NW: Tensor = self.activate(sums_NW + self.biases_W[layer] if has_bias else sums_NW)
        return units_NW


class SymbolMLP(nn.Module):
    """A multilayer perceptron on one-hot symbols (after arXiv 2301.02679).

    The first layer is kept as one row of weights for each symbol of each position: looking rows up
    equals the product with one-hot vectors and is several times cheaper.
    """

    def __init__(
        self, config: MLP, symbols: Sequence[int], outputs: int, generator: torch.Generator
    ) -> None:
        """Draw the weights.

        Args:
            config: width, depth, activation, biases and scale; there is at least one hidden layer.
            symbols: how many symbols there are at each of the P positions.
            outputs: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        fan_in = sum(symbols)
        self.tables_pW = nn.ParameterList(
            _weights(config, (count, config.width), generator, fan_in, std=_TABLE_STD)
            for count in symbols
        )
        self.layers = _Layers(config, fan_in, outputs, generator)

    def forward(self, inputs_NP: Tensor) -> Tensor:
        """Return outputs of shape (N, K) for integers of shape (N, P)."""
        first, *others = self.tables_pW
        sums_NW = first.index_select(0, inputs_NP[:, 0])
        for position, table_pW in enumerate(others, 1):
            sums_NW += table_pW.index_select(0, inputs_NP[:, position])
        outputs_NK: Tensor = self.layers(sums_NW)
        return outputs_NK

    @property
    def first_weights(self) -> Tensor:
        """What one-hot vectors, side by side, are multiplied by first (D, W)."""
        return torch.cat(list(self.tables_pW))

    def entrance(self, inputs_NP: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """Return the one-hot vectors of symbols, side by side, and what takes such numbers."""
        columns = zip(inputs_NP.unbind(1), self.tables_pW, strict=True)
        hot_ND = torch.cat([one_hot(column, len(table)) for column, table in columns], dim=1)
        first_DW = self.first_weights
        return hot_ND.to(first_DW.dtype), lambda numbers_ND: self.layers(numbers_ND @ first_DW)


class EmbeddingMLP(nn.Module):
    """A multilayer perceptron on the sum of embedded symbols (after arXiv 2205.10343)."""

    def __init__(
        self, config: MLP, symbols: Sequence[int], outputs: int, generator: torch.Generator
    ) -> None:
        """Draw the weights; embeddings lie evenly between -1/2 and 1/2.

        Args:
            config: width, depth, activation, biases, scale and length of the embeddings.
            symbols: how many symbols there are at each of the P positions; all share one table.
            outputs: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        shape = max(symbols), config.embedding
        self.embed_SD = nn.Parameter(torch.rand(shape, generator=generator) - 0.5)
        self.decoder = VectorMLP(config, config.embedding, outputs, generator)

    def forward(self, inputs_NP: Tensor) -> Tensor:
        """Return outputs of shape (N, K) for integers of shape (N, P)."""
        sums_ND, decode = self.entrance(inputs_NP)
        return decode(sums_ND)

    def entrance(self, inputs_NP: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """Return the sums of embedded symbols, and what takes such numbers."""
        rows_ND = self.embed_SD.index_select(0, inputs_NP.flatten())
        return rows_ND.view(*inputs_NP.shape, -1).sum(dim=1), self.decoder


class VectorMLP(nn.Module):
    """A multilayer perceptron on numbers; without hidden layers it is a linear model."""

    def __init__(self, config: MLP, inputs: int, outputs: int, generator: torch.Generator) -> None:
        """Draw the weights.

        Args:
            config: width, depth, activation, biases and scale.
            inputs: how many numbers an input has (D).
            outputs: how many outputs there are (K).
            generator: source of the random weights.
        """
        super().__init__()
        self.first_DW = (
            _weights(config, (inputs, config.width), generator) if config.depth else None
        )
        self.layers = _Layers(config, inputs, outputs, generator)

    @property
    def first_weights(self) -> Tensor | None:
        """What inputs are multiplied by first (D, W); nothing where that is the readout."""
        return self.first_DW

    def forward(self, inputs: Tensor) -> Tensor:
        """Return outputs of shape (N, K) for numbers of shape (N, …), D of them an example."""
        inputs_ND = inputs.flatten(1)
        if self.first_DW is None:
            return self.layers.read_out(inputs_ND)
        outputs_NK: Tensor = self.layers(inputs_ND @ self.first_DW)
        return outputs_NK


def _weights(
    config: MLP,
    shape: tuple[int, int],
    generator: torch.Generator,
    fan_in: int | None = None,
    std: float | None = None,
) -> nn.Parameter:
    """Draw a matrix; `fan_in` is its first length and `std` fan_in^-1/2 if they are not given."""
    fan_in = fan_in or shape[0]
    if config.init == "torch":
        drawn = (torch.rand(shape, generator=generator) * 2 - 1) * fan_in**-0.5
    else:
        std = 1.0 if config.init == "unit" else std or fan_in**-0.5
        drawn = torch.randn(shape, generator=generator) * std
    return nn.Parameter(drawn * config.init_scale)


def _bias(config: MLP, size: int, fan_in: int, generator: torch.Generator) -> nn.Parameter:
    if config.init != "torch":
        return nn.Parameter(torch.zeros(size))
    drawn = (torch.rand(size, generator=generator) * 2 - 1) * fan_in**-0.5
    return nn.Parameter(drawn * config.init_scale)
