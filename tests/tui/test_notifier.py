from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import wait_until

from grok_tui.tui.notifier import Notifier, desktop_sequence


def told(text: str, **settings: object) -> str:
    written: list[str] = []
    Notifier(written.append, {"TERM": "xterm-256color"}, **settings).tell(text)  # type: ignore[arg-type]
    return "".join(written)


def test_nothing_leaves_the_app_unless_it_is_asked_for() -> None:
    assert told("a run groks") == ""


def test_bell_and_desktop() -> None:
    assert told("x", bell=True) == "\a"
    assert told("a run groks", desktop=True) == "\x1b]9;a run groks\x1b\\"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "foot"}, "\x1b]777;notify;grok-tui;a, b\x1b\\"),
        ({"VTE_VERSION": "7600"}, "\x1b]777;notify;grok-tui;a, b\x1b\\"),
        ({"TMUX": "x"}, "\x1bPtmux;\x1b\x1b]9;a, b\x1b\x1b\\\x1b\\"),
        ({"STY": "x"}, "\x1bP\x1b]9;a, b\a\x1b\\"),
    ],
)
def test_the_sequence_suits_the_terminal(environment: dict[str, str], expected: str) -> None:
    assert desktop_sequence("a; b", environment) == expected


def test_hostile_names_do_not_end_the_sequence() -> None:
    sequence = told("\x1b\\\x1b]52;c;eA==\x07\x9c end", desktop=True)
    assert sequence.count("\x1b") == 2
    assert "\x07" not in sequence
    assert "\x9c" not in sequence


def test_a_program_is_told_without_a_shell(tmp_path: Path) -> None:
    file = tmp_path / "told"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.argv[2:]))"
    evil = "$(touch owned); `x` \x1b]2;x\x07"
    assert told(evil, hook=(sys.executable, "-c", code, str(file))) == ""
    text = wait_until(lambda: file.exists() and file.read_text(), "the program ran")
    assert text == repr(["$(touch owned); `x` ␛]2;x␇"])
    assert not (tmp_path / "owned").exists()


def test_a_program_that_hangs_or_is_missing_holds_nobody_up(tmp_path: Path) -> None:
    end = tmp_path / "end"
    notifier = Notifier(lambda _text: None, {}, hook=("sh", "-c", f"sleep 3; touch {end}"))
    for _ in range(20):
        notifier.tell("x")
    assert not end.exists()
    Notifier(lambda _text: None, {}, hook=("/no/such/program",)).tell("x")
