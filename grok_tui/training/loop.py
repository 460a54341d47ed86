"""The training loop, on one page."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

import grok_tui
from grok_tui.config import Config
from grok_tui.runs.checkpoints import Manifest
from grok_tui.runs.origin import environment
from grok_tui.runs.record import Data, State
from grok_tui.training.batches import Batches
from grok_tui.training.build import build
from grok_tui.training.checkpoint import Checkpoints
from grok_tui.training.complexity.meter import Meter
from grok_tui.training.complexity.online import Subject
from grok_tui.training.control import Control
from grok_tui.training.dataset import Dataset
from grok_tui.training.device import choose_device, prepare
from grok_tui.training.filters import make_filter
from grok_tui.training.losses import Objective
from grok_tui.training.optimisers import make_optimiser
from grok_tui.training.pulse import Pulse
from grok_tui.training.randomness import Randomness
from grok_tui.training.recorder import Recorder
from grok_tui.training.regularisation import Regulariser
from grok_tui.training.schedule import LogSchedule
from grok_tui.training.steering import Steering


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
    device = choose_device(config.device)
    prepare(device)
    setup = build(config, device)
    model, data, objective = setup.model, setup.data, setup.objective
    optimiser = make_optimiser(config.optimizer, model.named_parameters())
    regulariser = Regulariser(config.regularization, model)
    gradient_filter = make_filter(config.filter)
    batches = Batches(config.batch, len(data.train), config.seed, device)
    subject = Subject(model, data.train, objective, config.seed)
    meter = Meter(config.complexity, subject, config.steps)
    evaluations = LogSchedule(config.log)
    pulse = Pulse(recorder, control, device)
    parts = {
        "model": model,
        "optimizer": optimiser,
        "filter": gradient_filter,
        "evaluations": evaluations,
        "meter": meter,
        "pulse": pulse,
        "random": Randomness(config.seed),
    }
    checkpoints = Checkpoints(config.checkpoint, recorder, parts)
    steering = Steering(config, recorder, checkpoints, meter, optimiser)
    found = checkpoints.restore(device) if resume else None
    environment = _environment(device)
    warning = _differences(found, environment) if found else None
    recorder.describe(data=_sizes(data), warning=warning, **environment)
    recorder.begin(found.step if found else -1)
    if found:
        steering.take_over(recorder.record.parent, found.step)
    steering.tell()
    recorder.enter(State.RUNNING)

    with pulse, checkpoints:
        control.begin(steering.actions(), pauses_when_full=config.checkpoint.pause_on_full_disk)
        while (step := recorder.step + 1) <= recorder.last_step:
            if control.should_stop():
                checkpoints.save(control.stop_reason or "at the end")
                return control.ending
            start = time.perf_counter()
            if step > 0:  # step 0 is the untrained network
                batch = data.train.rows(batches.at(step))
                loss = objective.loss(regulariser.outputs(batch.inputs), batch.targets)
                loss = loss + regulariser.penalty()
                optimiser.zero_grad()
                loss.backward()
                gradient_filter.apply(optimiser.gradients)
                optimiser.step(step)
            values: dict[str, float] = {}
            model.eval()  # dropout and the like are for training
            # The only place where the device is waited for.
            if evaluations.is_due(step) or step == recorder.last_step:
                values |= evaluate(model, data, objective) | meter.cheap()
            values |= meter.costly(step, pulse.trained_s)
            model.train()
            recorder.step = step
            if values:
                recorder.measure(values)
            pulse.trained_s += time.perf_counter() - start
            if checkpoints.is_due():
                checkpoints.save("as planned")
        checkpoints.save("at the end")
    if meter.skipped:
        recorder.note("complexity_skipped", {"measurements": meter.skipped})
    return State.FINISHED


@torch.no_grad()
def evaluate(model: nn.Module, data: Dataset, objective: Objective) -> dict[str, float]:
    """Return loss and accuracy (0…1) of both splits."""
    splits = (data.train, data.test)
    numbers = [number for split in splits for number in objective.score(model, split)]
    names = ("train/loss", "train/accuracy", "test/loss", "test/accuracy")
    return dict(zip(names, torch.stack(numbers).tolist(), strict=True))


def _sizes(data: Dataset) -> Data:
    return Data(
        train_size=len(data.train),
        test_size=len(data.test),
        classes=None if data.is_regression else data.outputs,
        chance=data.chance,
    )


def _environment(device: torch.device) -> dict[str, Any]:
    return {
        "environment": environment(),
        "device": str(device),
        "threads": torch.get_num_threads(),
        "versions": {
            "grok-tui": grok_tui.__version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
        },
    }


def _differences(saved: Manifest, now: Mapping[str, Any]) -> str | None:
    """Return why a resumed run may differ from an uninterrupted one in the last bits."""
    before = {
        "device": saved.device,
        "threads": saved.threads,
        "torch": saved.versions.get("torch"),
    }
    after = {**now, "torch": now["versions"]["torch"]}
    changed = [f"{k} was {v}, is {after[k]}" for k, v in before.items() if v != after[k]]
    return f"resume is not bit-exact: {'; '.join(changed)}" if changed else None
