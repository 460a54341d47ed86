"""Watches and steers a training with the Trainer of Hugging Face's transformers.

    from grok_tui.integrations.huggingface import GrokTuiCallback

    Trainer(..., callbacks=[GrokTuiCallback("runs")])

A checkpoint on command is saved by the Trainer where it saves its own, after the present step.
With several processes the first one writes, and is paused where it logs; stopping and saving on
command need a single process, since the others would not hear of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grok_tui.integrations.metrics import Names
from grok_tui.writing.run import Run

try:
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
except ModuleNotFoundError as missing:
    raise ImportError(
        f"grok_tui.integrations.huggingface needs transformers ({missing.name} is missing):"
        " pip install transformers"
    ) from None


class GrokTuiCallback(TrainerCallback):
    """Writes what a Trainer logs into a run, and lets grok-tui pause, stop and save it."""

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        *,
        name: str | None = None,
        config: Any = None,
    ) -> None:
        """Watch a new run of a folder; see `grok_tui.Run` for the arguments.

        Without `config` the training arguments are shown.
        """
        self._root, self._name, self._config = root, name, config
        self._run: Run | None = None
        self._names = Names()
        self._is_save_due = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Begin the run."""
        if not state.is_world_process_zero:
            return
        config = args.to_sanitized_dict() if self._config is None else self._config
        self._run, self._names = Run(self._root, name=self._name, config=config), Names()
        if state.max_steps > 0:
            self._run.plan(state.max_steps)
        if args.world_size == 1:

            def save(_path: Path, step: int) -> Path:
                self._is_save_due = True
                return Path(args.output_dir) / f"checkpoint-{step}"

            self._run.on_checkpoint(save)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Wait while the run is paused, and stop or save when that is asked for."""
        if self._run is None or args.world_size > 1:
            return
        if self._run.made(state.global_step):
            control.should_training_stop = control.should_save = True
        if self._is_save_due:
            control.should_save, self._is_save_due = True, False

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Write a row."""
        if self._run is not None and logs:
            self._run.log(state.global_step, self._names.row(logs))

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """End the run."""
        if self._run is not None:
            self._run.on_checkpoint(None)  # the Trainer has saved what it was asked to
            self._run.finish()
