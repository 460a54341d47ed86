from __future__ import annotations

import threading
from pathlib import Path

from grok_tui.watch.hints import Hints


def test_a_change_is_hinted_and_reading_is_none(tmp_path: Path) -> None:
    changed = threading.Event()
    hints = Hints(changed.set)
    hints.start()
    hints.watch(tmp_path)
    (tmp_path / "file").write_text("one")
    assert changed.wait(10)
    threading.Event().wait(0.5)
    changed.clear()
    (tmp_path / "file").read_text()
    assert not changed.wait(0.5), "a reader that wakes itself never sleeps again"
    hints.watch(None)
    (tmp_path / "file").write_text("two")
    assert not changed.wait(0.5)
    hints.stop()


def test_a_folder_that_is_missing_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    hints = Hints(lambda: None)
    hints.start()
    hints.watch(tmp_path / "missing")
    assert hints.problem is not None
    hints.stop()
