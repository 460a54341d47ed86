"""Makes a run that goes on from another one's checkpoint, with other settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from grok_tui.config import Config, ToyAdditionTask, change, parse_tree, why_no_compiler
from grok_tui.errors import GrokTuiError, UsageError
from grok_tui.files import open_output, open_regular
from grok_tui.launch.local import create_run
from grok_tui.runs import checkpoints, measurements
from grok_tui.runs.checkpoints import Manifest
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.program import NO_FORK
from grok_tui.runs.record import Parent, read_record

FIXED = ("task", "model", "seed")
"""What the checkpoint was made of, and what cannot differ after it."""
LISTED = 10


def _outputs(config: Config) -> str:
    """Return what decides how many outputs a network of the same task has."""
    if config.loss == "hinge":
        return "one"
    has_codes = isinstance(config.task, ToyAdditionTask) and config.task.code > 0
    return "as long as a code" if has_codes and config.loss == "mse" else "one a class"


def fork(parent: RunPaths, assignments: Sequence[str], *, at: int | None = None) -> RunPaths:
    """Make a run directory with a checkpoint of `parent` and its curves up to there.

    The data of the checkpoint are linked, not copied: both runs have them, and neither deletes the
    other's.

    Args:
        parent: the run directory that the new run lies beside.
        assignments: `key=value` of the settings that differ.
        at: the step of the checkpoint; the newest one if it is not given.

    Raises:
        UsageError: there is no such checkpoint, or a setting cannot differ.
        GrokTuiError: the checkpoint is damaged, or the directory cannot be written.
    """
    record = read_record(parent.record)
    if record.program is not None:
        raise UsageError(f"{parent.root.name}: {NO_FORK}")
    manifest = _find(parent, at)
    problem = checkpoints.why_damaged(parent, manifest)
    if problem:
        raise GrokTuiError(f"{parent.root.name}: checkpoint {manifest.step}: {problem}")
    before = parse_tree(record.config, "run.json")
    config, changed = change(before, [f"name={record.name}-fork", *assignments])
    fixed = next((key for key in changed if key.split(".")[0] in FIXED), None)
    if fixed:
        raise UsageError(f"{fixed} cannot differ: the weights at step {manifest.step} depend on it")
    if type(config.optimizer) is not type(before.optimizer):
        raise UsageError("optimizer.kind cannot differ: the checkpoint has the other one's state")
    if _outputs(config) != _outputs(before):
        raise UsageError("loss cannot differ: the network has another number of outputs for it")
    lacking = why_no_compiler(config)
    if lacking:
        raise UsageError(lacking)
    if config.steps <= manifest.step:
        step = manifest.step
        raise UsageError(f"steps: the checkpoint is of step {step} already; try steps={2 * step}")
    paths = create_run(
        parent.root.parent,
        config,
        preset=record.preset,
        changes={**record.changes, **changed},
        parent=Parent(id=parent.root.name, step=manifest.step, changes=changed),
        folder=record.folder,
    )
    try:
        paths.checkpoints.mkdir(mode=0o700)
        os.link(
            checkpoints.data_file(parent, manifest.step),
            checkpoints.data_file(paths, manifest.step),
            follow_symlinks=False,
        )
        checkpoints.write_manifest(paths, manifest)
        for writer, session, file in parent.metrics_files():
            if writer != measurements.WRITER:  # those of checkpoints that the fork has not
                _copy(file, paths.metrics(writer, session))
    except OSError as error:
        shutil.rmtree(paths.root, ignore_errors=True)  # half of a run would begin from scratch
        raise GrokTuiError(f"cannot write {paths.root}: {error.strerror}") from None
    return paths


def _copy(source: Path, target: Path) -> None:
    """Copy a regular file; only its owner may read the copy."""
    with os.fdopen(open_regular(source), "rb") as read, open_output(target) as write:
        shutil.copyfileobj(read, write)


def _find(parent: RunPaths, at: int | None) -> Manifest:
    found = checkpoints.manifests(parent)
    for manifest in found:
        if at in (None, manifest.step):
            return manifest
    steps = ", ".join(str(manifest.step) for manifest in found[:LISTED]) or "none"
    wanted = "no checkpoint" if at is None else f"no checkpoint of step {at}"
    raise UsageError(f"{parent.root.name} has {wanted}; there are: {steps}")
