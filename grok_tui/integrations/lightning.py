"""Watches and steers a training with Lightning.

    from grok_tui.integrations.lightning import GrokTuiCallback

    Trainer(callbacks=[GrokTuiCallback("runs")])

With several processes the first one writes. While it is paused the others wait in a collective
call, whose time-out (half an hour for gloo, ten minutes for NCCL) ends them all; checkpoints on
command need a single process.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from grok_tui.integrations.metrics import Names
from grok_tui.writing.run import Run

try:
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.callbacks import Callback
    from lightning.pytorch.loggers import Logger
    from lightning.pytorch.utilities import rank_zero_only
except ModuleNotFoundError as missing:
    raise ImportError(
        f"grok_tui.integrations.lightning needs Lightning ({missing.name} is missing):"
        " pip install lightning"
    ) from None


class GrokTuiLogger(Logger):
    """Writes what a Lightning module logs into a run; the callback below adds one by itself."""

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        *,
        name: str | None = None,
        config: Any = None,
    ) -> None:
        """Log into a new run of a folder; see `grok_tui.Run` for the arguments.

        Without `config` the module's hyperparameters are shown.
        """
        super().__init__()
        self._root, self._name, self._config = root, name, config
        self._hyperparameters: dict[str, Any] = {}
        self._run: Run | None = None
        self._names = Names()

    @property
    def run(self) -> Run:
        """The run, which begins when it is first asked for."""
        if self._run is None:
            config = self._hyperparameters if self._config is None else self._config
            self._run = Run(self._root, name=self._name, config=config)
        return self._run

    def begin(self) -> Run:
        """Return the run of a fit; each has its own."""
        if self._run is not None and self._run.is_over:
            self._run, self._names = None, Names()
        return self.run

    @property
    def name(self) -> str | None:
        """What the run is called."""
        return self._name

    @property
    def version(self) -> str | None:
        """The run's id."""
        return self._run.path.name if self._run and self._run.path else None

    @property
    def save_dir(self) -> str | None:
        """Where Lightning puts its own checkpoints: nothing of ours."""
        return None

    @rank_zero_only
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace, *_: Any, **__: Any) -> None:
        """Take hyperparameters, as long as the run has not begun."""
        given = vars(params) if isinstance(params, Namespace) else params
        self._hyperparameters |= dict(given)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Write a row."""
        self.run.log(self.run.step if step is None else step, self._names.row(metrics))

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """End the run."""
        if self._run is not None:
            if status == "success":
                self._run.finish()
            else:
                self._run.crash(RuntimeError(f"Lightning ended it: {status}"))


class GrokTuiCallback(Callback):
    """Lets grok-tui pause, stop and save a training between two batches."""

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        *,
        name: str | None = None,
        config: Any = None,
    ) -> None:
        """Steer a new run of a folder, or that of the trainer's `GrokTuiLogger`."""
        self._logger = GrokTuiLogger(root, name=name, config=config)
        self._run: Run | None = None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Find the trainer's logger of ours, or add one."""
        found = [each for each in trainer.loggers if isinstance(each, GrokTuiLogger)]
        if stage != "fit":
            return
        if found:
            self._logger = found[0]
        else:
            trainer.loggers = [*trainer.loggers, self._logger]

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin the run, after the hyperparameters were logged."""
        if not trainer.is_global_zero:
            return
        self._logger.log_hyperparams(pl_module.hparams)
        self._run = self._logger.begin()
        steps = trainer.estimated_stepping_batches
        if 0 < steps < float("inf"):
            self._run.plan(int(steps))
        if trainer.world_size == 1:
            self._run.on_checkpoint(lambda path, _: trainer.save_checkpoint(path))

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Wait while the run is paused, and stop when it is to stop."""
        is_over = self._run is not None and self._run.made(trainer.global_step)
        if trainer.world_size > 1:
            is_over = trainer.strategy.reduce_boolean_decision(is_over, all=False)
        if is_over:
            trainer.should_stop = True

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End the run."""
        if self._run is not None:
            self._run.finish()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Write down what ended the run."""
        if self._run is not None:
            self._run.crash(exception)
