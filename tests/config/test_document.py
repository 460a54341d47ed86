"""Files of settings that are none: one clear line each."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from grok_tui.config import load_preset
from grok_tui.config.document import MAX_BYTES, read_toml
from grok_tui.errors import UsageError


def test_a_file_is_read_and_a_link_followed(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("steps = 3\n[task]\np = 5\n")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    assert read_toml(tmp_path / "b.toml") == {"steps": 3, "task": {"p": 5}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"steps = ", "is not valid TOML"),
        (b"name = '\xff'", "is not valid TOML"),
        (b"#" * (MAX_BYTES + 1), "is longer than"),
        (None, "cannot read"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=f"{re.escape(str(path))}") as error:
        read_toml(path)
    assert said in str(error.value)


def test_what_is_no_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    for path in (tmp_path / "a.toml", tmp_path):
        with pytest.raises(UsageError, match="is not a regular file"):
            read_toml(path)


def test_a_sweep_that_is_taken_for_a_preset_says_what_would_work(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('preset = "add-53-flash"\n[axes]\nseed = [1, 2]\n')
    with pytest.raises(UsageError, match=re.escape(f"is a sweep: grok-tui sweep {file}")):
        load_preset(str(file))
