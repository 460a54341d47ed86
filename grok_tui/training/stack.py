"""Runs that differ in their seeds, trained together in one process.

On a GPU their parameters are stacked, so that one kernel computes a layer of all of them (after
"model ensembling" in torch's documentation); this is unmeasured: it was written without a GPU. On
a CPU they take turns: there the numbers of one run fit into the cache, and those of eight do not.

Shapes: S runs, N examples of one batch.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from grok_tui.config import CNN, MLP, Config, Transformer
from grok_tui.runs.control import Control
from grok_tui.runs.record import State
from grok_tui.runs.recorder import Recorder
from grok_tui.training.dataset import Split
from grok_tui.training.graph import Steps
from grok_tui.training.loop import SCORES, evaluate, make_step, observe, update
from grok_tui.training.ring import Row
from grok_tui.training.trainer import Trainer


class Together(Protocol):
    """How runs are trained together."""

    def make_step(self, step: int) -> None:
        """Make one step of all runs."""
        ...

    def score(self, step: int, number: int) -> Row:
        """Return loss and accuracy (0…1) of both splits of a run, by its number."""
        ...


def train_together(
    configs: Sequence[Config], recorders: Sequence[Recorder], controls: Sequence[Control]
) -> Iterator[tuple[int, State]]:
    """Train runs until the last one has ended.

    A run that is stopped, parked or paused is saved and leaves the others, which go on; later it
    is trained alone.

    Args:
        configs: what to train; they differ in their seeds.
        recorders: where everything is written, one a run.
        controls: what others want, one a run.

    Yields:
        The number of each run that has ended, and the state that it ended in.

    Raises:
        UsageError: the device is not there, or task, model and loss do not fit together.
    """
    runs = list[Trainer]()
    for config, recorder, control in zip(configs, recorders, controls, strict=True):
        runs.append(Trainer(config, recorder, control))
        runs[-1].randomness.keep()
    here = list[Trainer]()
    try:
        for run in runs:
            run.begin()
            here.append(run.__enter__())
        for run, ended in _train(list(runs)):
            here.remove(run)
            run.__exit__()
            yield runs.index(run), ended
    finally:
        for run in here:
            run.__exit__()


def _train(runs: Sequence[Trainer]) -> Iterator[tuple[Trainer, State]]:
    """Train runs that have begun, and yield each one that has ended."""
    together, step = choose(runs), -1
    steps = Steps(together.make_step, runs)
    while runs:
        endings = {run: ended for run in runs if (ended := run.ending()) is not None}
        yield from endings.items()
        if endings:
            runs = [run for run in runs if run not in endings]
            if not runs:
                return
            together = choose(runs)
            steps = Steps(together.make_step, runs)
        start = time.perf_counter()
        step += 1
        if step > 0:  # step 0 is the untrained network
            step = steps.make(step)
        stepping_s = (time.perf_counter() - start) / len(runs)
        for number, run in enumerate(runs):
            observe(run, step, partial(together.score, step, number), stepping_s)
        for run in runs:
            run.pulse.trained_s += time.perf_counter() - start
            run.save_if_due()


def choose(runs: Sequence[Trainer]) -> Together:
    """Return how runs are trained together."""
    is_worth_it = runs[0].device.type == "cuda"
    return Stacked(runs) if is_worth_it and can_be_stacked(runs) else Turns(runs)


def can_be_stacked(runs: Sequence[Trainer]) -> bool:
    """Return whether networks and examples of all runs have one shape, and a loss of one form."""
    shapes = [
        [(tensor.shape, tensor.dtype) for tensor in (run.data.train.inputs, run.data.test.inputs)]
        for run in runs
    ]
    codes = [run.data.codes for run in runs if run.data.codes is not None]
    config = runs[0].config
    return (
        isinstance(config.model, MLP | Transformer | CNN)
        and not config.regularization.spectral_entropy
        and all(shape == shapes[0] for shape in shapes)
        and all(torch.equal(code, codes[0]) for code in codes)
    )


class Turns:
    """Runs of which one makes a step after the other."""

    def __init__(self, runs: Sequence[Trainer]) -> None:
        self._runs = runs

    def make_step(self, step: int) -> None:
        """Make one step of all runs."""
        for run in self._runs:
            make_step(run, step)

    def score(self, _step: int, number: int) -> Row:
        """Return loss and accuracy (0…1) of both splits of a run, by its number."""
        run = self._runs[number]
        row: Row = evaluate(run.model, run.data, run.objective)
        return row


class Stacked:
    """Runs whose parameters lie side by side; the parameters of each run are views of them."""

    def __init__(self, runs: Sequence[Trainer]) -> None:
        """Stack the parameters of runs of one shape, as they are now."""
        self._runs = runs
        self._model, self._objective = runs[0].model, runs[0].objective
        self._train = _stacked([run.data.train for run in runs])
        self._splits = (self._train, _stacked([run.data.test for run in runs]))
        losses = vmap(self._loss)
        self._losses = torch.compile(losses) if runs[0].config.compile else losses
        self._scored_at, self._rows = -1, list[Row]()
        self._weights = dict[str, Tensor]()
        for name, _ in self._model.named_parameters():
            own = [run.model.get_parameter(name) for run in runs]
            weights = torch.stack([one.detach() for one in own])
            self._weights[name] = weights.requires_grad_(own[0].requires_grad)
            for one, row in zip(own, weights.detach(), strict=True):
                one.data = row

    def make_step(self, step: int) -> None:
        """Make one step of all runs: one gradient, and an update for each."""
        for weights in self._weights.values():
            weights.grad = None
        batch = self._train
        if not self._runs[0].batches.is_whole:
            batch = _stacked([run.data.train.rows(run.batches.at(step)) for run in self._runs])
        # The sum of the losses has each run's own gradient for that run's weights.
        self._losses(self._weights, batch.inputs, batch.targets).sum().backward()
        for number, run in enumerate(self._runs):
            for name, weights in self._weights.items():
                gradient = None if weights.grad is None else weights.grad[number]
                run.model.get_parameter(name).grad = gradient
            update(run, step)

    def score(self, step: int, number: int) -> Row:
        """Return loss and accuracy (0…1) of both splits of a run, by its number."""
        if self._scored_at != step:  # all runs are evaluated after the same steps
            self._scored_at, self._rows = step, self._evaluated()
        return self._rows[number]

    def _loss(self, weights: dict[str, Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
        return self._objective.loss(functional_call(self._model, weights, (inputs,)), targets)

    @torch.no_grad()
    def _evaluated(self) -> list[Row]:
        scores = vmap(self._score)
        pairs = (scores(self._weights, split.inputs, split.targets) for split in self._splits)
        columns_S = [column_S for pair in pairs for column_S in pair]
        return [dict(zip(SCORES, row, strict=True)) for row in zip(*columns_S, strict=True)]

    def _score(
        self, weights: dict[str, Tensor], inputs: Tensor, targets: Tensor
    ) -> tuple[Tensor, Tensor]:
        model = partial(functional_call, self._model, weights)
        return self._objective.score(model, Split(inputs, targets))


def _stacked(splits: Sequence[Split]) -> Split:
    """Return the examples of all runs as (S, N, …)."""
    inputs = torch.stack([split.inputs for split in splits])
    return Split(inputs, torch.stack([split.targets for split in splits]))
