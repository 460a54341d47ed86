"""A real tmux: neither its title nor its clipboard changes, whatever a run is called."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from hostile import COPY, RETITLE, hostile_run, table
from support import wait_until
from tmux_support import Tmux

COMMAND = f"{sys.executable} -m grok_tui"


def test_the_test_sees_a_title_and_a_clipboard_that_change(tmux: Tmux) -> None:
    tmux.type(f"printf '{RETITLE.encode().decode('latin-1')}'".replace("\x1b", "\\033"))
    wait_until(lambda: tmux.title() == "owned", "the title changes")
    tmux.type(f"printf '{COPY}'".replace("\x1b", "\\033"))
    wait_until(lambda: "owned" in tmux.clipboard(), "the clipboard changes")


def test_evil_names_change_neither_title_nor_clipboard(tmux: Tmux, tmp_path: Path) -> None:
    root = tmp_path / "evil-runs"
    for number, text in enumerate(
        (RETITLE, COPY, f"\x1bPtmux;\x1b{RETITLE}\x1b\\", "\x9d2;owned\x9c")
    ):
        hostile_run(root, text)
        table(tmp_path, f"{number}{text}")
    program = f"{COMMAND} --runs {shlex.quote(str(root))}"
    tmux.type(f"{program}; echo left-$((3 + 4))")
    tmux.wait_for("evil-4")
    for _ in range(4):
        tmux.press("Enter")
        tmux.wait_for("was refused")
        tmux.press("?")
        tmux.wait_for("Pause the run between two steps")
        tmux.press("?", "b")
        tmux.wait_for("evil-4: ")
        tmux.press("Down")
    tmux.press("q")
    tmux.wait_for("left-7")
    for number in range(1, 5):
        tmux.type(f"clear; {program} show evil-{number} | tail -n 3; echo done-$((1 + {number}))")
        tmux.wait_for(f"done-{1 + number}")
    logs = f"*.csv {shlex.quote(str(root))}"
    tmux.type(f"{program} runs; {COMMAND} detect {logs}; echo end-$((40 + 2))")
    tmux.wait_for("end-42")
    assert tmux.title() == "mine"
    assert tmux.clipboard() == ""
