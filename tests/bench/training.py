"""The training loop against the textbook one, at the same work: `python tests/bench/training.py`.

Textbook: one-hot inputs through `nn.Linear` and `torch.optim.AdamW`, as most published code has
it. Both train the default preset's network on its data, one thread each, in turns in one process,
and the CPU seconds are compared.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from grok_tui.config import Config, load_preset
from grok_tui.training.device import prepare
from grok_tui.training.models import PairMLP
from grok_tui.training.optimisers import AdamW
from grok_tui.training.tasks import Dataset, modular_dataset

ROUNDS, STEPS = 7, 200


def ours(config: Config, data: Dataset) -> Callable[[int], None]:
    """Return a function that makes one step as the trainer does."""
    generator = torch.Generator().manual_seed(0)
    model = PairMLP(config.model, config.task.modulus, data.classes, generator)
    optimiser = AdamW(config.optimizer, model.parameters())

    def step(number: int) -> None:
        loss = cross_entropy(model(data.train.inputs_N2), data.train.targets_N)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step(number)

    return step


def textbook(config: Config, data: Dataset) -> Callable[[int], None]:
    """Return a function that makes one step with torch's own building blocks."""
    p, width = config.task.modulus, config.model.width
    pairs = data.train.inputs_N2
    inputs = torch.cat([one_hot(pairs[:, 0], p), one_hot(pairs[:, 1], p)], dim=1).float()
    first, second = nn.Linear(2 * p, width, bias=False), nn.Linear(width, p, bias=False)
    optimiser = torch.optim.AdamW(
        [*first.parameters(), *second.parameters()],
        lr=config.optimizer.lr,
        weight_decay=config.optimizer.weight_decay,
        betas=config.optimizer.betas,
    )

    def step(_number: int) -> None:
        loss = cross_entropy(second(first(inputs).square()), data.train.targets_N)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def cpu_ms(step: Callable[[int], None]) -> float:
    """Return CPU milliseconds of one step."""
    start = time.process_time()
    for number in range(1, STEPS + 1):
        step(number)
    return (time.process_time() - start) / STEPS * 1000


def main() -> None:
    """Print medians and the ratio of each round."""
    config = load_preset("add-53-flash").config
    prepare(torch.device("cpu"))
    data = modular_dataset(config.task, torch.Generator().manual_seed(0))
    loops = (ours(config, data), textbook(config, data))
    for loop in loops:
        cpu_ms(loop)
    pairs = [(cpu_ms(loops[0]), cpu_ms(loops[1])) for _ in range(ROUNDS)]
    ratios = [theirs / mine for mine, theirs in pairs]
    print(
        f"one step: ours {statistics.median(mine for mine, _ in pairs):.2f} ms CPU, "
        f"textbook {statistics.median(theirs for _, theirs in pairs):.2f} ms CPU"
    )
    print(
        f"textbook / ours: median {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
