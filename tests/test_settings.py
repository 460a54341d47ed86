from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui import paths
from grok_tui.settings import Settings, read_settings


def read(tmp_path: Path, text: str) -> tuple[Settings, tuple[str, ...]]:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_settings(path)


def test_the_file_lies_where_xdg_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert paths.config_file() == Path("/somewhere/grok-tui/config.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert paths.config_file() == Path.home() / ".config/grok-tui/config.toml"


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none") == (Settings(), ())


def test_all_settings_are_read(tmp_path: Path) -> None:
    text = """
    theme = "light"
    grid = ["accuracy", "train/lr"]
    fps = 4
    max_kbps = 64.5
    ascii = true
    mouse = false
    notify = ["ntfy", "publish", "me"]
    [keys]
    log_x = "L"
    """
    settings, problems = read(tmp_path, text)
    assert problems == ()
    assert settings == Settings(
        theme="light",
        grid=("accuracy", "train/lr"),
        fps=4.0,
        max_kbps=64.5,
        ascii=True,
        mouse=False,
        notify=("ntfy", "publish", "me"),
        keys={"log_x": "L"},
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("thme = 'light'", "no setting named 'thme'; did you mean theme?"),
        ("fps = 0", "fps: Expected `float` >= 0.1"),
        ("fps = 'fast'", "fps: Expected `float`, got `str`"),
        ("notify = 'ntfy me'", "notify: Expected `array`"),
        ("[keys]\nlog_x = 3", "keys: Expected `str`, got `int`"),
    ],
)
def test_what_is_wrong_is_one_line_and_the_rest_holds(line: str, said: str, tmp_path: Path) -> None:
    settings, problems = read(tmp_path, f"theme = 'light'\n{line}\n")
    assert settings == Settings(theme="light")
    assert len(problems) == 1
    assert said in problems[0]
    assert "\n" not in problems[0]


def test_a_file_that_is_no_toml_is_one_line(tmp_path: Path) -> None:
    for text in ("theme = ", "\x1b]2;x\x07"):
        settings, (problem,) = read(tmp_path, text)
        assert settings == Settings()
        assert problem.isprintable()
    (tmp_path / "folder").mkdir()
    assert "not a regular file" in read_settings(tmp_path / "folder")[1][0]
