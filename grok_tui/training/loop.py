"""The training loop, on one page."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from grok_tui.config import Config
from grok_tui.runs.control import Control
from grok_tui.runs.record import State
from grok_tui.runs.recorder import Recorder
from grok_tui.training.dataset import Dataset
from grok_tui.training.graph import Steps
from grok_tui.training.losses import Objective
from grok_tui.training.ring import Row
from grok_tui.training.trainer import Trainer

SCORES = ("train/loss", "train/accuracy", "test/loss", "test/accuracy")


def train(config: Config, recorder: Recorder, control: Control, *, resume: bool = False) -> State:
    """Train until the last step or until somebody stops it.

    Args:
        config: what to train.
        recorder: where everything is written.
        control: what others want.
        resume: whether to go on from the newest checkpoint, where there is one.

    Returns:
        The state that the run ended in.

    Raises:
        UsageError: the device is not there, or task, model and loss do not fit together.
    """
    run = Trainer(config, recorder, control)
    run.begin(resume=resume)
    steps = Steps(partial(make_step, run), [run])
    score = partial(evaluate, run.model, run.data, run.objective)
    with run:
        while (ended := run.ending()) is None:
            start = time.perf_counter()
            step = recorder.step + 1
            if step > 0:  # step 0 is the untrained network
                step = steps.make(step)
            observe(run, step, score, time.perf_counter() - start)
            run.pulse.trained_s += time.perf_counter() - start
            run.save_if_due()
    return ended


def make_step(run: Trainer, step: int) -> None:
    """Change a network by the gradient of its loss on one batch."""
    batch = run.data.train.rows(run.batches.at(step))
    run.optimiser.zero_grad()
    run.gradient(batch.inputs, batch.targets)
    update(run, step)


def update(run: Trainer, step: int) -> None:
    """Change a network by its gradients."""
    run.filter.apply(run.optimiser.gradients)
    run.optimiser.step(step)


def observe(run: Trainer, step: int, score: Callable[[], Row], stepping_s: float) -> None:
    """Evaluate and measure what is due after a step; numbers may stay on the device for a while.

    Args:
        run: the run that was trained.
        step: the step that was made last.
        score: returns the scores of both splits.
        stepping_s: seconds that the steps took since this was called last.
    """
    run.meter.stepped(step - run.recorder.step, stepping_s)
    is_evaluated = run.evaluations.is_due(step) or step == run.recorder.last_step
    is_measured = run.meter.next_step(step) == step
    row: dict[str, torch.Tensor | float] = {}
    if is_evaluated or is_measured:
        run.model.eval()  # dropout and the like are for training
        if is_evaluated:
            row |= _evaluated(run, score)
        if is_measured:
            row |= _measured(run, step)
        run.model.train()  # a walk through all modules: not for each step
    run.recorder.step = step
    if row:
        run.ring.add(step, row)
    run.meter.stepped(0, _seconds(run.ring.flush_if_old))


def _evaluated(run: Trainer, score: Callable[[], Row]) -> Row:
    start = time.perf_counter()
    row = {**score(), **run.meter.cheap()}
    run.meter.evaluated(time.perf_counter() - start)
    return row


def _measured(run: Trainer, step: int) -> Row:
    # The time of measuring is not to be that of waiting for the device.
    run.meter.stepped(0, _seconds(run.ring.flush))
    return run.meter.costly(step)


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@torch.no_grad()
def evaluate(model: nn.Module, data: Dataset, objective: Objective) -> Row:
    """Return loss and accuracy (0…1) of both splits, without waiting for the device."""
    numbers = (*objective.score(model, data.train), *objective.score(model, data.test))
    return dict(zip(SCORES, numbers, strict=True))
