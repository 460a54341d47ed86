"""One run in this process: what its config is made into, how it begins, and how it ends."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import torch

import grok_tui
from grok_tui.config import Config
from grok_tui.runs.checkpoints import Manifest
from grok_tui.runs.control import Control
from grok_tui.runs.origin import environment
from grok_tui.runs.pulse import Pulse
from grok_tui.runs.record import Data, State
from grok_tui.runs.recorder import Recorder
from grok_tui.training.batches import Batches
from grok_tui.training.build import build
from grok_tui.training.checkpoint import Checkpoints
from grok_tui.training.complexity.meter import Meter
from grok_tui.training.complexity.online import Subject
from grok_tui.training.dataset import Dataset
from grok_tui.training.device import choose_device, prepare
from grok_tui.training.filters import make_filter
from grok_tui.training.gradient import make_gradient
from grok_tui.training.optimisers import make_optimiser
from grok_tui.training.randomness import Randomness
from grok_tui.training.regularisation import Regulariser
from grok_tui.training.ring import Ring
from grok_tui.training.schedule import LogSchedule
from grok_tui.training.steering import Steering


class Trainer:
    """Everything that one run is trained with."""

    def __init__(self, config: Config, recorder: Recorder, control: Control) -> None:
        """Make data, network, optimiser and all else that a config asks for.

        Raises:
            UsageError: the device is not there, or task, model and loss do not fit together.
        """
        self.config, self.recorder, self.control = config, recorder, control
        self.device = choose_device(config.device)
        prepare(self.device)
        setup = build(config, self.device)
        self.model, self.data, self.objective = setup.model, setup.data, setup.objective
        self.optimiser = make_optimiser(config.optimizer, self.model.named_parameters())
        regulariser = Regulariser(config.regularization, self.model)
        self.gradient = make_gradient(config, self.model, self.objective, regulariser)
        self.filter = make_filter(config.filter)
        self.batches = Batches(config.batch, len(self.data.train), config.seed, self.device)
        subject = Subject(self.model, self.data.train, self.objective, config.seed)
        self.evaluations = LogSchedule(config.log)
        self.meter = Meter(config.complexity, subject, config.steps, self.evaluations.count)
        self.pulse = Pulse(recorder, control, gpu_bytes=self._gpu_bytes)
        self.randomness = Randomness(config.seed)
        parts = {
            "model": self.model,
            "optimizer": self.optimiser,
            "filter": self.filter,
            "evaluations": self.evaluations,
            "meter": self.meter,
            "pulse": self.pulse,
            "random": self.randomness,
        }
        self.checkpoints = Checkpoints(config.checkpoint, recorder, parts)
        self.ring = Ring(recorder.measure, self.device)
        recorder.fetch = self.ring.flush
        self._steering = Steering(config, recorder, self.checkpoints, self.meter, self.optimiser)

    def _gpu_bytes(self) -> int | None:
        is_gpu = self.device.type == "cuda"
        return int(torch.cuda.memory_allocated(self.device)) if is_gpu else None

    def begin(self, *, resume: bool = False) -> None:
        """Go on from the newest checkpoint if that is wanted and there is one, and say so."""
        recorder = self.recorder
        found = self.checkpoints.restore(self.device) if resume else None
        environment = _environment(self.device)
        warning = _differences(found, environment) if found else None
        recorder.describe(data=_sizes(self.data), warning=warning, **environment)
        recorder.begin(found.step if found else -1)
        if found:
            self._steering.take_over(recorder.record.parent, found.step)
        self._steering.tell()
        recorder.enter(State.RUNNING)

    def __enter__(self) -> Trainer:
        self.pulse.__enter__()
        full = self.config.checkpoint.pause_on_full_disk
        self.control.begin(self._steering.actions(), pauses_when_full=full)
        return self

    def __exit__(self, *_: object) -> None:
        self.checkpoints.finish()
        self.pulse.__exit__()

    def ending(self) -> State | None:
        """Carry out what was asked since the last step.

        Returns:
            The state that the run ends in, saved, or nothing where it goes on.
        """
        if self.recorder.step >= self.recorder.last_step:
            self.checkpoints.save("at the end")
            self.checkpoints.finish()
            if self.meter.skipped:
                self.recorder.note("complexity_skipped", {"measurements": self.meter.skipped})
            return State.FINISHED
        if self.control.should_stop():
            self.checkpoints.save(self.control.stop_reason or "at the end")
            return self.control.ending
        return None

    def save_if_due(self) -> None:
        """Take a checkpoint after each so many steps."""
        if self.checkpoints.is_due():
            self.checkpoints.save("as planned")

    def next_look(self, step: int) -> int:
        """Return the first step, from the given one on, after which something is due."""
        every = self.config.checkpoint.every
        due = [
            self.recorder.last_step,
            self.evaluations.next_step,
            self.meter.next_step(step),
            -(-step // every) * every,
            self.control.next_step,
        ]
        return max(step, min(each for each in due if each is not None))


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
