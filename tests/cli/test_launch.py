from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import wait_until

from grok_tui.runs.record import State, read_record


def grok_tui(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grok_tui", *arguments], capture_output=True, text=True
    )


def test_a_command_with_options_of_its_own_is_launched_and_started_again() -> None:
    Path("train.py").write_text("import sys; print(sys.argv); sys.exit(len(sys.argv) - 2)")
    launched = grok_tui("launch", "--runs", "mine", "--", sys.executable, "train.py", "--name", "x")
    record = Path("mine/train-1/run.json")
    wait_until(lambda: read_record(record).state is State.CRASHED, "it has ended")
    assert "train-1" in launched.stdout + launched.stderr
    assert "['train.py', '--name', 'x']" in Path("mine/train-1/stdout.log").read_text()
    Path("train.py").write_text("import time; time.sleep(60)")
    assert grok_tui("resume", "mine/train-1").returncode == 0
    said = grok_tui("stop", "mine/train-1")
    assert (said.returncode, said.stdout) == (0, "train-1 stops at step 0\n")
    wait_until(lambda: read_record(record).state is State.STOPPED, "it stops")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["launch"], "Missing argument '-- COMMAND...'"),
        (["launch", "--", "nosuch"], "no program named 'nosuch'"),
    ],
)
def test_what_cannot_be_launched_is_one_line_and_makes_nothing(
    arguments: list[str], told: str
) -> None:
    said = grok_tui(*arguments)
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert told in said.stderr
    assert not Path("runs").exists()
