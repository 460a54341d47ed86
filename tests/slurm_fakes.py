"""Commands of Slurm that note how they were called, for tests without a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

ASKED = "asked"
"""The file in which the commands note what they were asked, a line a call."""


def write_fakes(folder: Path, monkeypatch: pytest.MonkeyPatch, queue: str = "") -> Path:
    """Put an sbatch, squeue, scancel and scontrol first on the path.

    Args:
        folder: where they are made.
        monkeypatch: changes the path.
        queue: what squeue prints, `JOB|STATE|REASON` a line; in the file `queue` of the folder.
    """
    folder.mkdir()
    (folder / "queue").write_text(queue)
    note = f'echo "$(basename "$0") $*" >> {folder / ASKED}\n'
    ends = {"sbatch": "echo 4711\n", "squeue": f"cat {folder / 'queue'}\n"}
    for name in ("sbatch", "squeue", "scancel", "scontrol"):
        (folder / name).write_text("#!/bin/sh\n" + note + ends.get(name, ""))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def asked(folder: Path) -> list[str]:
    """Return the calls that change something."""
    note = folder / ASKED
    lines = note.read_text().splitlines() if note.exists() else []
    return [line for line in lines if not line.startswith("squeue")]
