from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui.runs.layout import RunPaths
from grok_tui.watch.output import READ_BYTES, read_output


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    return RunPaths(tmp_path)


def test_a_run_without_files_has_no_lines(paths: RunPaths) -> None:
    assert read_output(paths).printed == ()
    assert read_output(paths).events == ()


def test_of_a_long_file_the_end_is_read_in_whole_lines(paths: RunPaths) -> None:
    paths.stdout.write_text("".join(f"line {n}\n" for n in range(100_000)) + "unfinished")
    printed = read_output(paths).printed
    assert printed[-2:] == ("line 99999", "unfinished")
    assert printed[0].startswith("line ")
    assert 3000 < len(printed) <= READ_BYTES / len("line 99999\n") + 2


def test_what_a_terminal_would_obey_is_shown_and_not_sent(paths: RunPaths) -> None:
    paths.stdout.write_bytes(b"\x1b[31mred\x1b[0m [/b]\x1b]2;owned\x07\xff\ta\n10%\r20%\r\n")
    printed = read_output(paths).printed
    assert printed[0].startswith("red [/b]␛]2;owned␇")
    assert printed[1] == "20%", "a progress bar as it looks at last"


def test_events_are_told_in_words(paths: RunPaths) -> None:
    paths.events.write_text(
        '{"kind":"grokked","step":1450,"time":1795370719.3,"low":442}\n'
        '{"kind":"command","step":9,"id":"abc","verb":"pause\\u001b[/b]","arguments":{}}\n'
        "{torn\n[1]\n"
        '{"kind":{"a":1},"step":"x","time":1e300}\n'
    )
    first, second, *rest = read_output(paths).events
    assert first.split()[1:] == ["1", "450", "grokked", "low", "442"]
    assert second.split() == ["9", "command", "verb", "pause␛[/b]"]
    assert len(rest) == 3


def test_a_file_that_is_none_says_so(paths: RunPaths) -> None:
    paths.stdout.symlink_to("/dev/zero")
    assert read_output(paths).printed == ("stdout.log is a link",)
