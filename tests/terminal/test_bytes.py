"""What a live run sends to the terminal: it may be far away, behind a thin line."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from terminal_support import Terminal

MOST_BYTES_PER_S = 10_000
"""A busy machine sends 4 kB; painting all of it each time takes 170 kB."""
WATCHED_S = 3.0


@pytest.mark.parametrize("is_covered", [False, True])
def test_a_run_that_grows_sends_what_changes(is_covered: bool, tmp_path: Path) -> None:
    """Under the help, all of the screen was sent eight times a second."""
    log = tmp_path / "metrics.csv"
    with log.open("w") as file:
        file.write("step,train_acc,val_acc,train_loss,val_loss\n")
        file.writelines(f"{step},0.9,{step / 9000},0.3,2.5\n" for step in range(2000))
    terminal = Terminal([sys.executable, "-m", "grok_tui", str(log)], tmp_path, 100, 30)
    terminal.wait_for(r"1 999/(.*\n)*.*[⠁-⣿]{3}")
    if is_covered:
        terminal.send("?")
        terminal.wait_for("Pause the run between two steps")
    time.sleep(1)
    before, begun, step = len(terminal.written), time.monotonic(), 2000
    while time.monotonic() - begun < WATCHED_S:
        with log.open("a") as file:
            file.write(f"{step},0.9,{step / 9000},0.3,{2.5 - step % 3 / 10}\n")
        step += 1
        time.sleep(0.05)
    time.sleep(1)
    assert 0 < len(terminal.written) - before < MOST_BYTES_PER_S * WATCHED_S
    if is_covered:
        terminal.send("?")
    terminal.wait_for(f"{step - 1:,}/".replace(",", " "))
    terminal.send("q")
    assert terminal.wait_for_end() == 0
    terminal.hang_up()
