"""Several steps at once: on a GPU, starting the kernels of a small network takes longer than they.

A CUDA graph starts all kernels of many steps with one call. What it computes is fixed when it is
captured: the same batch, the same learning rate. This file's use of CUDA is unmeasured: it was
written without a GPU, and only its order of steps is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from grok_tui.config import GrokfastMA
from grok_tui.training.optimisers import Muon, rate
from grok_tui.training.trainer import Trainer

STEPS = 20
"""Steps of one graph at most; between two evaluations there may be fewer."""

Capture = Callable[[Callable[[], object]], Callable[[], object]]
"""Records some work without doing it, and returns what does it."""


class Steps:
    """Makes the steps of runs that are trained together, one by one or many at once."""

    def __init__(
        self,
        make: Callable[[int], object],
        runs: Sequence[Trainer],
        capture: Capture | None = None,
    ) -> None:
        """Make steps by a function.

        Args:
            make: makes one step of all runs, without reading anything from the device.
            runs: they are of one shape, and differ in seeds or settings.
            capture: how work is recorded; by default as a CUDA graph, where that can be.
        """
        self._make, self._runs = make, runs
        self._capture = capture or (_capture if all(map(can_be_captured, runs)) else None)
        self._size = min(STEPS, *(run.config.log.max_gap for run in runs))
        self._replay: Callable[[], object] | None = None
        self._captured_with: list[object] = []

    def make(self, step: int) -> int:
        """Make a step, or several where nobody looks in between; return the last one."""
        if self._capture is not None and self._is_free(step):
            replay = self._captured(step, self._capture)
            if replay is not None:
                replay()
                return step + self._size - 1
        self._make(step)
        return step

    def _is_free(self, step: int) -> bool:
        last = step + self._size - 1
        return all(is_steady(run, step) and run.next_look(step) >= last for run in self._runs)

    def _captured(self, step: int, capture: Capture) -> Callable[[], object] | None:
        """Return what makes as many steps as a graph has, or nothing where that cannot be."""
        settings: list[object] = [run.optimiser.settings for run in self._runs]
        if settings != self._captured_with:
            numbers = range(step, step + self._size)
            try:
                self._replay = capture(lambda: [self._make(number) for number in numbers])
            except RuntimeError:  # something in it waits for the device: nothing was done yet
                self._capture = self._replay = None
            self._captured_with = settings
        return self._replay


def can_be_captured(run: Trainer) -> bool:
    """Return whether the steps of a run are all alike, and nothing in them waits for the device."""
    config = run.config
    return (
        config.cuda_graph
        and run.device.type == "cuda"
        and run.batches.is_whole
        and not isinstance(config.filter, GrokfastMA)  # its window is a list that grows
        and not isinstance(run.optimiser, Muon)
        and not config.optimizer.orthogonal
        and not config.regularization.weight_noise
        and not config.regularization.spectral_entropy
    )


def is_steady(run: Trainer, step: int) -> bool:
    """Return whether this step is made with the whole learning rate, as all that follow."""
    settings = run.optimiser.settings
    return step > 1 and settings.schedule == "constant" and rate(settings, step) == 1.0


def _capture(work: Callable[[], object]) -> Callable[[], object]:
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    replay: Callable[[], object] = graph.replay
    return replay
