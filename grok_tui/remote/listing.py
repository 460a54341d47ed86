"""What lies in a folder of another machine, with names that can do no harm here."""

from __future__ import annotations

import posixpath
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MAX_DEPTH = 8
MAX_FOLDERS = 5_000
MAX_FILES = 20_000
MAX_FILE_BYTES = 1 << 30
"""A longer file is left out: it is no log, or takes too long over a line."""
_NEVER = frozenset({"node_modules", "site-packages", "__pycache__", "checkpoints", "venv"})
_NO_LOGS = frozenset(
    {"pt", "pth", "ckpt", "safetensors", "bin", "npy", "npz", "h5", "onnx", "pkl", "so", "pyc"}
    | {"tar", "gz", "tgz", "zip", "zst", "xz", "png", "jpg", "jpeg", "gif", "mp4", "py", "lock"}
)
"""Endings of files that are large, or no logs."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the other machine."""

    path: str
    """How the file system calls it."""
    name: str
    """Its way from the folder, in parts that are safe to use here, separated by `/`."""
    size: int
    changed: float | None
    """When it was changed last, in seconds since the epoch, if that is told."""
    version: str
    """What differs when its content does, as far as the listing tells."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that may be logs."""

    files: tuple[RemoteFile, ...]
    left_out: int = 0
    """Files that are too long, too many, or whose names could do harm."""


def list_files(system: Any, root: str) -> Listing:
    """Look through a folder of an fsspec file system, or at one file.

    Raises:
        OSError: it cannot be listed.
    """
    system.invalidate_cache()
    files: list[RemoteFile] = []
    left_out = looked_at = 0
    info = system.info(root)
    if info.get("type") == "file":
        name = posixpath.basename(str(info["name"]).rstrip("/"))
        good = (_file(info, root, name),) if is_safe(name) else ()
        return Listing(good, left_out=1 - len(good))
    waiting = deque([(root, "", 0)])
    while waiting and looked_at < MAX_FOLDERS:
        folder, above, depth = waiting.popleft()
        looked_at += 1
        try:
            entries = list(system.ls(folder, detail=True))
        except (FileNotFoundError, PermissionError):
            if folder == root:
                raise
            continue
        for entry in entries:
            path = str(entry["name"])
            name = posixpath.basename(path.rstrip("/"))
            is_folder = entry.get("type") == "directory"
            if not is_safe(name):
                left_out += 1
            elif is_folder and path.rstrip("/") != folder.rstrip("/"):
                if depth < MAX_DEPTH and name not in _NEVER and not name.startswith("."):
                    waiting.append((path, f"{above}{name}/", depth + 1))
            elif entry.get("type") == "file" and _may_be_log(name):
                file = _file(entry, path, f"{above}{name}")
                if file.size > MAX_FILE_BYTES or len(files) >= MAX_FILES:
                    left_out += 1
                else:
                    files.append(file)
    return Listing(tuple(files), left_out)


def is_safe(name: str) -> bool:
    """Return whether a name from another machine names a file here, and nothing else."""
    is_one_part = name not in ("", ".", "..") and not set(name) & {"/", "\\", "\0"}
    return is_one_part and len(name.encode("utf-8", "surrogateescape")) <= 200


def _may_be_log(name: str) -> bool:
    return not name.startswith(".") and name.rpartition(".")[2].lower() not in _NO_LOGS


def _file(entry: dict[str, Any], path: str, name: str) -> RemoteFile:
    changed = next((entry[key] for key in ("mtime", "LastModified") if entry.get(key)), None)
    told = changed.timestamp() if isinstance(changed, datetime) else changed
    size = entry.get("size")
    return RemoteFile(
        path=path,
        name=name,
        size=size if isinstance(size, int) and size >= 0 else 0,
        changed=float(told) if isinstance(told, int | float) else None,
        version=repr((size, told, entry.get("ETag"), entry.get("ino"))),
    )
