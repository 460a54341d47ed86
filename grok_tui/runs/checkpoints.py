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

from grok_tui.files import open_regular, write_atomic
from grok_tui.runs.decode import Amount, Count, UnreadableError, read_json
from grok_tui.runs.layout import RunPaths

MAX_BYTES = 1 << 20
MAX_CHECKPOINTS = 10_000
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
        names = [entry.name for entry in os.scandir(paths.checkpoints)]
    except OSError:
        return []
    steps = sorted((int(m[1]) for m in map(_MANIFEST.fullmatch, names) if m), reverse=True)
    return steps[:MAX_CHECKPOINTS]


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


def prune(paths: RunPaths, keep: int) -> None:
    """Delete all but the newest checkpoints, and those that other runs were forked from.

    The manifest goes first, so that none is half there.
    """
    for manifest in manifests(paths)[keep:]:
        with contextlib.suppress(OSError):
            if data_file(paths, manifest.step).lstat().st_nlink > 1:
                continue
            _manifest_file(paths, manifest.step).unlink()
            data_file(paths, manifest.step).unlink()


def _manifest_file(paths: RunPaths, step: int) -> Path:
    return paths.checkpoints / f"step-{step}.json"
