"""The table of mounts tells which folders lie on another machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui.watch.mounts import network_kind

TABLE = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 / /net rw shared:2 - nfs4 server:/export rw,vers=4.2
31 30 8:2 / /net/scratch rw - xfs /dev/sdb1 rw
32 22 0:31 / /my\040share rw - cifs //server/share rw
33 22 0:32 / /over rw - fuse.sshfs me@host:/ rw
34 22 0:33 / /lower rw - fuse.fuse-overlayfs overlay rw
35 22 8:3 / /hidden rw - ext4 /dev/sdc1 rw
36 22 0:34 / /hidden rw - nfs server:/ rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me", None),
        ("/net/runs", "nfs4"),
        ("/network", None),
        ("/net/scratch/runs", None),
        ("/my share/a", "cifs"),
        ("/over", "fuse.sshfs"),
        ("/lower/x", None),
        ("/hidden/x", "nfs"),
    ],
)
def test_the_innermost_and_newest_mount_decides(
    tmp_path: Path, path: str, kind: str | None
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE)
    assert network_kind(Path(path), table) == kind


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert network_kind(tmp_path, tmp_path / "none") is None
