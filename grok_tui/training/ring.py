"""Scores that wait on the device, so that no step waits for the device.

To read one number from a GPU is to wait for everything that it was given to do. Rows are gathered
there, and read together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

CAPACITY = 256
"""Rows that wait at most."""
WAITS_S = 0.25
"""How long a row waits at most while training goes on: as long as somebody does not notice."""

Row = Mapping[str, Tensor | float]


class Ring:
    """The newest rows of one run, of which none is lost and none overtakes another."""

    def __init__(
        self, write: Callable[[int, dict[str, float]], None], device: torch.device
    ) -> None:
        """Hand rows, each with its step, to `write`; those of a CPU at once."""
        self._write = write
        self._at_once = device.type == "cpu"
        self._numbers_RK: Tensor | None = None
        self._waiting: list[tuple[int, tuple[str, ...], dict[str, float]]] = []
        self._since = 0.0

    def add(self, step: int, row: Row) -> None:
        """Take a row of tensors without shape, which are on the device, and of plain numbers.

        The tensors of all rows that have any are the same ones by name.
        """
        tensors = {name: value for name, value in row.items() if isinstance(value, Tensor)}
        plain = {name: value for name, value in row.items() if not isinstance(value, Tensor)}
        if tensors:
            numbers_K = torch.stack(list(tensors.values()))
            if self._numbers_RK is None:
                self._numbers_RK = numbers_K.new_empty(CAPACITY, len(numbers_K))
            self._numbers_RK[len(self._waiting)] = numbers_K
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append((step, tuple(tensors), plain))
        if self._at_once or len(self._waiting) == CAPACITY:
            self.flush()

    def flush_if_old(self) -> None:
        """Write the rows if the first of them has waited long enough."""
        if self._waiting and time.monotonic() - self._since >= WAITS_S:
            self.flush()

    def flush(self) -> None:
        """Write all rows, the oldest first: here the device is waited for."""
        waiting, self._waiting = self._waiting, []  # a device that fails is not asked twice
        if not waiting:
            return
        numbers_RK = self._numbers_RK
        fetched = [] if numbers_RK is None else numbers_RK[: len(waiting)].tolist()
        for index, (step, names, plain) in enumerate(waiting):
            numbers = dict(zip(names, fetched[index], strict=True)) if names else {}
            self._write(step, {**numbers, **plain})
