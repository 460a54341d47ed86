"""The checkpoints of a run as files: which there are, whether they are whole, which are kept.

The data are written first and their manifest last: a checkpoint without a manifest does not exist.
Nothing here looks into the data, so that a monitor needs neither torch nor trust.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from grok_tui.files import first_names, open_regular, write_atomic
from grok_tui.runs.decode import Amount, Count, UnreadableError, read_json
from grok_tui.runs.layout import RunPaths

MAX_BYTES = 1 << 20
MAX_CHECKPOINTS = 10_000
_PROGRAM_SAVE = re.compile(r"step-(\d{1,15})")
_MANIFEST = re.compile(r"step-(\d{1,15})\.json")


class Manifest(Struct, frozen=True, kw_only=True):
    """What is known of a checkpoint without opening it."""

    step: Count
    """The step that was made last."""
    size: Count
    """Bytes of the data."""
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    time: Amount
    """When it was taken, in seconds since the epoch."""
    reason: str
    """Why it was taken: every so many steps, or a command, or the end."""
    metrics: dict[str, Count] = {}
    """Bytes of each metrics file that were on the disk before."""
    device: str | None = None
    threads: int | None = None
    versions: dict[str, str] = {}


def data_file(paths: RunPaths, step: int) -> Path:
    """Return the file of a checkpoint's data."""
    return paths.checkpoints / f"step-{step}.pt"


def commit(paths: RunPaths, data: bytes, manifest: Manifest) -> None:
    """Write a checkpoint so that it is there as a whole or not at all.

    Raises:
        OSError: it could not be written; older checkpoints are as they were.
    """
    paths.checkpoints.mkdir(mode=0o700, exist_ok=True)
    if paths.checkpoints.is_symlink():
        raise OSError("checkpoints is a link")
    _manifest_file(paths, manifest.step).unlink(missing_ok=True)
    file = data_file(paths, manifest.step)
    try:
        write_atomic(file, data, sync=True)
        write_manifest(paths, manifest)
    except OSError:
        file.unlink(missing_ok=True)  # a full disk needs the room
        raise


def write_manifest(paths: RunPaths, manifest: Manifest) -> None:
    """Make a checkpoint of data that are on the disk; raises OSError."""
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    write_atomic(_manifest_file(paths, manifest.step), encoded, sync=True)


def saved_steps(paths: RunPaths) -> list[int]:
    """Return the steps of which there is a manifest, the newest first."""
    try:
        names = first_names(paths.checkpoints, 4 * MAX_CHECKPOINTS)
    except OSError:
        return []
    steps = sorted((int(m[1]) for m in map(_MANIFEST.fullmatch, names) if m), reverse=True)
    return steps[:MAX_CHECKPOINTS]


def program_saves(paths: RunPaths) -> list[tuple[int, Path]]:
    """Return step and path of what a program of somebody's own saved, the newest first.

    These are files or folders in a form that the program alone knows.
    """
    try:
        names = first_names(paths.checkpoints, 4 * MAX_CHECKPOINTS)
    except OSError:
        return []
    matches = filter(None, map(_PROGRAM_SAVE.fullmatch, names))
    found = sorted(((int(m[1]), paths.checkpoints / m[0]) for m in matches), reverse=True)
    return found[:MAX_CHECKPOINTS]


def manifests(paths: RunPaths) -> list[Manifest]:
    """Return the manifests that can be read, the newest step first."""
    found = []
    for step in saved_steps(paths):
        with contextlib.suppress(UnreadableError):
            manifest = read_json(_manifest_file(paths, step), Manifest, MAX_BYTES)
            if manifest.step == step:
                found.append(manifest)
    return found


def why_damaged(paths: RunPaths, manifest: Manifest) -> str | None:
    """Return what is wrong with a checkpoint's data, or nothing where they are whole."""
    try:
        descriptor = open_regular(data_file(paths, manifest.step))
    except OSError as error:
        return f"its data cannot be read: {error.strerror or error}"
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        if size != manifest.size:
            return f"its data have {size} bytes in place of {manifest.size}"
        if hashlib.file_digest(file, "sha256").hexdigest() != manifest.sha256:
            return "its data have another checksum"
    return None


def prune(paths: RunPaths, keep: int, keep_every: int = 0) -> None:
    """Delete all but the newest checkpoints, those kept for good, and the parents of forks.

    Args:
        paths: the run directory.
        keep: the number of newest ones to keep.
        keep_every: those of steps that are multiples of it stay; none for 0.
    """
    for step in _deletable(paths, keep, keep_every):
        _delete(paths, step)


def make_room(paths: RunPaths, keep_every: int = 0) -> bool:
    """Delete the oldest checkpoint that `prune` would, but never the newest; say if there was one.

    See `prune` for the arguments.
    """
    steps = _deletable(paths, 1, keep_every)
    if steps:
        _delete(paths, steps[-1])
    return bool(steps)


def put_aside(paths: RunPaths, step: int) -> None:
    """Let a checkpoint that cannot be used count no longer: newer ones would be deleted for it."""
    manifest = _manifest_file(paths, step)
    with contextlib.suppress(OSError):
        manifest.rename(manifest.with_suffix(".json.unusable"))


def _deletable(paths: RunPaths, keep: int, keep_every: int) -> list[int]:
    """Return the steps whose checkpoints nobody needs, the newest first."""
    steps = [manifest.step for manifest in manifests(paths)[keep:]]
    return [
        step
        for step in steps
        if not (keep_every and step % keep_every == 0) and not _is_shared(paths, step)
    ]


def _is_shared(paths: RunPaths, step: int) -> bool:
    """Return whether another run has the data of a checkpoint too."""
    try:
        return data_file(paths, step).lstat().st_nlink > 1
    except OSError:
        return False


def _delete(paths: RunPaths, step: int) -> None:
    """Delete a checkpoint, the manifest first, so that none is half there."""
    with contextlib.suppress(OSError):
        _manifest_file(paths, step).unlink()
        data_file(paths, step).unlink()


def _manifest_file(paths: RunPaths, step: int) -> Path:
    return paths.checkpoints / f"step-{step}.json"
