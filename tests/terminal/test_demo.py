"""The main job in a real terminal: train, watch, pause, resume, grok, leave, come back."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import SAMPLES, wait_until
from terminal_support import Terminal

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record

COMMAND = [sys.executable, "-m", "grok_tui"]
CURVE = r"[\u2801-\u28ff]{3}"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunPaths]:
    """The run that the demo starts; it is stopped when the test is over."""
    paths = RunPaths(tmp_path / "runs" / "add-53-flash-1")
    yield paths
    if paths.root.exists():
        spool.send(paths, "stop")


def step_on(terminal: Terminal) -> int:
    shown = terminal.wait_for(r"(\d[\d ]*)/4 000")
    return int(shown[1].replace(" ", ""))


def test_demo_from_the_first_curve_to_the_flag(run: RunPaths, tmp_path: Path) -> None:
    terminal = Terminal([*COMMAND, "demo"], tmp_path)
    terminal.wait_for("● running")
    terminal.wait_for(CURVE)
    terminal.send(" ")
    terminal.wait_for("‖ paused")
    paused_at = step_on(terminal)
    time.sleep(1.5)
    assert step_on(terminal) == paused_at, "a paused run stands still"
    terminal.send(" ")
    terminal.wait_for("● running")
    wait_until(lambda: step_on(terminal) > paused_at, "the step moves on")
    found = terminal.wait_for(r"⚑ grokked at step (\d+) \((\d+)–(\d+)\)", timeout_s=60)
    step, low, high = map(int, found.groups())
    assert low <= step <= high
    terminal.wait_for(r"─⚑─")
    terminal.wait_for(r"▏fitting")
    terminal.send("q")
    assert terminal.wait_for_end() == 0


def test_a_run_outlives_its_terminal_and_is_found_again(run: RunPaths, tmp_path: Path) -> None:
    first = Terminal([*COMMAND, "demo"], tmp_path, columns=100, rows=30)
    first.wait_for("● running")
    first.wait_for(CURVE)
    first.hang_up()
    first.wait_for_end()
    size = run.metrics("trainer", 1).stat().st_size
    wait_until(lambda: run.metrics("trainer", 1).stat().st_size > size, "the run goes on")

    second = Terminal(COMMAND, tmp_path, columns=100, rows=30)
    second.wait_for(r"● running +add-53-flash-1")
    second.send("\r")
    second.wait_for(CURVE)
    second.send("s")
    second.wait_for("■ stopped")
    assert read_record(run.record).state is State.STOPPED
    second.send("b")
    second.wait_for(r"■ stopped +add-53-flash-1")
    second.send("q")
    assert second.wait_for_end() == 0


def test_a_run_or_a_folder_of_runs_is_opened_by_its_path(tmp_path: Path) -> None:
    for path, shown in ((SAMPLES, "together-1"), (SAMPLES / "paused-1", "grokked at step 529")):
        terminal = Terminal([*COMMAND, str(path)], tmp_path)
        terminal.wait_for(shown)
        terminal.send("q")
        assert terminal.wait_for_end() == 0


def test_the_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    """After q: the shell's screen is back, with its cursor, and without reports of the mouse."""
    terminal = Terminal(["sh", "-c", f"{' '.join(COMMAND)}; echo after $?"], tmp_path)
    terminal.wait_for("recorded samples")
    terminal.send("q")
    terminal.wait_for("after 0")
    for switched_on, switched_off in (
        (b"\x1b[?1049h", b"\x1b[?1049l"),
        (b"\x1b[?25l", b"\x1b[?25h"),
        (b"\x1b[?1003h", b"\x1b[?1003l"),
    ):
        assert switched_on in terminal.written
        assert terminal.written.rfind(switched_off) > terminal.written.rfind(switched_on)
