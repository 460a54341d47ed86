from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from support import wait_until

from grok_tui.runs.process import children, is_stopped, start_ticks


def test_a_name_with_spaces_and_parentheses_does_not_mislead(tmp_path: Path) -> None:
    (tmp_path / "a) R 1").symlink_to("/bin/sleep")
    process = subprocess.Popen([tmp_path / "a) R 1", "60"])
    try:
        own = start_ticks(os.getpid())
        assert own is not None
        wait_until(lambda: "a) R 1" in Path(f"/proc/{process.pid}/stat").read_text(), "it runs")
        assert (start_ticks(process.pid) or 0) >= own
        assert not is_stopped(process.pid)
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(process.pid), "it stands still")
        assert process.pid in children(os.getpid())
    finally:
        process.kill()
        process.wait()


def test_a_process_that_is_not_there_has_no_start() -> None:
    assert start_ticks(2**22 + 1) is None
    assert not is_stopped(2**22 + 1)
    assert children(2**22 + 1) == []
