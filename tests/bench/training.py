"""The training loop against the textbook one: `python tests/bench/training.py`.

Two settings, one thread each, in turns in one process; the CPU seconds are compared.

* MLP: the default preset. Textbook: one-hot inputs through `nn.Linear` and `torch.optim.AdamW`.
* Transformer: addition modulo 113 from 30 %, as in the preset nanda-mainline. Textbook: a plain
  decoder on all positions, and the test loss after every step, as the published loop has it; ours
  evaluates on the preset's own schedule.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot, scaled_dot_product_attention

from grok_tui.config import Config, load_preset
from grok_tui.training.dataset import Dataset
from grok_tui.training.device import prepare
from grok_tui.training.losses import Objective
from grok_tui.training.models.build import build_model
from grok_tui.training.models.transformer import Transformer
from grok_tui.training.optimisers import make_optimiser
from grok_tui.training.tasks.build import build_dataset

Step = Callable[[int], None]
ROUNDS = 7


def ours(config: Config, data: Dataset, evaluate_every: int) -> Step:
    """Return a function that makes one step as the trainer does."""
    objective = Objective(config.loss, data)
    generator = torch.Generator().manual_seed(0)
    model = build_model(config.model, data, objective.outputs, generator)
    optimiser = make_optimiser(config.optimizer, model.parameters())

    def step(number: int) -> None:
        loss = objective.loss(model(data.train.inputs), data.train.targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step(number)
        if number % evaluate_every == 0:
            with torch.no_grad():
                for split in (data.train, data.test):
                    objective.score(model, split)

    return step


def textbook_mlp(config: Config, data: Dataset) -> Step:
    """Return a function that makes one step with torch's own building blocks."""
    p, width = config.task.modulus, config.model.width
    pairs = data.train.inputs
    inputs = torch.cat([one_hot(pairs[:, 0], p), one_hot(pairs[:, 1], p)], dim=1).float()
    first, second = nn.Linear(2 * p, width, bias=False), nn.Linear(width, p, bias=False)
    optimiser = adamw(config, [*first.parameters(), *second.parameters()])

    def step(_number: int) -> None:
        loss = cross_entropy(second(first(inputs).square()), data.train.targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def textbook_transformer(config: Config, data: Dataset) -> Step:
    """Return a function that makes one step and computes the test loss, on all positions."""
    model = Transformer(
        config.model, data.symbols or (), data.outputs, torch.Generator().manual_seed(0)
    )
    optimiser = adamw(config, list(model.parameters()))

    def step(_number: int) -> None:
        losses = [
            cross_entropy(plain_logits(model, split.inputs), split.targets)
            for split in (data.train, data.test)
        ]
        optimiser.zero_grad()
        losses[0].backward()
        optimiser.step()

    return step


def plain_logits(model: Transformer, pairs: Tensor) -> Tensor:
    """Return a one-layer decoder's logits at the end, computed at all positions."""
    (block,) = model.blocks
    ends = pairs.new_full((len(pairs), 1), len(model.embed_SD) - 1)
    x = model.embed_SD[torch.cat([pairs, ends], dim=1)] + model.place_PD
    q, k, v = (
        (x @ weights).unflatten(2, (block.heads, -1)).transpose(1, 2)
        for weights in (block.query_DD, block.key_DD, block.value_DD)
    )
    mixed = scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
    x = x + mixed @ block.out_DD
    x = x + torch.relu(x @ block.in_DM + block.in_M) @ block.out_MD + block.out_D
    return (x @ model.readout_DK)[:, -1]


def adamw(config: Config, parameters: list[nn.Parameter]) -> torch.optim.AdamW:
    """Return torch's own optimiser with a preset's settings."""
    chosen = config.optimizer
    return torch.optim.AdamW(
        parameters, lr=chosen.lr, weight_decay=chosen.weight_decay, betas=chosen.betas
    )


def cpu_ms(step: Step, steps: int) -> float:
    """Return CPU milliseconds of one step."""
    start = time.process_time()
    for number in range(1, steps + 1):
        step(number)
    return (time.process_time() - start) / steps * 1000


def compare(name: str, mine: Step, theirs: Step, steps: tuple[int, int]) -> None:
    """Print medians and the ratio of each round; `steps` of a round are ours and theirs."""
    for loop in (mine, theirs):
        cpu_ms(loop, 2)
    pairs = [(cpu_ms(mine, steps[0]), cpu_ms(theirs, steps[1])) for _ in range(ROUNDS)]
    ratios = [other / own for own, other in pairs]
    print(
        f"{name}: ours {statistics.median(own for own, _ in pairs):.2f} ms CPU a step, "
        f"textbook {statistics.median(other for _, other in pairs):.2f} ms, "
        f"{statistics.median(ratios):.1f} times as fast "
        f"({min(ratios):.1f} to {max(ratios):.1f})"
    )


def main() -> None:
    """Compare both settings."""
    prepare(torch.device("cpu"))
    for name, preset, textbook, steps in (
        ("MLP", "add-53-flash", textbook_mlp, (200, 200)),
        ("transformer", "nanda-mainline", textbook_transformer, (20, 2)),
    ):
        config = load_preset(preset).config
        data = build_dataset(config.task, torch.Generator().manual_seed(0))
        gap = config.log.max_gap if name == "transformer" else steps[0] + 1
        compare(name, ours(config, data, gap), textbook(config, data), steps)


if __name__ == "__main__":
    main()
