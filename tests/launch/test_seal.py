from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui import paths
from grok_tui.launch.seal import is_sealed, seal

COMMAND = ["python", "train.py"]


def test_only_the_very_command_in_its_folder_is_sealed() -> None:
    given = seal(COMMAND, "/a")
    assert is_sealed(COMMAND, "/a", given)
    for command, folder in (([*COMMAND, "x"], "/a"), (COMMAND, "/b"), (["python train.py"], "/a")):
        assert not is_sealed(command, folder, given)
    assert not is_sealed(COMMAND, "/a", None)


def test_another_user_has_another_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = seal(COMMAND, "/a")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    assert not is_sealed(COMMAND, "/a", given)
    assert paths.state_file("launch.key").stat().st_mode & 0o777 == 0o600


def test_without_a_place_for_the_key_nothing_is_sealed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert seal(COMMAND, "/a") is None
    assert not is_sealed(COMMAND, "/a", None)
