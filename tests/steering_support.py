"""Steers a training of another framework from outside, as a user would."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from support import wait_until

from grok_tui.runs.record import State, read_record
from grok_tui.watch.judgement import read_run
from grok_tui.watch.view import RunView

RUN = Path("runs/mine-1")


def grok_tui(*arguments: str) -> str:
    """Return what a command prints, which must do what it says."""
    said = subprocess.run(
        [sys.executable, "-m", "grok_tui", *arguments], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


def pause_resume_save_and_stop(script: Path) -> RunView:
    """Start a training in a process of its own, steer it by commands, and return how it ended."""
    process = subprocess.Popen([sys.executable, str(script)])
    try:
        wait_until(lambda: RUN.exists() and read_run(RUN).step, "it trains", timeout_s=120)
        grok_tui("pause", str(RUN))
        paused_at = read_record(RUN / "run.json").state_step
        rows = (RUN / "metrics-trainer-1.jsonl").read_bytes()
        time.sleep(0.5)
        assert process.poll() is None
        assert (RUN / "metrics-trainer-1.jsonl").read_bytes() == rows
        grok_tui("resume", str(RUN))
        wait_until(lambda: (read_run(RUN).step or 0) > paused_at + 1, "it goes on")
        grok_tui("checkpoint", str(RUN))
        grok_tui("stop", str(RUN))
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
        process.wait()
    view = read_run(RUN)
    assert (view.status.state, view.status.reason) == (State.STOPPED, "on command")
    return view
