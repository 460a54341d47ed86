from __future__ import annotations

import os
from pathlib import Path

import pytest

from grok_tui.logs.growing import HEAD_BYTES, GrowingFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


def read(file: GrowingFile, count: int | None = None) -> bytes:
    """Read and use so many bytes."""
    data = file.read(1 << 20).data
    file.use(data, len(data) if count is None else count)
    return data


def test_only_what_was_used_is_behind(path: Path) -> None:
    path.write_bytes(b"onetwo")
    file = GrowingFile(path)
    assert read(file, 3) == b"onetwo"
    assert read(file) == b"two"
    assert (file.offset, read(file)) == (6, b"")


def test_a_copy_with_the_same_content_is_the_same_file(path: Path) -> None:
    path.write_bytes(b"one")
    file = GrowingFile(path)
    read(file)
    other = path.with_name("other")
    other.write_bytes(b"onetwo")
    other.replace(path)
    piece = file.read(9)
    assert (piece.data, piece.rewound) == (b"two", False)


@pytest.mark.parametrize("content", [b"", b"on", b"oneX" * 2000, b"onE" + b"x" * 9000])
def test_another_content_is_another_file(path: Path, content: bytes) -> None:
    path.write_bytes(b"one" + b"x" * HEAD_BYTES)
    file = GrowingFile(path)
    read(file)
    path.write_bytes(content)
    piece = file.read(1 << 20)
    assert (piece.data, piece.rewound) == (content, True)


def test_what_changes_far_behind_the_start_is_noticed(path: Path) -> None:
    start = b"x" * (2 * HEAD_BYTES)
    path.write_bytes(start + b"a")
    file = GrowingFile(path)
    read(file)
    path.write_bytes(start + b"bc")
    assert file.read(9).rewound


def test_a_file_that_vanished_is_told_once(path: Path) -> None:
    path.write_bytes(b"one")
    file = GrowingFile(path)
    read(file)
    path.unlink()
    assert file.read(9).rewound
    assert not file.read(9).rewound


def test_a_mark_fits_the_file_that_it_was_made_of(path: Path) -> None:
    path.write_bytes(b"x" * 10_000 + b"one")
    file = GrowingFile(path)
    read(file)
    mark = file.mark()
    with path.open("ab") as more:
        more.write(b"two")
    other = GrowingFile(path)
    assert other.resume(mark)
    assert (other.read(9).data, other.mark()) == (b"two", mark)
    assert not other.resume({**mark, "offset": 9999})
    os.truncate(path, 10_002)
    assert not other.resume(mark)
