from __future__ import annotations

import os
from pathlib import Path

import pytest

from grok_tui.logs.tail import MAX_LINE_BYTES, Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_a_file_that_does_not_exist_yet_is_waited_for(path: Path) -> None:
    tail = Tail(path)
    assert tail.read().lines == []
    append(path, b"one\n")
    assert tail.read().lines == [b"one"]


def test_only_complete_lines_are_given(path: Path) -> None:
    tail = Tail(path)
    append(path, b"one\ntw")
    assert tail.read().lines == [b"one"]
    append(path, b"o\n\n")
    assert tail.read().lines == [b"two", b""]
    assert tail.read().lines == []


def test_the_last_line_of_a_finished_file_counts_if_it_is_surely_whole(path: Path) -> None:
    append(path, b"one\n{two}")
    tail = Tail(path, complete=True)
    assert tail.read().lines == [b"one", b"{two}"]
    assert (tail.read().lines, tail.read().is_cut) == ([], False)
    append(path, b"\nthr")
    assert (tail.read().lines, tail.read().is_cut) == ([b""], True)


def test_a_file_that_was_cut_is_read_again(path: Path) -> None:
    tail = Tail(path)
    append(path, b"one\ntwo\n")
    tail.read()
    path.write_bytes(b"new\n")
    lines = tail.read()
    assert (lines.lines, lines.rewound) == ([b"new"], True)


def test_a_file_that_was_replaced_is_read_again(path: Path) -> None:
    tail = Tail(path)
    append(path, b"one\n")
    tail.read()
    other = path.with_name("other")
    other.write_bytes(b"two\nthree\n")
    other.replace(path)
    lines = tail.read()
    assert (lines.lines, lines.rewound) == ([b"two", b"three"], True)


def test_a_file_that_was_rewritten_in_place_and_longer_is_read_again(path: Path) -> None:
    tail = Tail(path)
    append(path, b"step,loss\n0,1\n")
    tail.read()
    path.write_bytes(b"step,loss,acc\n0,1,0.5\n1,1,0.5\n")
    lines = tail.read()
    assert (lines.lines[0], lines.rewound) == (b"step,loss,acc", True)


def test_a_file_that_vanished_and_came_back_is_read_again(path: Path) -> None:
    tail = Tail(path)
    append(path, b"one\n")
    tail.read()
    path.unlink()
    assert tail.read().rewound
    append(path, b"two\n")
    assert tail.read().lines == [b"two"]


def test_a_line_that_is_too_long_is_skipped_and_the_next_one_read(path: Path) -> None:
    append(path, b"one\n" + b"x" * (3 * MAX_LINE_BYTES) + b"\ntwo\n")
    tail, lines, skipped, more = Tail(path), [], 0, True
    while more:
        part = tail.read()
        lines += part.lines
        skipped += part.skipped
        more = part.more
    assert (lines, skipped) == ([b"one", b"two"], 1)


def test_a_fifo_is_refused_and_a_link_only_followed_when_asked(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        Tail(path).read()
    link = path.with_name("link")
    real = path.with_name("real")
    real.write_bytes(b"one\n")
    link.symlink_to(real)
    assert Tail(link, follow=True).read().lines == [b"one"]
    with pytest.raises(OSError, match="link is a link"):
        Tail(link).read()
