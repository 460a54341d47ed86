"""Saves the whole state of a trainer beside the training, and restores it bit by bit."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from grok_tui import config
from grok_tui.errors import GrokTuiError
from grok_tui.files import FULL
from grok_tui.runs import checkpoints
from grok_tui.runs.checkpoints import Manifest
from grok_tui.runs.recorder import Recorder


class Part(Protocol):
    """Something whose state is saved."""

    def state_dict(self) -> Mapping[str, Any]:
        """Return the state in tensors and plain types."""
        ...

    def load_state_dict(self, state: Any) -> object:
        """Take over a state."""
        ...


class Checkpoints:
    """The checkpoints of one trainer. One is written at a time, by a thread of its own."""

    def __init__(
        self, settings: config.Checkpoint, recorder: Recorder, parts: Mapping[str, Part]
    ) -> None:
        """Save these parts, under their names."""
        self._settings = settings
        self._recorder = recorder
        self._parts = parts
        self._writing: threading.Thread | None = None
        self._saved = -1

    def is_due(self) -> bool:
        """Return whether so many steps were made that the next checkpoint is to be taken."""
        step = self._recorder.step
        return step > 0 and step % self._settings.every == 0

    def save(self, reason: str) -> None:
        """Take a checkpoint of the step that was made last; it reaches the disk a little later."""
        step = self._recorder.step
        if step < 0 or step == self._saved:  # nothing was trained, or nothing since
            return
        self.finish()
        self._recorder.fetch()
        self._saved = step
        state = {name: _copy(part.state_dict()) for name, part in self._parts.items()}
        self._writing = threading.Thread(
            target=self._write, args=(step, state, reason), name="checkpoint"
        )
        self._writing.start()

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> None:
        """Wait until nothing is being written any more."""
        if self._writing is not None:
            self._writing.join()
            self._writing = None

    def _write(self, step: int, state: Mapping[str, Any], reason: str) -> None:
        recorder = self._recorder
        buffer = io.BytesIO()
        torch.save(state, buffer)
        data = buffer.getvalue()
        try:
            recorder.sync()  # the rows up to this step come first: a checkpoint never runs ahead
            self._commit(data, self._manifest(step, data, reason))
        except OSError as error:
            self._saved = -1
            why = error.strerror or str(error)
            recorder.lost_saves += 1
            recorder.note("checkpoint_failed", {"step": step, "reason": why})
            recorder.warn(f"step {step} could not be saved: {why}")
            return
        recorder.note("checkpoint", {"step": step, "reason": reason})
        recorder.warn(None)
        checkpoints.prune(recorder.paths, self._settings.keep, self._settings.keep_every)

    def _manifest(self, step: int, data: bytes, reason: str) -> Manifest:
        record = self._recorder.record
        metrics = self._recorder.metrics_files()
        return Manifest(
            step=step,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            time=time.time(),
            reason=reason,
            metrics={path.name: path.stat().st_size for path in metrics},
            device=record.device,
            threads=record.threads,
            versions=record.versions,
        )

    def _commit(self, data: bytes, manifest: Manifest) -> None:
        """Write a checkpoint; on a full disk the oldest one makes room, but never the last."""
        paths = self._recorder.paths
        try:
            checkpoints.commit(paths, data, manifest)
        except OSError as error:
            if error.errno not in FULL or not checkpoints.make_room(
                paths, self._settings.keep_every
            ):
                raise
            checkpoints.commit(paths, data, manifest)

    def restore(self, device: torch.device) -> Manifest | None:
        """Take over the newest checkpoint that is whole.

        Returns:
            Its manifest, or nothing where there are no checkpoints.

        Raises:
            GrokTuiError: there are checkpoints, and none of them can be used.
        """
        found, problem = checkpoints.manifests(self._recorder.paths), None
        for manifest in found:
            problem = checkpoints.why_damaged(self._recorder.paths, manifest)
            if problem is None:
                problem = self._load(manifest, device)
            if problem is None:
                self._saved = manifest.step
                for unusable in found[: found.index(manifest)]:
                    checkpoints.put_aside(self._recorder.paths, unusable.step)
                return manifest
            detail = {"step": manifest.step, "reason": problem}
            self._recorder.note("checkpoint_damaged", detail)
        if found:
            raise GrokTuiError(f"none of the {len(found)} checkpoints can be used: {problem}")
        return None

    def _load(self, manifest: Manifest, device: torch.device) -> str | None:
        """Take over one checkpoint; return what is wrong with it."""
        path = checkpoints.data_file(self._recorder.paths, manifest.step)
        try:
            state = read_state(path, device)
            state.setdefault("filter", {})  # a fork may have one that its parent has not
            missing = self._parts.keys() ^ state.keys()
            if missing:
                return f"it lacks or has in excess: {', '.join(sorted(missing))}"
        except Exception as error:  # whatever torch makes of a file that is none of its own
            return f"{type(error).__name__}: {error}".splitlines()[0]
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        return None


def read_state(path: Path, device: torch.device) -> dict[str, Any]:
    """Return the states of all parts by their names; raises whatever torch makes of other files."""
    state = torch.load(path, map_location=device, weights_only=True)
    if not isinstance(state, dict):
        raise TypeError("it holds no state")
    return state


def _copy(value: Any) -> Any:
    """Return a copy in the CPU's memory, which training does not change while it is written."""
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copy(item) for item in value)
    return value
