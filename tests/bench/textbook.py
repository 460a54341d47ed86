"""The networks and loops that ours are measured against: as a textbook writes them, in eager torch.

Each loop evaluates as often as the published one that it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from grok_tui.config import Config
from grok_tui.training.dataset import Dataset

Step = Callable[[int], None]


class Block(nn.Module):
    """Causal attention and a perceptron on the residual stream."""

    def __init__(self, width: int, heads: int, hidden: int, *, is_normalised: bool) -> None:
        super().__init__()
        self.heads = heads
        self.to_query, self.to_key, self.to_value, self.out = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )
        self.perceptron = nn.Sequential(
            nn.Linear(width, hidden, bias=not is_normalised),
            nn.ReLU(),
            nn.Linear(hidden, width, bias=not is_normalised),
        )
        self.norms = nn.ModuleList(
            nn.LayerNorm(width) if is_normalised else nn.Identity() for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        projections = (self.to_query, self.to_key, self.to_value)
        q, k, v = (to(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for to in projections)
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])
        is_later = torch.ones(scores.shape[2:], dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(is_later, -torch.inf).softmax(dim=3) @ v
        x = self.norms[0](x + self.out(mixed.transpose(1, 2).flatten(2)))
        after: Tensor = self.norms[1](x + self.perceptron(x))
        return after


class Decoder(nn.Module):
    """Tokens to logits at all positions, of which the last is returned."""

    def __init__(self, p: int, layers: int, *, is_normalised: bool) -> None:
        super().__init__()
        self.p, self.has_operator = p, is_normalised
        self.embed, self.place = nn.Embedding(p + 2, 128), nn.Embedding(4, 128)
        self.blocks = nn.Sequential(
            *(Block(128, 4, 512, is_normalised=is_normalised) for _ in range(layers))
        )
        self.readout = nn.Linear(128, p, bias=False)

    def forward(self, pairs: Tensor) -> Tensor:
        end = torch.full((len(pairs), 1), self.p)
        operation = [end + 1] if self.has_operator else []
        tokens = torch.cat([pairs[:, :1], *operation, pairs[:, 1:], end], dim=1)
        x = self.embed(tokens) + self.place(torch.arange(tokens.shape[1]))
        logits: Tensor = self.readout(self.blocks(x))[:, -1]
        return logits


def mlp(config: Config, data: Dataset) -> Step:
    """Return a step of the quadratic perceptron on one-hot inputs; it never evaluates."""
    p, width = config.task.modulus, config.model.width
    pairs = data.train.inputs
    inputs = torch.cat([one_hot(pairs[:, 0], p), one_hot(pairs[:, 1], p)], dim=1).float()
    first, second = nn.Linear(2 * p, width, bias=False), nn.Linear(width, p, bias=False)
    optimiser = _adamw(config, [*first.parameters(), *second.parameters()])

    def step(_number: int) -> None:
        loss = cross_entropy(second(first(inputs).square()), data.train.targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def nanda(config: Config, data: Dataset) -> Step:
    """Return a step on the full batch with the test loss, graph and all (2301.05217)."""
    model = Decoder(config.task.modulus, 1, is_normalised=False)
    optimiser = _adamw(config, list(model.parameters()))

    def step(_number: int) -> None:
        loss, _ = (
            cross_entropy(model(split.inputs), split.targets) for split in (data.train, data.test)
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def power(config: Config, data: Dataset) -> Step:
    """Return a step on a batch; all test examples are evaluated once an epoch (2201.02177)."""
    model = Decoder(config.task.modulus, 2, is_normalised=True)
    optimiser = _adamw(config, list(model.parameters()))
    per_epoch = -(-len(data.train) // config.batch)

    def step(number: int) -> None:
        chosen = torch.randint(len(data.train), (config.batch,))
        loss = cross_entropy(model(data.train.inputs[chosen]), data.train.targets[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if number % per_epoch == 0:
            with torch.no_grad():
                cross_entropy(model(data.test.inputs), data.test.targets)

    return step


def _adamw(config: Config, parameters: list[nn.Parameter]) -> torch.optim.AdamW:
    chosen = config.optimizer
    return torch.optim.AdamW(
        parameters, lr=chosen.lr, weight_decay=chosen.weight_decay, betas=chosen.betas
    )
