"""The program as people meet it: in tmux, in a Linux console, without colours, in ASCII."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from support import SAMPLES, wait_until
from terminal_support import Terminal
from tmux_support import Tmux

from grok_tui.runs import spool
from grok_tui.runs.layout import RunPaths
from grok_tui.runs.record import State, read_record

COMMAND = f"{sys.executable} -m grok_tui"
GREYS = {16, 59, 102, 145, 188, 231, *range(232, 256)}
"""Of the 256 colours those without any colour."""


def test_launch_steer_export_resize_leave_and_come_back(tmux: Tmux, tmp_path: Path) -> None:
    run = RunPaths(tmp_path / "runs" / "add-53-flash-1")
    tmux.type(f"{COMMAND} demo; echo left-$((3 + 4))")
    tmux.wait_for("● running")
    tmux.press("Space")
    tmux.wait_for("‖ paused")
    tmux.press("E")
    tmux.wait_for("In which new file?")
    tmux.press("Enter")
    tmux.wait_for("saved ")
    assert "<svg" in (tmp_path / "add-53-flash-1.svg").read_text()
    tmux.resize(80, 24)
    tmux.wait_for("accuracy")
    tmux.resize(50, 12)
    tmux.wait_for("too small")
    tmux.resize(100, 30)
    tmux.wait_for("accuracy")

    first = Terminal(["tmux", "-S", tmux.socket, "attach"], tmp_path, columns=100, rows=30)
    first.wait_for("‖ paused")
    first.hang_up()
    first.wait_for_end()
    second = Terminal(["tmux", "-S", tmux.socket, "attach"], tmp_path, columns=90, rows=28)
    second.wait_for("‖ paused")
    second.send(" ")
    second.wait_for("● running")
    second.send("s")
    second.wait_for("■ stopped")
    second.send("b")
    second.wait_for(r"■ stopped +add-53-flash-1")
    second.send("q")
    second.wait_for("left-7")
    second.hang_up()
    second.wait_for_end()
    assert read_record(run.record).state is State.STOPPED
    spool.send(run, "stop")


def test_browse_launch_and_compare_and_save_the_comparison(tmux: Tmux, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    shutil.copytree(SAMPLES, root)
    tmux.resize(80, 24)
    tmux.type(f"{COMMAND} --runs {root}; echo left-$((3 + 4))")
    tmux.wait_for("⚑ grokked")
    tmux.press("/")
    tmux.type("grokked")
    tmux.wait_for("2 listed")
    tmux.press("g", "v", "v", "c")  # the run that was read first was the only one for a while
    tmux.wait_for("compare 2 runs · test accuracy")
    tmux.wait_for("groks in 2 of 2 seeds")
    tmux.press("x")
    tmux.wait_for("x: seconds since the first row")
    tmux.press("E")
    tmux.wait_for("comparison.svg")
    tmux.press("Enter")
    saved = tmp_path / "comparison.svg"
    wait_until(lambda: saved.exists() and "</svg>" in saved.read_text(), "the picture is saved")
    assert "test accuracy" in saved.read_text()
    tmux.press("b")
    tmux.wait_for("2 marked")
    tmux.press("Escape")  # one by one: Escape and what follows at once is a key with Alt
    tmux.wait_for("4 runs, 0 live, 2 listed, newest")
    tmux.press("Escape")
    tmux.wait_for("no-weight-decay-1")
    tmux.press("n")
    tmux.wait_for("$ grok-tui train add-53-flash")
    tmux.press("s")
    tmux.wait_for("● running")
    tmux.press("Space")
    tmux.wait_for("‖ paused")
    tmux.press("Space")
    tmux.wait_for("● running")
    tmux.press("s")
    tmux.wait_for("■ stopped")
    tmux.press("q")
    tmux.wait_for("left-7")


@pytest.mark.skipif(
    shutil.which("screen") is None, reason="no GNU screen here (Debian: apt-get install screen)"
)
def test_in_gnu_screen_it_is_left_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("SCREENDIR", str(folder))
    (tmp_path / "screenrc").write_text("startup_message off\ndefutf8 on\n")
    options = ["-c", str(tmp_path / "screenrc"), "-U", "-S", "mine"]
    first = Terminal(
        ["screen", *options, *COMMAND.split(), "--runs", str(SAMPLES)], tmp_path, columns=100
    )
    first.wait_for("add-53-flash-1")
    first.hang_up()
    first.wait_for_end()
    second = Terminal(["screen", "-U", "-d", "-r", "mine"], tmp_path, columns=90, rows=28)
    second.wait_for("add-53-flash-1")
    second.send("G\r")
    second.wait_for("⚑ grokked at step 449")
    second.wait_for("[\u2801-\u28ff]{3}")
    second.send("q")
    second.wait_for_end()


@pytest.mark.parametrize(
    ("environment", "options"), [("TERM=linux", ""), ("X=1", "--ascii"), ("LC_ALL=POSIX", "")]
)
def test_where_only_ascii_is_shown_all_of_it_is_there(
    environment: str, options: str, tmux: Tmux
) -> None:
    tmux.resize(80, 24)
    tmux.type(f"clear; {environment} {COMMAND} {options} --runs {SAMPLES}; echo left-$((3 + 4))")
    tmux.wait_for("+ finished   add-53-flash-1")
    tmux.press("End", "Enter")
    tmux.wait_for("^ grokked at step 449 (424-461), 9.2x after memorising at 49")
    wait_until(lambda: re.search(r"\*{9}", tmux.screen()), "the curve is drawn")
    for text in ("- accuracy  .train 1.000  *test 1.000", "|fitting", "---^-", "? help"):
        tmux.wait_for(text)
    tmux.press("?")
    tmux.wait_for("Pause the run between two steps")
    assert tmux.screen().isascii()
    tmux.press("?", "q")
    tmux.wait_for("left-7")


def test_without_colours_nothing_is_coloured(tmux: Tmux) -> None:
    tmux.resize(80, 24)
    tmux.type(f"NO_COLOR=1 {COMMAND} {SAMPLES / 'add-53-flash-1'}; echo left-$((3 + 4))")
    tmux.wait_for("⚑ grokked at step 449")
    wait_until(lambda: re.search("[\u2801-\u28ff]{3}", tmux.screen()), "the curve is drawn")
    codes = re.findall(r"\x1b\[([0-9;]*)m", tmux.screen("-e"))
    assert codes
    for code in codes:
        assert not re.search(r"(?:^|;)(?:3[0-7]|4[0-7]|9[0-7]|10[0-7])(?:;|$)", code), code
        assert {int(number) for number in re.findall(r"[34]8;5;(\d+)", code)} <= GREYS, code
    tmux.press("q")
    tmux.wait_for("left-7")


def test_a_mouse_that_was_left_to_the_terminal_is_not_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "grok_tui", "--no-mouse", "--runs", str(SAMPLES)]
    terminal = Terminal(command, tmp_path)
    terminal.wait_for("add-53-flash-1")
    terminal.send("q")
    assert terminal.wait_for_end() == 0
    assert b"\x1b[?1003h" not in terminal.written


def test_settings_are_read_and_wrong_ones_told(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "grok-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('fsp = 2\n[keys]\nquit = "B"\n')
    command = [sys.executable, "-m", "grok_tui", "--runs", str(SAMPLES)]
    terminal = Terminal(command, tmp_path, columns=100)
    terminal.wait_for("no setting named 'fsp'")
    terminal.wait_for("B quit")
    terminal.send("B")
    assert terminal.wait_for_end() == 0
