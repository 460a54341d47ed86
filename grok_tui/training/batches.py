"""Which examples each step is made with: a pure function of the seed and the step."""

from __future__ import annotations

import torch
from torch import Tensor

from grok_tui.training.randomness import generator_of


class Batches:
    """Epochs of random order, cut into batches; the last one of an epoch may be smaller.

    Nothing of it is saved in a checkpoint: the order of an epoch follows from its number.
    """

    def __init__(self, size: int, examples: int, seed: int, device: torch.device) -> None:
        """Plan batches of so many examples; 0, or as many as there are, means all at once."""
        self._size = size
        self._examples = examples
        self.is_whole = size == 0 or size >= examples
        """Whether each step is made with all examples."""
        self._per_epoch = 1 if self.is_whole else -(-examples // size)
        self._seed = seed
        self._device = device
        self._epoch = -1
        self._order = torch.empty(0)

    def at(self, step: int) -> Tensor | None:
        """Return the numbers of the examples of a step, from step 1; nothing means all."""
        if self.is_whole:
            return None
        epoch, number = divmod(step - 1, self._per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._shuffled(epoch)
        return self._order[number * self._size : (number + 1) * self._size]

    def _shuffled(self, epoch: int) -> Tensor:
        generator = generator_of(self._seed, f"epoch {epoch}")
        return torch.randperm(self._examples, generator=generator).to(self._device)
