"""Logs on another machine in the app: they grow, and the heading says how the link stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import grokking_rows
from tui_support import until_shown

from grok_tui.remote.link import Link
from grok_tui.remote.mirror import Mirror
from grok_tui.tui.app import GrokTui

fsspec = pytest.importorskip("fsspec")
ROWS = "".join(
    f"{s},{v['train/accuracy']},{v['test/accuracy']}\n" for s, v in grokking_rows()
).encode()


async def test_a_remote_folder_is_followed_and_its_link_is_shown(tmp_path: Path) -> None:
    remote = fsspec.filesystem("memory")
    remote.store.clear()
    remote.pipe("/logs/far.csv", b"step,train_acc,val_acc\n" + ROWS[:500])
    mirror = Mirror("memory://logs")
    mirror.sync()
    app = GrokTui(tmp_path / "runs", others=[mirror.folder], links=[Link(mirror)], fps=20)
    async with app.run_test(size=(120, 30)) as pilot:
        await until_shown(pilot, "far.csv", "remote, synced")
        remote.pipe("/logs/far.csv", b"step,train_acc,val_acc\n" + ROWS)
        await until_shown(pilot, "grokked")
        remote.rm("/logs", recursive=True)
        await until_shown(pilot, "offline, trying again: memory://logs")
