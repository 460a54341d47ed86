"""Which folders lie on another machine: its changes make no events here, so that only polling sees
them."""

from __future__ import annotations

import os
import re
from pathlib import Path

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs"}
    | {"glusterfs", "orangefs", "pvfs2", "ncpfs", "virtiofs", "vboxsf", "fuse"}
)
"""Kinds of file systems, by the kernel's names; those of `fuse.*`, such as `fuse.sshfs`, too."""
_MOUNTS = Path("/proc/self/mountinfo")
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.ext2fs", "fuse.exfat"})
"""File systems in a process of this machine, whose changes all pass through its kernel."""


def network_kind(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the kind of a network file system that a path lies on; nothing for a local one.

    Without a table of mounts, as on macOS, nothing is known and nothing returned.
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    real = Path(os.path.realpath(path))
    best, found = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.partition(" ")[0]
        if len(fields) < 5:
            continue
        place = Path(_unescaped(fields[4]))
        if real.is_relative_to(place) and len(place.parts) >= best:  # a later mount hides one below
            best, found = len(place.parts), kind
    is_fuse = found.startswith("fuse.") and found not in _LOCAL_FUSE
    return found if found in NETWORK or is_fuse else None


def _unescaped(field: str) -> str:
    """Return a path of the table, where blanks are written as `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)
